"""Source text and places in it: the ground that every room stands on.

Offsets count Unicode code points from 0, after a byte order mark if there is one. Lines and columns
count from 1, columns in code points. A line ends at ``\\n``, ``\\r\\n`` or a lone ``\\r``, as in YAML 1.2 and
as editors do; the other separators of Unicode do not end a line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from mmm_lang.record import field, frozen

_LINE_END = re.compile(r"\r\n|\r|\n")


@frozen(order=True)
class Span:
    """A half-open range ``start <= offset < end`` of code points in one source."""

    start: int
    end: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")

    def to(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@frozen(order=True)
class Position:
    """A place for people: ``line`` and ``column`` from 1, ``offset`` from 0, in code points."""

    line: int
    column: int
    offset: int


@frozen(eq=False, slots=False)
class Source:
    """One text with the name it goes by.

    ``path`` is what diagnostics print (relative where the user wrote it so, ``<stdin>`` for standard
    input); ``text`` has no byte order mark; ``bom`` says whether the file had one.
    """

    path: str
    text: str = field(repr=False)
    bom: bool = False

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offset of the first character of every line; an empty text has one line."""
        return (0, *(match.end() for match in _LINE_END.finditer(self.text)))

    def position(self, offset: int) -> Position:
        """Line and column of ``offset``; an offset past the end is the end of the text."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1, offset)

    def line_span(self, line: int) -> Span:
        """The span of a line (from 1) without its line end."""
        start = self.line_starts[line - 1]
        last = line == len(self.line_starts)
        end = len(self.text) if last else self.line_starts[line]
        return Span(start, start + len(self.text[start:end].rstrip("\r\n")))

    def slice(self, span: Span) -> str:
        """The text of a span, as written."""
        return self.text[span.start : span.end]

    def whole(self) -> Span:
        """The span of the first line: where a diagnostic about the whole file points."""
        return self.line_span(1)
