"""How many diagnostics there are, in numbers and in a line of words."""

from __future__ import annotations

from collections.abc import Iterable

from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.diagnostics.ordering import in_order
from mmm_lang.figures import plural
from mmm_lang.record import frozen


@frozen
class Counts:
    """Numbers of diagnostics. ``suppressed`` ones count nowhere else; ``files`` are those with at least
    one that is not suppressed, ``fixable`` those with a fix, ``safely_fixable`` those with one that is safe."""

    errors: int
    warnings: int
    notes: int
    files: int
    fixable: int
    safely_fixable: int
    suppressed: int

    @property
    def total(self) -> int:
        """All that is shown."""
        return self.errors + self.warnings + self.notes


def count(diagnostics: Iterable[Diagnostic]) -> Counts:
    """Count after exact duplicates are dropped, as the renderers do."""
    everything = in_order(diagnostics)
    shown = [diagnostic for diagnostic in everything if diagnostic.suppressed is None]
    severities = [diagnostic.severity for diagnostic in shown]
    return Counts(
        errors=severities.count("error"),
        warnings=severities.count("warning"),
        notes=severities.count("note"),
        files=len({diagnostic.source.path for diagnostic in shown}),
        fixable=sum(diagnostic.fix is not None for diagnostic in shown),
        safely_fixable=sum(one.fix is not None and one.fix.applicability == "safe" for one in shown),
        suppressed=len(everything) - len(shown),
    )


def summarise(counts: Counts) -> str:
    """``3 errors, 1 warning in 2 files (2 fixable with `mmm check --fix`, 1 suppressed)``, without a line end."""
    shown = [
        plural(number, noun)
        for number, noun in ((counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note"))
        if number
    ]
    aside = [*_fixable(counts), *([f"{counts.suppressed} suppressed"] if counts.suppressed else [])]
    line = f"{', '.join(shown)} in {plural(counts.files, 'file')}" if shown else "nothing to report"
    return f"{line} ({', '.join(aside)})" if aside else line


def _fixable(counts: Counts) -> tuple[str, ...]:
    """How many have a fix, and which flags apply it."""
    safe, unsafe = counts.safely_fixable, counts.fixable - counts.safely_fixable
    if not counts.fixable:
        return ()
    if not safe:
        return (f"{unsafe} fixable with `mmm check --fix --unsafe-fixes`",)
    return (
        f"{safe} fixable with `mmm check --fix`",
        *([f"{unsafe} more with `--unsafe-fixes`"] if unsafe else []),
    )
