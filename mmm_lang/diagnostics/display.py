"""Text as a terminal shows it: what is printed for each code point, and in which column it lands.

A playbook is somebody else's text. Printed raw, an escape sequence in it could repaint the screen and a
right-to-left override could make an error read as its opposite; so control characters, invisible
formatting and lone surrogates are written as escapes (``\\x1b``, ``\\u202e``). Tabs become blanks, wide
characters count two columns, combining marks none.
"""

from __future__ import annotations

import unicodedata

from mmm_lang.record import frozen

_TAB_STOP = 4
_JOINERS = "\u200c\u200d"
"""Letters of Persian and of Indic scripts and emoji need these two; they reorder nothing."""

_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_NO_WIDTH_CATEGORIES = frozenset({"Mn", "Me"})


@frozen
class Cells:
    """A line laid out: for each code point, what is printed and where it begins and ends.

    ``starts[i]`` and ``ends[i]`` are columns from 0; a combining mark shares its base's columns. All three
    have one entry a code point; ``width`` is the number of columns of the whole line.
    """

    printed: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    width: int

    def column(self, index: int) -> int:
        """Where code point ``index`` begins; past the end, where the line ends."""
        return self.starts[index] if index < len(self.starts) else self.width


def lay_out(line: str) -> Cells:
    """Lay out one line of source, given without its line end."""
    if line.isascii() and line.isprintable():
        width = len(line)
        return Cells(tuple(line), tuple(range(width)), tuple(range(1, width + 1)), width)
    printed: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    column = base = 0
    for character in line:
        if character == "\t":
            text = " " * (_TAB_STOP - column % _TAB_STOP)
            width = len(text)
        else:
            text = visible_character(character)
            width = _width(text)
        if width or not printed:
            base = column
        column += width
        printed.append(text)
        starts.append(base)
        ends.append(column)
    return Cells(tuple(printed), tuple(starts), tuple(ends), column)


def visible_character(character: str) -> str:
    """The character, or its escape where a terminal would not show it as a character."""
    if character.isprintable() or character in _JOINERS:
        return character
    if unicodedata.category(character) not in _ESCAPED_CATEGORIES:
        return character  # private use, and blanks other than the blank
    code = ord(character)
    if code < 0x100:
        short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
        return short.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """``text`` on one line, with every character that could disturb a terminal escaped."""
    if text.isprintable():
        return text
    return "".join(visible_character(character) for character in text)


def _width(printed: str) -> int:
    """Columns of what is printed for one code point."""
    if len(printed) > 1 or printed.isascii():
        return len(printed)
    if printed in _JOINERS or unicodedata.category(printed) in _NO_WIDTH_CATEGORIES:
        return 0
    if "\u1160" <= printed <= "\u11ff":
        return 0  # vowels and finals of Hangul sit on the consonant before them
    return 2 if unicodedata.east_asian_width(printed) in ("W", "F") else 1


@frozen
class View:
    """The part of a line that is shown, laid out; cut ends show as ``…``.

    Code points ``first <= index < last`` of the line are shown.
    """

    cells: Cells
    first: int
    last: int
    cut_before: bool
    cut_after: bool

    @property
    def text(self) -> str:
        """What is printed."""
        return "…" * self.cut_before + "".join(self.cells.printed) + "…" * self.cut_after

    def columns(self, start: int, end: int) -> tuple[int, int]:
        """Columns from 0, half-open and never empty, of code points ``start <= index < end`` of the line.

        What was cut off lies on the ``…``.
        """
        left = self._left_edge(start)
        return left, max(left + 1, self._right_edge(end))

    def _left_edge(self, index: int) -> int:
        if index < self.first:
            return 0
        return self.cut_before + self.cells.column(index - self.first)

    def _right_edge(self, index: int) -> int:
        if index <= self.first:
            return 0
        if index > self.last:
            return self.cut_before + self.cells.width + self.cut_after
        return self.cut_before + self.cells.ends[index - self.first - 1]


def view(line: str, start: int, end: int, width: int) -> View:
    """The part of ``line`` of about ``width`` columns that shows code points ``start`` to ``end`` best:
    the line's beginning where that fits, and something of what follows.
    """
    first, last = _window(line, min(start, len(line)), min(end, len(line)), width)
    return View(lay_out(line[first:last]), first, last, first > 0, last < len(line))


def _window(line: str, start: int, end: int, width: int) -> tuple[int, int]:
    if len(line) <= width and lay_out(line).width <= width:
        return 0, len(line)
    first = last = start
    room = width
    while first > max(0, start - width // 6) and room > 0:
        first -= 1
        room -= _room_of(line[first])
    for limit in (end, min(len(line), end + width // 6)):
        while last < limit and room > 0:
            room -= _room_of(line[last])
            last += 1
    while first > 0 and room > 0:
        first -= 1
        room -= _room_of(line[first])
    while last < len(line) and room > 0:
        room -= _room_of(line[last])
        last += 1
    return first, last


def _room_of(character: str) -> int:
    return _TAB_STOP if character == "\t" else max(1, _width(visible_character(character)))
