"""Lines of YAML split by eye: indentation, dashes, a key with its colon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from mmm_lang.source import Source

_OPENING = re.compile(r" *")
_DASH = re.compile(r"-(?:[ \t]+|$)")
_KEY = re.compile(
    r"(?P<key>[A-Za-z0-9_][\w.-]*|\"[^\"]*\"|'[^']*')[ \t]*:(?:[ \t]+|$)(?P<value>.*)", re.DOTALL
)
_NOTHING = re.compile(r"(?:[&!]\S*[ \t]*)*(?:#.*)?\Z", re.DOTALL)
_BLOCK = re.compile(r"(?:[&!]\S*[ \t]+)*[|>][-+0-9]*[ \t]*(?:#.*)?\Z", re.DOTALL)


@frozen
class Token:
    """A dash (its ``name`` is empty) or a key at a column from 0.

    ``offset`` is where what follows the dash begins, or the key itself; ``value`` is what stands behind the colon.
    """

    column: int
    offset: int
    name: str = ""
    value: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing stands behind the colon, so that the value is on the lines below."""
        return _NOTHING.match(self.value) is not None

    @property
    def is_block(self) -> bool:
        """Whether the value is a block scalar."""
        return _BLOCK.match(self.value) is not None


@frozen
class Line:
    """One line: its dashes and its key, from left to right. ``content`` is the column behind the dashes."""

    tokens: tuple[Token, ...]
    content: int

    @property
    def key(self) -> Token | None:
        """The key of the line."""
        last = self.tokens[-1] if self.tokens else None
        return last if last is not None and last.name else None

    @property
    def indent(self) -> int:
        """The column of the first thing on it."""
        return self.tokens[0].column if self.tokens else self.content


def split_line(text: str, start: int) -> Line:
    """Split a line that begins at offset ``start``."""
    opening = _OPENING.match(text)
    at = opening.end() if opening else 0
    tokens: list[Token] = []
    while (dash := _DASH.match(text, at)) is not None:
        tokens.append(Token(at, start + dash.end()))
        at = dash.end()
    key = _KEY.match(text, at)
    if key is not None:
        tokens.append(Token(at, start + at, key["key"].strip("\"'"), key["value"]))
    return Line(tuple(tokens), at)


def lines_above(source: Source, number: int) -> Iterator[Line]:
    """The lines before line ``number`` (from 1) that say something, the nearest first."""
    return _lines(source, range(number - 1, 0, -1))


def lines_below(source: Source, number: int) -> Iterator[Line]:
    """The lines after line ``number`` that say something, in order."""
    return _lines(source, range(number + 1, len(source.line_starts) + 1))


def _lines(source: Source, numbers: range) -> Iterator[Line]:
    for number in numbers:
        span = source.line_span(number)
        text = source.slice(span)
        if text.strip() and not text.lstrip().startswith("#"):
            yield split_line(text, span.start)
