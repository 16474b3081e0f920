"""Where each character of a decoded YAML scalar stands in the source.

A scalar is decoded a second time here, with the offset of every character kept, following libyaml's rules
for its style. The result is compared with libyaml's own value: where the two differ the map is not used
at all and every index leads to the scalar's start, so a place is never wrong, at worst coarse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from mmm_lang.record import field, frozen

Style = Literal["plain", "single", "double", "literal", "folded"]

_BREAK = re.compile(r"\r\n|\r|\n")
_FOLD = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
_BLANKS_AND_BREAKS = re.compile(r"[ \t\r\n]*")
_RUN = re.compile(r"[ \t]+|[^ \t\r\n'\\]+|['\\]")
_HEADER = re.compile(r"[|>]([-+0-9]*)[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n)?")
_LINE = re.compile(r"[^\r\n]*")
_SPACES = re.compile(" *")

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}


@frozen(eq=False)
class _Decoded:
    """Text decoded so far, the offset of each character, and the offset after the last one."""

    pieces: list[str] = field(factory=list)
    offsets: list[int] = field(factory=list)

    def run(self, text: str, start: int, end: int) -> None:
        """Take ``text[start:end]`` as it stands."""
        self.pieces.append(text[start:end])
        self.offsets.extend(range(start, end))

    def one(self, character: str, offset: int) -> None:
        """Take one character that is written otherwise at ``offset``."""
        self.pieces.append(character)
        self.offsets.append(offset)

    @property
    def value(self) -> str:
        return "".join(self.pieces)


def scalar_offsets(text: str, start: int, end: int, style: Style, value: str) -> Sequence[int]:
    """Offset in ``text`` of every character of ``value``, and one more for its end.

    ``text[start:end]`` is the scalar as written, quotes or block header included, anchor and tag not.
    """
    inner = (start + 1, end - 1) if style in ("single", "double") else (start, end)
    if text[slice(*inner)] == value and "\n" not in value and style not in ("literal", "folded"):
        return range(inner[0], inner[0] + len(value) + 1)
    if style in ("literal", "folded"):
        decoded, last = _block(text, start, end, value, style == "folded")
    else:
        decoded, last = _flow(text, *inner, style), inner[1]
    if decoded is None or decoded.value != value:
        return (start,) * (len(value) + 1)
    return (*decoded.offsets, last)


# --- plain and quoted ---


def _flow(text: str, start: int, end: int, style: Style) -> _Decoded:
    decoded = _Decoded()
    at = start
    while at < end:
        fold = _FOLD.match(text, at, end)
        if fold:
            _fold(decoded, text, fold.start(), fold.end())
            at = fold.end()
        elif style == "double" and text[at] == "\\":
            at = _escape(decoded, text, at, end)
        elif style == "single" and text.startswith("''", at):
            decoded.one("'", at)
            at += 2
        else:
            run = _RUN.match(text, at, end)
            stop = run.end() if run else at + 1
            decoded.run(text, at, stop)
            at = stop
    return decoded


def _fold(decoded: _Decoded, text: str, start: int, end: int) -> None:
    """A line end with the blanks around it: one space; with empty lines, one line feed for each of them."""
    _, *others = _BREAK.finditer(text, start, end)
    if not others:
        decoded.one(" ", start)
    for other in others:
        decoded.one("\n", other.start())


def _escape(decoded: _Decoded, text: str, at: int, end: int) -> int:
    """A backslash at ``at`` in double quotes; gives the offset after it."""
    line_end = _BREAK.match(text, at + 1, end)
    if line_end:
        blanks = _BLANKS_AND_BREAKS.match(text, line_end.end(), end)
        stop = blanks.end() if blanks else line_end.end()
        for empty in _BREAK.finditer(text, line_end.end(), stop):
            decoded.one("\n", empty.start())
        return stop
    letter = text[at + 1 : at + 2]
    digits = _HEX_DIGITS.get(letter)
    if digits is None:
        decoded.one(_ESCAPES.get(letter, ""), at)
        return at + 2
    try:
        character = chr(int(text[at + 2 : at + 2 + digits], 16))
    except (ValueError, OverflowError):
        character = ""
    decoded.one(character, at)
    return at + 2 + digits


# --- block scalars ---


def _block(text: str, start: int, end: int, value: str, folded: bool) -> tuple[_Decoded | None, int]:
    header = _HEADER.match(text, start, end)
    if header is None:
        return None, start
    for indent in _indents(text, header.end(), end, value):
        decoded, last = _block_body(text, header.end(), end, indent, folded, header[1])
        if decoded.value == value:
            return decoded, last
    return None, start


def _indents(text: str, start: int, end: int, value: str) -> Iterator[int]:
    """How many columns may be the body's indentation: what libyaml took away from the first line with text.

    A body of spaces alone is read in the few ways there are; all that give the value are right.
    """
    written = list(_lines(text, start, end))
    kept = list(_lines(value, 0, len(value)))
    first_written = next((spaces for spaces, length in written if spaces < length), None)
    first_kept = next((spaces for spaces, length in kept if spaces < length), None)
    if first_written is not None and first_kept is not None:
        yield first_written - first_kept
        return
    widths = {spaces for spaces, _ in written}
    rests = {spaces for spaces, _ in kept}
    yield from sorted({width - rest for width in widths for rest in rests if width >= rest}, reverse=True)[
        :16
    ]


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Of every line, how many spaces it begins with and how long it is."""
    at = start
    while at <= end:
        line = _LINE.match(text, at, end)
        stop = line.end() if line else end
        spaces = _SPACES.match(text, at, stop)
        yield (spaces.end() - at if spaces else 0), stop - at
        line_end = _BREAK.match(text, stop, end)
        if line_end is None:
            return
        at = line_end.end()


def _block_body(
    text: str, start: int, end: int, indent: int, folded: bool, indicators: str
) -> tuple[_Decoded, int]:
    """Decode the lines of a block scalar as libyaml does, and the offset after its last character."""
    decoded = _Decoded()
    line_end: re.Match[str] | None = None
    after_blank = False
    empty, at = _empty_lines(text, start, end, indent)
    while at is not None:
        blank = text[at] in " \t"
        if line_end and folded and not after_blank and not blank:
            if not empty:
                decoded.one(" ", line_end.start())
        elif line_end:
            decoded.one("\n", line_end.start())
        for other in empty:
            decoded.one("\n", other.start())
        after_blank = blank
        line = _LINE.match(text, at, end)
        stop = line.end() if line else end
        decoded.run(text, at, stop)
        line_end = _BREAK.match(text, stop, end)
        if line_end is None:
            return decoded, stop
        empty, at = _empty_lines(text, line_end.end(), end, indent)
    tail = [line_end] if line_end and "-" not in indicators else []
    tail += empty if "+" in indicators else []
    for other in tail:
        decoded.one("\n", other.start())
    if tail:
        return decoded, tail[-1].end()
    return decoded, line_end.start() if line_end else start


def _empty_lines(text: str, start: int, end: int, indent: int) -> tuple[list[re.Match[str]], int | None]:
    """Line ends of empty lines from ``start``, and where the text of the next line begins, if there is one."""
    found: list[re.Match[str]] = []
    at = start
    while True:
        spaces = _SPACES.match(text, at, min(end, at + max(indent, 0)))
        stop = spaces.end() if spaces else at
        line_end = _BREAK.match(text, stop, end)
        if line_end is None:
            return found, (stop if stop < end and stop - at == indent else None)
        found.append(line_end)
        at = line_end.end()
