"""What the stages of an upgrade are made of: a text that was read, and proposals of what to write instead."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.lines import line_end_of
from mmm_lang.formatting.tokens import Token, read_tokens, tokens_in
from mmm_lang.record import field, frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_comments import Comment, comments_of
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import Tree

_SHOWN_LENGTH = 60


@frozen
class Rewrite:
    """An older form at offset ``at``: its edits, or none where it stays as it is, and what to tell people.

    ``details`` are further remarks, each with its offset.
    """

    at: int
    remark: str
    edits: tuple[Edit, ...] = ()
    details: tuple[tuple[int, str], ...] = ()

    @property
    def reach(self) -> Span:
        """From the first edit to the last."""
        return Span(min(edit.span.start for edit in self.edits), max(edit.span.end for edit in self.edits))


@frozen(eq=False, slots=False)
class Draft:
    """A text between two stages."""

    source: Source
    tree: Tree = field(repr=False)

    @property
    def root(self) -> Node | None:
        return self.tree.root

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        return read_tokens(self.source)

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        return comments_of(self.tree)

    @cached_property
    def line_end(self) -> str:
        return line_end_of(self.source)

    @cached_property
    def has_property(self) -> frozenset[int]:
        """Offsets of what has an anchor or a tag before it."""
        named: set[int] = set()
        waiting = False
        for token in self.tokens:
            if token.has_width:
                if waiting and token.kind != "property":
                    named.add(token.start)
                waiting = token.kind == "property"
        return frozenset(named)

    @cached_property
    def in_brackets(self) -> frozenset[int]:
        """Offsets of signs that stand inside ``[…]`` or ``{…}``."""
        inside: set[int] = set()
        depth = 0
        for token in self.tokens:
            if depth:
                inside.add(token.start)
            depth += (token.kind == "open") - (token.kind == "close")
        return frozenset(inside)

    @cached_property
    def _aliases(self) -> frozenset[str]:
        return frozenset(self._text(token)[1:] for token in self.tokens if token.kind == "alias")

    def _text(self, token: Token) -> str:
        return self.source.text[token.start : token.end]

    def names_for_others(self, span: Span) -> bool:
        """Whether something inside a span has an anchor that an alias leads to."""
        inside = tokens_in(self.tokens, span)
        anchors = (self._text(token) for token in inside if token.kind == "property")
        return any(anchor[0] == "&" and anchor[1:] in self._aliases for anchor in anchors)

    def comments_in(self, span: Span) -> tuple[str, ...]:
        """The comments that begin inside a span."""
        first = bisect_left(self.comments, span.start, key=lambda comment: comment.span.start)
        last = bisect_left(self.comments, span.end, first, key=lambda comment: comment.span.start)
        return tuple(self.source.slice(comment.span) for comment in self.comments[first:last])

    def opening(self, offset: int) -> str:
        """What stands on the line of an offset before it: blanks, or the dash of a step."""
        return self.source.text[self.lines_of(Span(offset, offset)).start : offset]

    def as_lines(self, span: Span, column: int) -> str:
        """The comments of a span, each on a line of its own at a column."""
        return "".join(f"{' ' * column}{comment}{self.line_end}" for comment in self.comments_in(span))

    def lines_of(self, span: Span) -> Span:
        """The whole lines that a span reaches over, with their ends."""
        first, last = self.source.position(span.start).line, self.source.position(span.end).line
        starts = self.source.line_starts
        return Span(starts[first - 1], starts[last] if last < len(starts) else len(self.source.text))

    def column(self, offset: int) -> int:
        """Column of an offset, from 0."""
        return self.source.position(offset).column - 1

    def is_in_flow(self, mapping: Mapping) -> bool:
        return self.source.text.startswith("{", mapping.span.start)

    def is_plain_entry(self, entry: Entry) -> bool:
        """Whether neither the key nor the value has an anchor or tag, or is an alias."""
        starts = {entry.key.span.start, entry.value.span.start}
        return entry.place == entry.value.span and not starts & self.has_property

    def shown(self, entry: Entry) -> str:
        """An entry on one line, for people."""
        text = f"{entry.key.value}: {self._written(entry.value)}"
        return text if len(text) <= _SHOWN_LENGTH else f"{text[: _SHOWN_LENGTH - 1]}…"

    def _written(self, node: Node) -> str:
        match node:
            case Mapping(entries=entries):
                return f"{{{', '.join(f'{one.key.value}: {self._written(one.value)}' for one in entries)}}}"
            case Sequence(items=items):
                return f"[{', '.join(self._written(one.node) for one in items)}]"
        is_block = isinstance(node, Scalar) and node.style in ("literal", "folded")
        text = node.value if isinstance(node, Scalar) and is_block else self.source.slice(node.span)
        return " ".join(text.split())


def whole(entry: Entry) -> Span:
    """From the key to the end of the value."""
    return Span(entry.key.span.start, max(entry.key.span.end, entry.place.end))


def without(draft: Draft, mapping: Mapping, entry: Entry) -> tuple[Edit, ...]:
    """Edits that take an entry out of its mapping and leave its comments, each on a line of its own.

    None where that cannot be done: it is the only one, or a comment would have no place.
    """
    number = next(n for n, other in enumerate(mapping.entries) if other is entry)
    following = mapping.entries[number + 1 : number + 2]
    span = whole(entry)
    if len(mapping.entries) < 2 or entry.key.span.start in draft.has_property or draft.names_for_others(span):
        return ()
    if draft.is_in_flow(mapping):
        region = (
            Span(span.start, following[0].key.span.start)
            if following
            else Span(whole(mapping.entries[number - 1]).end, span.end)
        )
        return () if draft.comments_in(region) else (Edit(region, ""),)
    opening = draft.opening(span.start)
    if opening.strip():
        if not following:
            return ()
        region = Span(span.start, following[0].key.span.start)
        line = draft.lines_of(Span(span.start, span.start)).start
        above = draft.as_lines(region, len(opening) - len(opening.lstrip(" ")))
        return (Edit(Span(line, line), above), Edit(region, "")) if above else (Edit(region, ""),)
    lines = draft.lines_of(span)
    return (Edit(lines, draft.as_lines(lines, draft.column(span.start))),)


def apart(rewrites: Iterable[Rewrite]) -> Iterator[Rewrite]:
    """Those that can be made together: of two that touch the same lines the first."""
    end = -1
    for rewrite in sorted(rewrites, key=lambda one: (one.reach.start, one.reach.end)):
        if rewrite.reach.start > end:
            yield rewrite
            end = rewrite.reach.end


def renamed(key: Scalar, name: str) -> Edit:
    """Another name for a key, in the quotes that it has."""
    quote = {"single": "'", "double": '"'}.get(key.style, "")
    return Edit(key.span, f"{quote}{name}{quote}")
