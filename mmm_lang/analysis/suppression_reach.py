"""Which part of a playbook a suppression speaks of.

At the end of a line: the line, the values of the keys on it, and texts, ``[…]`` and ``{…}`` that begin or end on
it. On a line of its own: the next node, be it the item of a list, a key with its value, or a value.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from mmm_lang.record import field, frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_comments import Comment
from mmm_lang.syntax.yaml_nodes import Mapping, Node, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import Tree

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_BEFORE_CONTENT = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*|---(?=[ \t\r\n])|%[^\r\n]*(?=[\r\n]))*")
_DASH = re.compile(r"-(?=[ \t\r\n]|\Z)")


@frozen
class _Part:
    """Something that a comment can stand before or behind. ``is_entry``: a key with its value; ``is_text``: a
    scalar, an alias or a flow collection."""

    span: Span
    is_entry: bool = False
    is_text: bool = False


@frozen(eq=False)
class Reaches:
    """Computes the reach of the suppressions of one playbook."""

    source: Source
    text: str
    by_start: tuple[_Part, ...]
    by_end: tuple[_Part, ...]
    """The parts that are texts."""
    header: int
    """Where the first content begins."""
    _blank: list[Span] = field(factory=list)
    """The blanks and comments that were passed last: many comments may stand in a row."""

    @staticmethod
    def of(source: Source, tree: Tree) -> Reaches:
        """For the comments of a tree that was read from ``source``."""
        parts = sorted(_parts(tree), key=_start)
        content = _BEFORE_CONTENT.match(tree.text)
        by_end = sorted((part for part in parts if part.is_text), key=_end)
        return Reaches(source, tree.text, tuple(parts), tuple(by_end), content.end() if content else 0)

    def is_in_header(self, comment: Comment) -> bool:
        """Whether nothing but comments stands before a comment."""
        return comment.is_alone and comment.span.end <= self.header

    def reach(self, comment: Comment) -> tuple[Span, ...]:
        """Ranges in which, both ends included, a diagnostic begins that the comment speaks of."""
        line = self.source.line_span(self.source.position(comment.span.start).line)
        before = self.text[line.start : comment.span.start].strip()
        if before.strip("- \t"):
            return (line, *self._on(line))
        start = self._content_after(comment.span.end)
        if before:
            return self._node(start, start, is_item=True)
        is_item = _DASH.match(self.text, start) is not None
        return self._node(start, start + is_item, is_item=is_item)

    def _content_after(self, offset: int) -> int:
        if not any(run.start <= offset <= run.end for run in self._blank):
            blank = _BLANK.match(self.text, offset)
            self._blank[:] = [Span(offset, blank.end() if blank else offset)]
        return self._blank[0].end

    def _node(self, start: int, first: int, *, is_item: bool) -> tuple[Span, ...]:
        """From ``start`` to the end of the node that begins next at ``first`` or later: of several the largest
        where an item is meant, else the smallest."""
        at = bisect_left(self.by_start, first, key=_start)
        if at == len(self.by_start):
            return ()
        begin = self.by_start[at].span.start
        same = self.by_start[at : bisect_right(self.by_start, begin, at, key=_start)]
        ends = [part.span.end for part in same]
        return (Span(start, max(ends) if is_item else min(ends)),)

    def _on(self, line: Span) -> Iterator[Span]:
        """The keys with their values and the texts that begin on a line, and the texts that end on it."""
        first = bisect_left(self.by_start, line.start, key=_start)
        for part in self.by_start[first : bisect_right(self.by_start, line.end, first, key=_start)]:
            if part.is_entry or part.is_text:
                yield part.span
        first = bisect_left(self.by_end, line.start, key=_end)
        for part in self.by_end[first : bisect_right(self.by_end, line.end, first, key=_end)]:
            yield part.span


def _start(part: _Part) -> int:
    return part.span.start


def _end(part: _Part) -> int:
    return part.span.end


def _parts(tree: Tree) -> Iterator[_Part]:
    """Entries, values and items of a tree, each once, without recursion."""
    seen: set[int] = set()
    nodes: list[Node] = [tree.root] if tree.root is not None else []
    while nodes:
        node = nodes.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            for entry in node.entries:
                # An entry that a merge key took over has its key elsewhere, maybe behind its value.
                if entry.key.span.start <= entry.place.start:
                    yield _Part(Span(entry.key.span.start, entry.place.end), is_entry=True)
                yield _value(entry.value, entry.place, tree.text)
                nodes.append(entry.value)
        elif isinstance(node, Sequence):
            for item in node.items:
                yield _value(item.node, item.place, tree.text)
                nodes.append(item.node)


def _value(node: Node, place: Span, text: str) -> _Part:
    is_flow = text[place.start : place.start + 1] in ("[", "{", "*")
    return _Part(place, is_text=isinstance(node, Scalar) or is_flow)
