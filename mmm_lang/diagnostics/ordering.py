"""The order of print, in which nothing is said twice."""

from __future__ import annotations

from collections.abc import Iterable

from mmm_lang.diagnostics.model import Diagnostic, Label


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file, place, rule and message; of exact duplicates only the first is kept."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Diagnostic] = []
    for diagnostic in sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key):
        content = _content(diagnostic)
        if content not in seen:
            seen.add(content)
            kept.append(diagnostic)
    return tuple(kept)


def unsuppressed(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those that people see, in order."""
    return tuple(diagnostic for diagnostic in in_order(diagnostics) if diagnostic.suppressed is None)


def _content(diagnostic: Diagnostic) -> tuple[object, ...]:
    return (
        diagnostic.sort_key,
        diagnostic.severity,
        _place(diagnostic.primary),
        tuple(_place(label) for label in diagnostic.secondary),
        diagnostic.help,
        diagnostic.notes,
        diagnostic.fix,
        diagnostic.suppressed,
        tuple(_place(label) for label in diagnostic.flow),
    )


def _place(label: Label) -> tuple[object, ...]:
    return (label.span, label.message, label.source.path if label.source else None)
