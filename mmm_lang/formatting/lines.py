"""The lines of a text and what is to become of each: its indentation, and whether it may go."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.diagnostics.model import Edit
from mmm_lang.record import define
from mmm_lang.source import Source, Span

_BLANKS = re.compile(r"[ \t]*")


@define(eq=False)
class Line:
    """A line of ``text`` at ``start <= offset < end``, its line end not counted; ``next`` is where the next begins.

    ``indent`` is how many blanks at its beginning are indentation, and ``column`` how many spaces these become
    (``None``: as they are). ``is_text``: the blanks at its end, or all it has, are part of a value.
    """

    text: str
    start: int
    end: int
    next: int
    indent: int
    column: int | None = None
    is_text: bool = False

    @property
    def is_blank(self) -> bool:
        return self.start + self.indent >= self.end

    @property
    def is_ended(self) -> bool:
        """Whether there is a line end; the last line of a text may lack one."""
        return self.end < self.next

    def edits(self) -> Iterator[Edit]:
        """Its new indentation, and nothing after its last sign."""
        at = self.start + self.indent
        if self.column is not None and self.text[self.start : at] != " " * self.column:
            yield Edit(Span(self.start, at), " " * self.column)
        if not self.is_text:
            end = self.end
            while end > at and self.text[end - 1] in " \t":
                end -= 1
            if end < self.end:
                yield Edit(Span(end, self.end), "")


def lines_of(source: Source) -> list[Line]:
    """All lines; what follows the last line end is one too, empty or not."""
    text = source.text
    found: list[Line] = []
    for number in range(1, len(source.line_starts) + 1):
        span = source.line_span(number)
        following = source.line_starts[number] if number < len(source.line_starts) else len(text)
        blanks = _BLANKS.match(text, span.start, span.end)
        width = blanks.end() - span.start if blanks else 0
        found.append(Line(text, span.start, span.end, following, width))
    return found


def vertical_edits(source: Source, lines: list[Line]) -> Iterator[Edit]:
    """Blank lines that go (all at both ends, all but one elsewhere), and the last line's end."""
    last = max((number for number, line in enumerate(lines) if not _may_go(line)), default=-1)
    after_blank = True
    for number, line in enumerate(lines[: last + 1]):
        may_go = _may_go(line)
        if may_go and after_blank:
            yield Edit(Span(line.start, line.next), "")
        elif may_go:
            yield from _emptied(line)
        else:
            yield from line.edits()
            if number == last and not line.is_ended:
                yield Edit(Span(len(source.text), len(source.text)), line_end_of(source))
        after_blank = may_go
    end = lines[last].next if last >= 0 else 0
    if end < len(source.text):
        yield Edit(Span(end, len(source.text)), "")


def line_end_of(source: Source) -> str:
    """The line end that the text uses first; ``\\n`` where it has none."""
    if len(source.line_starts) == 1:
        return "\n"
    return source.text[source.line_span(1).end : source.line_starts[1]]


def _may_go(line: Line) -> bool:
    return line.is_blank and not line.is_text


def _emptied(line: Line) -> Iterator[Edit]:
    if line.start < line.end:
        yield Edit(Span(line.start, line.end), "")
