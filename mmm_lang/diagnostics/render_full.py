"""Diagnostics for people: the headline, the source with the place underlined, what to do.

::

    error[undefined-step]: no step named `coverge` comes before this one
     --> tdd.yml:4:30
      |
    3 | - shell: "true"
    4 | - claude: "/mmm-write-tests ${coverge.spec}"
      |                               ^^^^^^^ not a step id
      |
      = help: write `coverage`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mmm_lang.diagnostics.colour import Palette
from mmm_lang.diagnostics.crowds import shown
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.excerpt import WIDTH, Marked, draw_excerpt, number_width
from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.source import Source

_REMARK_WIDTH = 100
"""Code points in a row of advice."""
_REMARK_INDENT = 6
_FRAME = 6
"""Columns around the line number, and for a label's lane."""
_NARROWEST = 40
_UNBROKEN = re.compile(r"(?:`[^`]*`|\S)+\s*|\s+")


def render_full(diagnostics: Sequence[Diagnostic], palette: Palette, columns: int | None = None) -> str:
    """What people see (`shown`), in order, with an empty line between two; empty text where there is nothing.

    ``columns`` is the width of the terminal that it is for, if any: source and advice keep within it. Whatever the
    sources hold, the result has no control character but line ends and those of the palette.
    """
    drawn = [
        "".join(f"{row}\n" for row in _rows(diagnostic, palette, columns))
        for diagnostic in shown(diagnostics)
    ]
    return "\n".join(drawn)


def _rows(diagnostic: Diagnostic, palette: Palette, columns: int | None) -> Iterator[str]:
    style = {"error": palette.error, "warning": palette.warning, "note": palette.note}[diagnostic.severity]
    title = palette.paint(style, f"{diagnostic.severity}[{visible(diagnostic.rule)}]")
    yield title + palette.paint(palette.headline, f": {visible(diagnostic.message)}")
    sections = _sections(diagnostic, palette, style)
    gutter = max(number_width(source, [mark.label for mark in marks]) for source, marks in sections)
    room = WIDTH if columns is None else max(_NARROWEST, min(WIDTH, columns - gutter - _FRAME))
    for source, marks in sections:
        place = source.position(marks[0].label.span.start)
        arrow = palette.paint(palette.frame, "-->" if source is diagnostic.source else ":::")
        yield f"{'':{gutter}}{arrow} {visible(source.path)}:{place.line}:{place.column}"
        yield from draw_excerpt(source, marks, gutter, palette, room)
    yield from _remarks(diagnostic, gutter, palette, min(_REMARK_WIDTH, room - _REMARK_INDENT))


def _sections(diagnostic: Diagnostic, palette: Palette, style: str) -> list[tuple[Source, list[Marked]]]:
    """The labels by source, that of the diagnostic first; the primary label leads."""
    sections: dict[int, tuple[Source, list[Marked]]] = {}

    def add(label: Label, sign: str, style: str) -> None:
        source = label.source or diagnostic.source
        sections.setdefault(id(source), (source, []))[1].append(Marked(label, sign, style))

    add(diagnostic.primary, "^", style)
    for label in diagnostic.secondary:
        add(label, "-", palette.frame)
    return list(sections.values())


def _remarks(diagnostic: Diagnostic, gutter: int, palette: Palette, width: int) -> Iterator[str]:
    """Help and notes; further lines of one are indented, so that none can pose as another message."""
    advice = diagnostic.help
    if diagnostic.fix is not None and not advice:
        advice = (diagnostic.fix.title,)
    remarks = [("help", palette.help, text) for text in advice]
    remarks += [("note", palette.note, text) for text in diagnostic.notes]
    if remarks:
        yield palette.paint(palette.frame, f"{'':{gutter}} |")
    equals = palette.paint(palette.frame, f"{'':{gutter}} =")
    for word, style, text in remarks:
        first, *rest = [row for line in text.split("\n") for row in _wrapped(visible(line), width)]
        yield f"{equals} {palette.paint(style, word)}: {first}".rstrip()
        for row in rest:
            yield f"{'':{gutter}}         {row}".rstrip()


def _wrapped(line: str, width: int) -> list[str]:
    """Rows of at most ``width`` code points; what stands in backticks is not broken."""
    if len(line) <= width:
        return [line]
    rows = [""]
    for piece in _UNBROKEN.findall(line):
        if rows[-1] and len(rows[-1]) + len(piece.rstrip()) > width:
            rows[-1] = rows[-1].rstrip()
            rows.append("")
        rows[-1] += piece
    return rows
