"""The order of a step's keys: its action and arguments, then its id, then the others as they were.

Of a step whose action is a list of steps only the id goes to the front: the rest of its keys is best read
before or after the list, as its author had it. Lines move whole, with the comments at their ends; where a
comment of its own line, an empty line, an anchor or an alias stands between, all stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.rewriting import Draft
from mmm_lang.formatting.step_mappings import step_nodes
from mmm_lang.formatting.tokens import Token, tokens_in
from mmm_lang.source import Source, Span
from mmm_lang.syntax.keys import ACTIONS
from mmm_lang.syntax.yaml_nodes import Entry, Mapping

_LINE_ACTIONS = frozenset({"claude", "shell", "name", "analyze", "test", "approve", "playbook"})
"""Actions that stand first; the others hold lists of steps."""
_KEEPING_HEADER = re.compile(r"[|>][0-9]*\+")
_SPACES_ALONE = re.compile(r"[\r\n][ \t]+(?=[\r\n]|\Z)")


def order_edits(draft: Draft) -> tuple[Edit, ...]:
    """Edits that bring the keys of steps into order, of outer steps first; what they leave needs another look,
    since no two of them may touch the same lines. The text has been laid out."""
    found: list[Edit] = []
    end = 0
    for step in step_nodes(draft.root):
        if not isinstance(step.node, Mapping) or step.node.span.start < end:
            continue
        for edit in _ordered(draft, step.node):
            found.append(edit)
            end = edit.span.end
    return tuple(found)


def _ordered(draft: Draft, node: Mapping) -> Iterator[Edit]:
    source = draft.source
    names = [entry.key.value for entry in node.entries]
    actions = [name for name in names if name in ACTIONS]
    if len(actions) != 1 or source.text.startswith("{", node.span.start):
        return
    front = [actions[0], "args", "id"] if actions[0] in _LINE_ACTIONS else ["id"]
    wanted = sorted(node.entries, key=lambda entry: _rank(entry, front))
    moved = [number for number, entry in enumerate(node.entries) if wanted[number] is not entry]
    if not moved:
        return
    first, last = moved[0], moved[-1]
    chunks = {id(entry): _chunk(source, entry) for entry in node.entries[first : last + 1]}
    spans = list(chunks.values())
    reach = Span(spans[0].start, spans[-1].end)
    if _are_together(source, spans) and _may_move(source, reach, draft.tokens):
        between = [source.text[one.end : other.start] for one, other in pairwise(spans)]
        texts = [source.slice(chunks[id(entry)]) for entry in wanted[first : last + 1]]
        pieces = [texts[0], *(part for pair in zip(between, texts[1:], strict=True) for part in pair)]
        yield Edit(reach, "".join(pieces))


def _rank(entry: Entry, front: list[str]) -> int:
    name = entry.key.value
    return front.index(name) if name in front else len(front)


def _chunk(source: Source, entry: Entry) -> Span:
    """From a key to the end of the line in which its value ends."""
    end = max(entry.key.span.end, entry.place.end)
    return Span(entry.key.span.start, source.line_span(source.position(end).line).end)


def _are_together(source: Source, spans: list[Span]) -> bool:
    """Whether each begins on the line after the one before."""
    return all(
        source.position(other.start).line == source.position(one.end).line + 1
        for one, other in pairwise(spans)
    )


def _may_move(source: Source, reach: Span, tokens: tuple[Token, ...]) -> bool:
    """Whether lines of this span mean the same in another order, and no comment below belongs to the last."""
    for token in tokens_in(tokens, reach):
        if token.kind in ("alias", "property"):
            return False
        written = source.text[token.start : token.end]
        if token.kind == "block-scalar":
            tail = written[len(written.rstrip()) :]
            if _KEEPING_HEADER.match(written) or _SPACES_ALONE.search(tail):
                return False
    column = source.position(reach.start).column
    following = source.position(reach.end).line + 1
    while following <= len(source.line_starts):
        line = source.slice(source.line_span(following))
        if line.strip() and not line.lstrip().startswith("#"):
            return True
        if line.strip() and len(line) - len(line.lstrip()) >= column:
            return False
        following += 1
    return True
