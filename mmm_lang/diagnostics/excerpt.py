"""Lines of source with labels drawn under them.

Each line of source is followed by rows of marks: those of labels that lie within the line, then the ends and
the beginnings of labels that span lines. The latter run down the margin in lanes, one a label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mmm_lang.diagnostics.colour import Palette
from mmm_lang.diagnostics.display import View, view, visible
from mmm_lang.diagnostics.model import Label
from mmm_lang.record import define, evolve, field, frozen
from mmm_lang.source import Source

WIDTH = 120
"""Columns of source that are shown where there is room; longer lines are cut around what they are shown for."""


@frozen
class Marked:
    """A label with the sign it is underlined with and its style."""

    label: Label
    sign: str
    style: str


@frozen(eq=False)
class _Place:
    """Where a label lies: lines from 1, code points within them from 0, ``end`` exclusive."""

    first_line: int
    start: int
    last_line: int
    end: int
    message: str
    sign: str
    style: str
    lane: int = -1

    @property
    def spans_lines(self) -> bool:
        return self.first_line != self.last_line


@define
class _Row:
    """One row right of the gutter: single columns with their styles, then text to the line's end."""

    columns: dict[int, tuple[str, str]] = field(factory=dict)
    tail: str = ""
    tail_style: str = ""

    def put(self, start: int, signs: str, style: str) -> None:
        for column, sign in enumerate(signs, start=start):
            self.columns[column] = (sign, style)

    def painted(self, palette: Palette) -> str:
        """Neighbours of one style share one escape sequence."""
        parts: list[str] = []
        run, run_style = "", ""
        for column in range(max(self.columns, default=-1) + 1):
            sign, style = self.columns.get(column, (" ", run_style))
            if style != run_style:
                parts.append(palette.paint(run_style, run))
                run, run_style = "", style
            run += sign
        parts.append(palette.paint(run_style, run))
        if self.tail:
            parts.append(" " * bool(self.columns) + palette.paint(self.tail_style, self.tail))
        return "".join(parts)


def number_width(source: Source, labels: Sequence[Label]) -> int:
    """Digits of the largest line number that an excerpt of these labels shows."""
    last = max(_place(source, Marked(label, "", "")).last_line for label in labels)
    return len(str(min(last + 1, len(source.line_starts))))


def draw_excerpt(
    source: Source, labels: Sequence[Marked], gutter: int, palette: Palette, width: int = WIDTH
) -> Iterator[str]:
    """The lines that ``labels`` (at least one) mark, each with a line before and after it.

    ``gutter`` is the width of the line numbers, ``width`` that of the source beside them. The first label is the
    one to show where a line is too long for all.
    """
    places = _with_lanes([_place(source, label) for label in labels])
    margin = 2 * (1 + max(place.lane for place in places))
    edge = palette.paint(palette.frame, f"{'':{gutter}} |")
    yield edge
    before = 0
    for line in _lines_to_show(source, places):
        running = [place for place in places if place.first_line < line <= place.last_line]
        lanes = _Row()
        _put_lanes(lanes, running)
        if before and line > before + 1:
            dots = palette.paint(palette.frame, f"{'...':<{gutter + 2}}")
            yield f"{dots} {lanes.painted(palette)}".rstrip()
        before = line
        for place in places:
            if place.first_line == line and _starts_its_line(source, place):
                lanes.put(2 * place.lane, "/", place.style)
                running.append(place)
        shown = _view(source, places, line, width)
        lanes.put(margin, shown.text, "")
        number = palette.paint(palette.frame, f"{line:>{gutter}} |")
        yield f"{number} {lanes.painted(palette)}".rstrip()
        for row in _rows_under(places, running, line, shown, margin):
            yield f"{edge} {row.painted(palette)}".rstrip()


def _place(source: Source, marked: Marked) -> _Place:
    """Where the label lies, without the blank ends of its span, within the text."""
    size = len(source.text)
    start, end = min(marked.label.span.start, size), min(marked.label.span.end, size)
    text = source.text[start:end]
    if text.strip():
        end = start + len(text.rstrip())
        start += len(text) - len(text.lstrip("\r\n"))
    elif source.position(start).line != source.position(end).line:
        end = start
    first, last = source.position(start), source.position(max(start, end - 1))
    length = _length(source, first.line)
    begin = min(first.column - 1, length)
    finish = last.column if end > start else begin
    message = visible(marked.label.message)
    return _Place(first.line, begin, last.line, finish, message, marked.sign, marked.style)


def _length(source: Source, line: int) -> int:
    span = source.line_span(line)
    return span.end - span.start


def _with_lanes(places: Sequence[_Place]) -> list[_Place]:
    """The same, in the same order; those that span lines have lanes, the widest leftmost."""
    busy: list[int] = []
    lanes: dict[int, int] = {}
    order = sorted(range(len(places)), key=lambda index: (places[index].first_line, -places[index].last_line))
    for index in order:
        place = places[index]
        if not place.spans_lines:
            continue
        free = (lane for lane, until in enumerate(busy) if until < place.first_line)
        lane = next(free, len(busy))
        busy[lane : lane + 1] = [place.last_line]
        lanes[index] = lane
    return [evolve(place, lane=lanes.get(index, -1)) for index, place in enumerate(places)]


def _lines_to_show(source: Source, places: Sequence[_Place]) -> list[int]:
    """The marked lines with a line before and after each, without blank ones at the edges; a gap of one
    line is shown, not left out."""
    marked = {line for place in places for line in (place.first_line, place.last_line)}
    last = len(source.line_starts)
    lines = {near for line in marked for near in (line - 1, line, line + 1) if 1 <= near <= last}
    lines |= {low + 1 for low, high in pairwise(sorted(lines)) if high - low == 2}
    return [line for line in sorted(lines) if line in marked or not _is_idle(source, line, lines)]


def _is_idle(source: Source, line: int, shown: set[int]) -> bool:
    """Whether it is a blank line at an edge of what is shown."""
    blank = not source.slice(source.line_span(line)).strip()
    return blank and not {line - 1, line + 1} <= shown


def _view(source: Source, places: Sequence[_Place], line: int, width: int) -> View:
    """The part of the line to show: all that is marked on it or, where that is too wide, the first."""
    extents = [extent for place in places for extent in _extents(source, place, line)]
    text = source.slice(source.line_span(line))
    if not extents:
        return view(text, 0, 0, width)
    start, end = min(start for start, _ in extents), max(end for _, end in extents)
    if end - start > width:
        start, end = extents[0]
    return view(text, start, end, width)


def _extents(source: Source, place: _Place, line: int) -> Iterator[tuple[int, int]]:
    if not place.spans_lines:
        if place.first_line == line:
            yield place.start, place.end
    elif place.first_line == line and not _starts_its_line(source, place):
        yield place.start, place.start + 1
    elif place.last_line == line:
        yield place.end - 1, place.end


def _rows_under(
    places: Sequence[_Place], running: list[_Place], line: int, shown: View, margin: int
) -> Iterator[_Row]:
    """Rows of marks under ``line``. ``running`` are the labels whose lane passes the line; those that end
    or begin in these rows leave it or join it."""
    within = [place for place in places if place.first_line == line and not place.spans_lines]
    for row in _rows_within(within, shown, margin):
        _put_lanes(row, running)
        yield row
    ending = [place for place in places if place.last_line == line and place.spans_lines]
    for place in sorted(ending, key=lambda place: -place.lane):
        column = margin + shown.columns(place.end - 1, place.end)[0]
        yield _turn(place, column, place.message, running)
        running.remove(place)
    beginning = [place for place in places if place.first_line == line and place.spans_lines]
    for place in beginning:
        if place not in running:
            column = margin + shown.columns(place.start, place.start + 1)[0]
            yield _turn(place, column, "", running)
            running.append(place)


def _turn(place: _Place, column: int, message: str, running: Sequence[_Place]) -> _Row:
    """The row in which a label leaves its line for its lane, or the other way round."""
    row = _Row(tail=message, tail_style=place.style)
    left = 2 * place.lane + 1
    row.put(left, "_" * (column - left) + place.sign, place.style)
    _put_lanes(row, running)
    return row


def _rows_within(places: Sequence[_Place], shown: View, margin: int) -> Iterator[_Row]:
    """Marks under one line. What the rightmost says stands beside it; what the others say hangs below."""
    if not places:
        return
    columns = {id(place): shown.columns(place.start, place.end) for place in places}
    beside = max(places, key=lambda place: (columns[id(place)][1], columns[id(place)][0], place.sign))
    row = _Row(tail=beside.message, tail_style=beside.style)
    for place in sorted(places, key=lambda place: place.sign == "^"):
        start, end = columns[id(place)]
        row.put(margin + start, place.sign * (end - start), place.style)
    yield row
    hanging = [place for place in places if place is not beside and place.message]
    hanging.sort(key=lambda place: columns[id(place)][0])
    starts = [margin + columns[id(place)][0] for place in hanging]
    for count in range(len(hanging), -1, -1):
        row = _Row()
        if count < len(hanging):
            here = hanging[count]
            row = _Row(tail=here.message, tail_style=here.style)
            row.put(0, " " * (starts[count] - 1), "")
        for place, start in zip(hanging[:count], starts, strict=False):
            if count == len(hanging) or start < starts[count]:
                row.put(start, "|", place.style)
        if hanging:
            yield row


def _starts_its_line(source: Source, place: _Place) -> bool:
    """Whether a label that spans lines begins with the first visible character of its line."""
    if not place.spans_lines:
        return False
    line = source.slice(source.line_span(place.first_line))
    return not line[: place.start].strip()


def _put_lanes(row: _Row, running: Sequence[_Place]) -> None:
    for place in running:
        row.put(2 * place.lane, "|", place.style)
