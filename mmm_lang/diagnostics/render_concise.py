"""Diagnostics for grep, for editors and for terminals that make places clickable: one line each."""

from __future__ import annotations

from collections.abc import Sequence

from mmm_lang.diagnostics.colour import Palette
from mmm_lang.diagnostics.crowds import shown
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.model import Diagnostic


def render_concise(diagnostics: Sequence[Diagnostic], palette: Palette) -> str:
    """``path:line:col: error[rule] message`` for what people see (`shown`), in order."""
    return "".join(f"{_line(diagnostic, palette)}\n" for diagnostic in shown(diagnostics))


def _line(diagnostic: Diagnostic, palette: Palette) -> str:
    style = {"error": palette.error, "warning": palette.warning, "note": palette.note}[diagnostic.severity]
    place = diagnostic.source.position(diagnostic.primary.span.start)
    where = f"{visible(diagnostic.source.path)}:{place.line}:{place.column}:"
    title = palette.paint(style, f"{diagnostic.severity}[{visible(diagnostic.rule)}]")
    return f"{where} {title} {visible(diagnostic.message)}"
