"""Two things that can be written in two ways: references as ``${a.b}``, and quotes as ``"…"``.

A quoted text gets the other quotes only where not one character in between would have to be written otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.rewriting import Draft
from mmm_lang.formatting.tokens import Token
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import Condition, Hole, Playbook, Template, templates_of, walk
from mmm_lang.syntax.parser import parse_tree
from mmm_lang.syntax.yaml_nodes import Damaged, Mapping, Node, Scalar, Sequence


def quote_edits(draft: Draft) -> tuple[Edit, ...]:
    """``'…'`` as ``"…"``, for texts of one line. Each edit replaces one sign by one, and nothing moves."""
    source = draft.source
    if "'" not in source.text:
        return ()
    found: list[Edit] = []
    for token in draft.tokens:
        written = source.text[token.start : token.end]
        inner = written[1:-1]
        is_single = token.kind == "scalar" and written.startswith("'")
        if is_single and inner.isprintable() and not set("'\"\\") & set(inner):
            found += (
                Edit(Span(token.start, token.start + 1), '"'),
                Edit(Span(token.end - 1, token.end), '"'),
            )
    return tuple(found)


def reference_edits(draft: Draft) -> tuple[Edit, ...]:
    """``$<a.b>`` as ``${a.b}``."""
    source = draft.source
    if "$<" not in source.text:
        return ()
    playbook, _ = parse_tree(source, draft.tree)
    written = _uses(draft.root)
    read = Counter(template.span for template in _templates(playbook))
    plain_in_flow = _plain_in_flow(source, draft.tokens)
    found: dict[Span, Edit] = {}
    for template in _templates(playbook):
        # A text that an alias puts in a second place may not be a template there.
        if template.span in plain_in_flow or read[template.span] != written[template.span]:
            continue
        for hole in template.holes:
            for edit in _braced(source, hole):
                found[edit.span] = edit
    return tuple(found.values())


def _braced(source: Source, hole: Hole) -> Iterator[Edit]:
    """The edits of one reference, if it stands in the source as it is."""
    written = source.slice(hole.span)
    inner = written[2:-1]
    if hole.spelling == "angled" and written == f"$<{inner}>" and not set("{}<>\r\n\\") & set(inner):
        start, end = hole.span.start, hole.span.end
        yield Edit(Span(start + 1, start + 2), "{")
        yield Edit(Span(end - 1, end), "}")


def _templates(playbook: Playbook) -> Iterator[Template | Condition]:
    """Everything with references, in the whole playbook."""
    yield from (entry.value for entry in playbook.env)
    if playbook.until is not None:
        yield playbook.until.script
    source = playbook.map
    if source is not None and source.filter is not None:
        yield source.filter
    for step in walk(tuple(chain.from_iterable(playbook.lists))):
        yield from templates_of(step)
        if step.when is not None:
            yield step.when


def _uses(root: Node | None) -> Counter[Span]:
    """How often each scalar is used, aliases counted."""
    found: Counter[Span] = Counter()
    waiting: list[Node | None] = [root]
    while waiting:
        match waiting.pop():
            case Scalar(span=span):
                found[span] += 1
            case Sequence(items=items):
                waiting += [item.node for item in items]
            case Mapping(entries=entries):
                waiting += [entry.value for entry in entries]
            case Damaged() | None:
                pass
    return found


def _plain_in_flow(source: Source, tokens: tuple[Token, ...]) -> frozenset[Span]:
    """Texts without quotes inside brackets, in which a brace would be a bracket too."""
    found: set[Span] = set()
    depth = 0
    for token in tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth and token.kind == "scalar" and source.text[token.start] not in "\"'":
            found.add(Span(token.start, token.end))
    return frozenset(found)
