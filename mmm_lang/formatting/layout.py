"""Where each line begins: two columns a level, what is in a list two columns right of the key that owns it.

One pass over the tokens keeps the blocks that are open, each with the column it has and the one it is to
have. The first sign of a line says which block the line belongs to; comments and blank lines between two signs
belong to the blocks around them; the further lines of a value move with its first one.
"""

from __future__ import annotations

from typing import Literal

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.block_scalars import Body, body_of
from mmm_lang.formatting.lines import Line, lines_of, vertical_edits
from mmm_lang.formatting.rewriting import Draft
from mmm_lang.formatting.spacing import spacing_edits
from mmm_lang.formatting.tokens import Token
from mmm_lang.record import define, field, frozen
from mmm_lang.source import Source

STEP = 2
"""Columns from one level to the next."""


@frozen
class Block:
    """An open mapping or list: the column of its keys or dashes, as written and as it is to be.

    A list whose dashes stand below the key itself is ``bare``: YAML sees no indentation there.
    """

    kind: Literal["mapping", "list", "bare"]
    written: int
    column: int


def layout_edits(draft: Draft) -> tuple[Edit, ...]:
    """What brings a text that is YAML without mistakes into the one layout."""
    source, tokens = draft.source, draft.tokens
    layout = _Layout(source, lines_of(source))
    for token in tokens:
        layout.take(token)
    layout.finish()
    return (
        *vertical_edits(source, layout.lines),
        *spacing_edits(source.text, tokens),
        *layout.header_edits,
    )


@define(eq=False)
class _Layout:
    source: Source
    lines: list[Line]
    blocks: list[Block] = field(factory=list)
    header_edits: list[Edit] = field(factory=list)
    flow_depth: int = 0
    flow_from: int = 0
    """The line in which the outermost open bracket stands."""
    done: int = 0
    """How many lines have their place."""
    around: tuple[Block, ...] = ()
    """The blocks that were open at the last sign."""
    after_body: bool = False
    """Whether the last sign was a block scalar, under which nothing may stand deeper than its key."""

    def take(self, token: Token) -> None:
        """Follow the blocks, and place the line that a sign begins."""
        self._leave(token)
        if token.kind in ("mapping", "sequence"):
            kind: Literal["mapping", "list"] = "mapping" if token.kind == "mapping" else "list"
            self.blocks.append(Block(kind, self._column_of(token.start), self._inner()))
            return
        if token.kind == "dash" and not (self.blocks and self.blocks[-1].kind != "mapping"):
            owner = self.blocks[-1]
            self.blocks.append(Block("bare", owner.written, owner.column + STEP))
        if not token.has_width and token.kind != "key":
            return
        line = self._line_of(token.start)
        if line >= self.done:
            self._place(line, token)
        if not token.has_width:
            return
        self._brackets(token, line)
        if token.kind == "block-scalar":
            self._body(body_of(self.source.text, token, self.blocks[-1].written if self.blocks else None))
        else:
            self._further_lines(line, self._line_of(token.end))
        self.around = tuple(self.blocks)
        self.after_body = token.kind == "block-scalar"

    def finish(self) -> None:
        """Place what comes after the last sign."""
        self._between(len(self.lines), None)

    # --- blocks ---

    def _leave(self, token: Token) -> None:
        if self.flow_depth:
            return
        if token.kind in ("key", "colon", "block-end") and self.blocks and self.blocks[-1].kind == "bare":
            self.blocks.pop()
        if token.kind == "block-end":
            self.blocks.pop()

    def _inner(self) -> int:
        """The column of what stands inside the innermost block."""
        return self.blocks[-1].column + STEP if self.blocks else 0

    def _brackets(self, token: Token, line: int) -> None:
        if token.kind == "open":
            if self.flow_depth == 0:
                self.flow_from = line
            self.flow_depth += 1
        elif token.kind == "close":
            self.flow_depth -= 1
            if self.flow_depth == 0:
                self._shift(self.flow_from, line, self.blocks[-1].column if self.blocks else 0)

    # --- lines ---

    def _place(self, number: int, token: Token) -> None:
        """Give the line that a sign begins its column, after what stands before it."""
        if self.flow_depth:
            self.done = number + 1
            return
        if token.kind == "marker":
            column = 0
        elif self.blocks and token.kind in ("dash", "key", "colon"):
            column = self.blocks[-1].column
        else:
            column = self._inner()
        self._between(number, (self.lines[number].indent, column))
        self.lines[number].column = column
        self.done = number + 1

    def _between(self, number: int, following: tuple[int, int] | None) -> None:
        """Place the comments from the last sign to the line ``number``, which moves from one column to another."""
        for line in self.lines[self.done : number]:
            if not line.is_blank:
                line.column = _comment_column(line.indent, self.around, following, self.after_body)
        self.done = max(self.done, number)

    def _further_lines(self, first: int, last: int) -> None:
        """The lines of a plain or quoted text: an empty one counts, blanks at a line's end do not, but behind ``\\``."""
        for line in self.lines[first:last]:
            written = line.text[line.start : line.end]
            line.is_text = line.is_blank or written.rstrip(" \t").endswith("\\")
            if line.is_blank:
                line.column = 0
        self.done = max(self.done, last + 1)
        if self.flow_depth == 0:
            self._shift(first, last, self._inner())

    def _shift(self, first: int, last: int, least: int) -> None:
        """Move the lines after ``first`` as far as that one moves, together, and not left of ``least``."""
        rest = [line for line in self.lines[first + 1 : last + 1] if not line.is_blank]
        if not rest:
            return
        head = self.lines[first]
        moved = 0 if head.column is None else head.column - head.indent
        moved = max(moved, least - min(line.indent for line in rest))
        for line in rest:
            line.column = line.indent + moved
        self.done = max(self.done, last + 1)

    def _body(self, body: Body) -> None:
        """The lines of a block scalar, whose text stays as it is."""
        first, last = self._line_of(body.start), self._line_of(body.end - 1)
        column = self._inner() if self.blocks else body.indent
        if self.blocks and body.indicator is not None:
            column += body.indicator - STEP
        self.header_edits += body.header_edits
        if body.start == body.end:
            return
        text_ends = max(
            (number for number in range(first, last + 1) if self._has_text(number, body)), default=-1
        )
        for number in range(first, last + 1):
            line = self.lines[number]
            if self._has_text(number, body):
                line.indent, line.column, line.is_text = body.indent, column, True
            elif number < text_ends or (body.keeps_end and line.is_ended):
                line.column, line.is_text = 0, True
        self.done = last + 1

    def _has_text(self, number: int, body: Body) -> bool:
        line = self.lines[number]
        return line.end - line.start > body.indent

    # --- places ---

    def _line_of(self, offset: int) -> int:
        """The index of a line."""
        return self.source.position(offset).line - 1

    def _column_of(self, offset: int) -> int:
        return self.source.position(offset).column - 1


def _comment_column(
    written: int, around: tuple[Block, ...], following: tuple[int, int] | None, after_body: bool
) -> int:
    """Where a comment goes: with the sign after it, else with the block whose column it has, else between."""
    if following is not None and following[0] == written:
        return following[1]
    if not around:
        return following[1] if following is not None else written
    same = [block.column for block in around if block.written == written]
    if same:
        return same[0] if following is None else same[-1]
    innermost = around[-1]
    if written > innermost.written:
        return innermost.column + (0 if after_body else STEP)
    left = [block.column for block in around if block.written < written]
    return left[-1] if left else around[0].column
