"""Offsets and the coordinates that editors count in: lines from 0, characters in units of an encoding.

The protocol lets both sides agree on UTF-8, UTF-16 or UTF-32. Lines end as in `Source`, which is how the protocol
ends them too. A byte order mark that an editor has left in its text is the first character of line 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from attrs import frozen

from mmm_lang.source import Source, Span

Encoding = Literal["utf-8", "utf-16", "utf-32"]


class Coordinate(NamedTuple):
    """``line`` from 0, ``character`` from 0 in units of the encoding."""

    line: int
    character: int


class Range(NamedTuple):
    """From one coordinate up to, not including, another."""

    start: Coordinate
    end: Coordinate


def _utf8(character: str) -> int:
    code = ord(character)
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def _utf16(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


_UNITS: Mapping[Encoding, Callable[[str], int]] = MappingProxyType(
    {"utf-8": _utf8, "utf-16": _utf16, "utf-32": lambda _: 1}
)
_MARK = "\ufeff"


def source_of_text(path: str, text: str) -> Source:
    """The source of a text as an editor has it, in which a byte order mark may stand."""
    return Source(path, text.removeprefix(_MARK), bom=text.startswith(_MARK))


@frozen(eq=False)
class Coordinates:
    """Converts offsets of one source."""

    source: Source
    encoding: Encoding

    def of(self, offset: int) -> Coordinate:
        """The coordinate of an offset; past the end it is the end."""
        position = self.source.position(offset)
        start = self.source.line_starts[position.line - 1]
        units = self._units(self.source.text[start : start + position.column - 1])
        return Coordinate(position.line - 1, units + self._mark(position.line - 1))

    def range(self, span: Span) -> Range:
        """The range of a span."""
        return Range(self.of(span.start), self.of(span.end))

    def offset(self, coordinate: Coordinate) -> int:
        """The offset of a coordinate. Past the end of a line it is the end of the line, past the last line the end
        of the text; in the middle of a character it is the character's beginning."""
        lines = self.source.line_starts
        if coordinate.line < 0:
            return 0
        if coordinate.line >= len(lines):
            return len(self.source.text)
        line = self.source.line_span(coordinate.line + 1)
        left = coordinate.character - self._mark(coordinate.line)
        text = self.source.slice(line)
        if self.encoding == "utf-32" or text.isascii():
            return min(line.end, line.start + max(0, left))
        width = _UNITS[self.encoding]
        for index, character in enumerate(text):
            left -= width(character)
            if left < 0:
                return line.start + index
        return line.end

    def span(self, range_: Range) -> Span:
        """The span of a range; one that is the wrong way round is empty."""
        start = self.offset(range_.start)
        return Span(start, max(start, self.offset(range_.end)))

    def _units(self, text: str) -> int:
        if self.encoding == "utf-32" or text.isascii():
            return len(text)
        return sum(map(_UNITS[self.encoding], text))

    def _mark(self, line: int) -> int:
        return _UNITS[self.encoding](_MARK) if line == 0 and self.source.bom else 0
