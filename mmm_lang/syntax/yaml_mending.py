"""Text that YAML stumbled over, made readable again without moving anything, to find what else there is.

What is to blame is replaced by a stand-in of the same length: first the one value, then the item of a list
that it is in, then the ones around it. The smallest stand-in that lets the reader get further is used, so
that one mistake costs as little as possible of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.record import frozen
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_failure import Finding

_LINE = re.compile(
    r"(?P<lead>[ \t]*(?:-[ \t]+)*)(?:(?P<key>[\w.-]+|\"[^\"\r\n]*\"|'[^'\r\n]*')[ \t]*:(?:[ \t]+|(?=[\r\n]|\Z)))?"
    r"(?P<value>[^\r\n]*)"
)
_BREAKS = re.compile(r"[\r\n]+")
_NOT_BREAK = re.compile(r"[^\r\n]")
_GLUED_DASH = re.compile(r"-[A-Za-z_]")
_STAND_IN = "x"
_MOST_ITEMS = 4


@frozen(eq=False)
class Mended:
    """A text as long as the source. ``damaged`` says where stand-ins begin and where what they stand for
    ends; ``until`` is the end of the last one that was made."""

    text: str
    damaged: dict[int, int]
    until: int


def mendings(mended: Mended, finding: Finding) -> Iterator[Mended]:
    """Ways to get past a mistake, the least costly first."""
    text = mended.text
    if (
        finding.comma is not None
    ):  # in place of the blank or the line end that stands there, so that nothing moves
        at = finding.comma
        yield Mended(f"{text[:at]},{text[at + 1 :]}", mended.damaged, at + 1)
    if _GLUED_DASH.match(text, finding.blame):
        # `-claude: x` is an item all the same: it keeps its dash and loses the rest.
        rest = Span(finding.blame + 1, _deeper_end(text, _line_end(text, finding.blame), 0))
        glued = Mended(_blank(text, rest), mended.damaged, rest.end)
        yield _stand_in(glued, Span(finding.blame + 2, rest.end))
    if finding.erase is not None:
        mended = _erased(mended, finding.erase)
        if finding.blame >= finding.erase.start:
            yield mended
        text = mended.text
    value = _value_span(text, finding.blame)
    if value is not None:
        yield _stand_in(mended, value)
    for item in _items_around(text, finding.blame):
        yield _stand_in(mended, item)
    top = _value_span(text, _top_line(text, finding.blame))
    if top is not None:
        yield _stand_in(mended, top)


def _erased(mended: Mended, lines: Span) -> Mended:
    """The text without some lines; a key above that had its value there gets a stand-in for it."""
    blank = Mended(_blank(mended.text, lines), mended.damaged, lines.end)
    above = re.search(
        r"(?:^|[\r\n])([ \t]*(?:-[ \t]+)*)[\w.-]+:[ \t]*(?:#[^\r\n]*)?[\r\n]+\Z", mended.text[: lines.start]
    )
    if above is None:
        return blank
    start = lines.start + len(above[1]) + 1
    if start >= _line_end(mended.text, lines.start):
        return blank
    return _stand_in(blank, Span(start, lines.end))


def _stand_in(mended: Mended, span: Span) -> Mended:
    """The text with one letter in place of a span."""
    blank = _blank(mended.text, span)
    text = blank[: span.start] + _STAND_IN + blank[span.start + 1 :]
    damaged = {start: end for start, end in mended.damaged.items() if not span.start <= start < span.end}
    damaged[span.start] = span.end
    return Mended(text, damaged, max(span.end, mended.until))


def _blank(text: str, span: Span) -> str:
    return text[: span.start] + _NOT_BREAK.sub(" ", text[span.start : span.end]) + text[span.end :]


def _value_span(text: str, offset: int) -> Span | None:
    """The value that begins on the line of an offset, with the lines below that are indented further."""
    start = _line_start(text, offset)
    line = _LINE.match(text, start)
    if line is None or not line["value"].strip():
        return None
    lead = line["lead"]
    own = lead.rindex("-") if "-" in lead else len(lead)
    column = line.start("key") - start if line["key"] else own
    return Span(line.start("value"), _deeper_end(text, line.end(), column))


def _items_around(text: str, offset: int) -> Iterator[Span]:
    """Items of block lists around an offset, innermost first, each from behind its dash."""
    start = _line_start(text, offset)
    inner = len(text)
    found = 0
    while found < _MOST_ITEMS:
        line = text[start : _line_end(text, start)]
        indent = len(line) - len(line.lstrip(" "))
        if line.strip():
            dash = re.match(r" *-[ \t]+(?=\S)", line)
            if dash and indent < inner:
                found += 1
                yield Span(start + dash.end(), _deeper_end(text, start + len(line), indent))
            inner = min(inner, indent)
        if start == 0 or inner == 0:
            return
        start = _line_start(text, start - 1)


def _deeper_end(text: str, line_end: int, column: int) -> int:
    """End of the lines after ``line_end`` that are indented further than ``column``."""
    end = at = line_end
    while True:
        line_break = _BREAKS.match(text, at)
        if line_break is None:
            return end
        at = _line_end(text, line_break.end())
        line = text[line_break.end() : at]
        if len(line) - len(line.lstrip(" \t")) <= column:
            return end
        end = at


def _top_line(text: str, offset: int) -> int:
    """The nearest line, from an offset upwards, that begins in the first column."""
    start = _line_start(text, offset)
    while start > 0 and text[start : start + 1] in (" ", "\t", "\n", "\r", "#", ""):
        start = _line_start(text, start - 1)
    return start


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _line_end(text: str, offset: int) -> int:
    line_break = _BREAKS.search(text, offset)
    return line_break.start() if line_break else len(text)
