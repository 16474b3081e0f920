"""References to a step whose id cannot be one: they go with the id, in one diagnostic with one fix.

``id: unit tests`` and ``${unit tests.output}`` are one mistake, however often the id is used.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label
from mmm_lang.record import evolve
from mmm_lang.source import Span


def gathered(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The same, where a malformed reference that only repeats an invalid id is told with that id."""
    names = {
        one.source.slice(one.primary.span).strip("\"'"): one
        for one in diagnostics
        if one.rule == "invalid-id"
    }
    if not names:
        return diagnostics
    used: dict[Diagnostic, list[Span]] = {one: [] for one in names.values()}
    kept = []
    for one in diagnostics:
        repeated = _repeated(one, names) if one.rule == "malformed-reference" else None
        if repeated is None:
            kept.append(one)
        else:
            place = used[names[one.source.slice(repeated)]]
            place.extend([] if repeated in place else [repeated])
    return tuple(_with_uses(one, used[one]) if used.get(one) else one for one in kept)


def _repeated(diagnostic: Diagnostic, names: dict[str, Diagnostic]) -> Span | None:
    """The place of the id in a malformed reference that begins with it."""
    text = diagnostic.source.text
    at = diagnostic.primary.span.start
    opening = max(text.rfind("${", 0, at + 2), text.rfind("$<", 0, at + 2))
    if opening < 0:
        return None
    start = opening + 2
    name = next((name for name in names if name and text.startswith(f"{name}.", start)), None)
    return None if name is None or at > start + len(name) else Span(start, start + len(name))


def _with_uses(diagnostic: Diagnostic, uses: list[Span]) -> Diagnostic:
    labels = tuple(Label(place, "used here") for place in uses)
    fix = diagnostic.fix
    if fix is not None:
        text = fix.edits[0].text
        fix = Fix(fix.title, fix.applicability, (*fix.edits, *(Edit(place, text) for place in uses)))
    return evolve(diagnostic, secondary=(*diagnostic.secondary, *labels), fix=fix)
