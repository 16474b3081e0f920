"""Templates: a decoded string becomes text and holes, once, each with its place in the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.source import Source, Span
from mmm_lang.syntax.hole_scanner import Dollar, HoleText, TemplateKind, scan
from mmm_lang.syntax.nodes import Filter, Hole, Located, Template, Text

if TYPE_CHECKING:
    from mmm_lang.syntax.hole_troubles import Trouble

__all__ = ["TemplateKind", "diagnose", "hole_of", "parse_template"]


def parse_template(
    raw: str, span: Span, offset_of: Callable[[int], int], source: Source, kind: TemplateKind
) -> tuple[Template, tuple[Diagnostic, ...]]:
    """Split a decoded scalar into text and holes.

    ``span`` is the scalar's place; ``offset_of`` maps an index of ``raw``, ``len(raw)`` included, to its
    offset in ``source``. Every name that stands alone becomes a hole: what it names is for the analysis to
    say, which in a script leaves an unknown one to the shell (see ``shell_may_mean``). A malformed
    reference stays text, and a diagnostic has said why. Never raises.
    """
    template = Template((), raw, span, offset_of)
    found = scan(raw, kind)
    parts = _parts(template, found.pieces)
    diagnostics = tuple(diagnose(trouble, template, source) for trouble in found.troubles)
    return Template(parts, raw, span, offset_of), diagnostics


def _parts(template: Template, pieces: tuple[HoleText | Dollar, ...]) -> tuple[Text | Hole, ...]:
    parts: list[Text | Hole] = []
    dollars: list[int] = []
    at = 0
    for piece in pieces:
        if isinstance(piece, Dollar):
            dollars.append(piece.start)
            continue
        if at < piece.start:
            parts.append(_text(template, at, piece.start, dollars))
        dollars = []
        parts.append(hole_of(piece, template))
        at = piece.end
    if at < len(template.raw):
        parts.append(_text(template, at, len(template.raw), dollars))
    return tuple(parts)


def _text(template: Template, start: int, end: int, dollars: list[int]) -> Text:
    """``raw[start:end]`` with each of the ``$$`` at ``dollars`` as one sign."""
    value: list[str] = []
    at = start
    for dollar in dollars:
        value.append(template.raw[at : dollar + 1])
        at = dollar + 2
    value.append(template.raw[at:end])
    return Text("".join(value), template.span_of(start, end), start)


def hole_of(piece: HoleText, template: Template) -> Hole:
    """The node of a reference that the scanner found in ``template.raw``."""
    inside, interior = piece.inside, piece.interior
    names = tuple(
        Located(name, template.span_of(inside + at, inside + at + len(name))) for name, at in interior.names
    )
    filters = tuple(
        Filter(part.name, part.argument, template.span_of(inside + part.start, inside + part.end))
        for part in interior.filters
    )
    span = template.span_of(piece.start, piece.end)
    return Hole(names, piece.spelling, span, piece.start, piece.end, interior.default, filters)


def diagnose(trouble: Trouble, template: Template, source: Source) -> Diagnostic:
    """The diagnostic of a trouble, at its place in the file."""
    place = template.span_of(trouble.start, trouble.end)
    fix = None
    # What is written otherwise in the source, with an escape say, is not replaced.
    if trouble.replacement is not None and source.slice(place) == template.raw[trouble.start : trouble.end]:
        edit = Edit(place, trouble.replacement)
        fix = Fix(f"replace with `{trouble.replacement}`", "unsafe", (edit,))
    return Diagnostic(
        trouble.rule, trouble.severity, trouble.message, source, Label(place), help=trouble.help, fix=fix
    )
