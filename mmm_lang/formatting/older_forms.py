"""Older forms of a whole playbook, and of a test step: what `mmm fmt --upgrade` writes instead.

The meaning stays exactly the same; only the shape of the file changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.rewriting import Draft, Rewrite, renamed
from mmm_lang.source import Source, Span
from mmm_lang.syntax.parser import parse_playbook
from mmm_lang.syntax.yaml_nodes import Mapping, Sequence


def test_steps(draft: Draft) -> Iterator[Rewrite]:
    """``test:`` as ``shell:``, by the fix that comes with its diagnostic."""
    _, diagnostics = parse_playbook(draft.source)
    for one in diagnostics:
        if one.rule != "deprecated-syntax" or draft.source.slice(one.primary.span) != "test":
            continue
        at = one.primary.span.start
        if one.fix is None:
            yield Rewrite(
                at, "`test:` stays: what stands around its command cannot be moved by rule; write `shell:`"
            )
        else:
            yield Rewrite(at, "`test:` is `shell:` now", one.fix.edits)


def form(draft: Draft) -> Iterator[Rewrite]:
    """A bare list, or ``commands:``, as ``steps:``."""
    root = draft.root
    if isinstance(root, Sequence) and root.items:
        yield Rewrite(root.span.start, "the list of steps stands under `steps:` now", _listed(draft, root))
    elif isinstance(root, Mapping):
        entry = root.get("commands")
        if entry is not None and root.get("steps") is None:
            yield Rewrite(entry.key.span.start, "`commands:` is `steps:` now", (renamed(entry.key, "steps"),))


def _listed(draft: Draft, root: Sequence) -> tuple[Edit, ...]:
    start, end = root.span.start, root.span.end
    if draft.source.text.startswith("[", start):
        return Edit(Span(start, start), '{"steps": '), Edit(Span(end, end), "}")
    at = _above_comments(draft.source, start)
    return (Edit(Span(at, at), f"steps:{draft.line_end}"),)


def _above_comments(source: Source, start: int) -> int:
    """The beginning of the comment right above the first step; the step's own line where there is none, or where
    that comment is the head of the file."""
    own = source.position(start).line
    line = own
    while line > 1 and source.slice(source.line_span(line - 1)).lstrip().startswith("#"):
        line -= 1
    is_head = line == 1 or source.slice(source.line_span(line - 1)).strip()
    return source.line_starts[(own if is_head else line) - 1]
