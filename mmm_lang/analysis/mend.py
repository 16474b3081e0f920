"""Mending a text: its fixes applied, looked at again, until nothing is left to fix.

A round is accepted only where the text came out no worse. Where all fixes together make it worse, the ones to
blame are found by halving and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mmm_lang.analysis.registry import YAML_RULES, reader_rules
from mmm_lang.diagnostics.fixing import apply_fixes, fixable
from mmm_lang.diagnostics.model import Applicability, Diagnostic
from mmm_lang.record import evolve, frozen
from mmm_lang.source import Source

MAX_ROUNDS = 10
"""How often a text is fixed and looked at again."""

Judge = Callable[[Source], Sequence[Diagnostic]]
"""What there is to say about a text: all of it, suppressed diagnostics included."""


@frozen(eq=False)
class Mended:
    """A text after its fixes. ``diagnostics`` is all there is to say about it, ``applied`` are the diagnostics
    whose fixes made it, in the order in which they were applied (their spans are of the texts before)."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    applied: tuple[Diagnostic, ...]


def mend(source: Source, judge: Judge, upto: Applicability) -> Mended:
    """Apply fixes that are at most as daring as ``upto``, in at most `MAX_ROUNDS` rounds.

    The result has no more mistakes of YAML than ``source``, and no more errors but for those in what could not
    be read before.
    """
    now = Mended(source, tuple(judge(source)), ())
    seen = {source.text}
    for _ in range(MAX_ROUNDS):
        then = _round(now, judge, fixable(now.diagnostics, upto))
        if then is None or then.source.text in seen:
            break
        seen.add(then.source.text)
        now = then
    return now


def _round(before: Mended, judge: Judge, wanted: tuple[Diagnostic, ...]) -> Mended | None:
    """As many of the wanted fixes as leave the text no worse, or ``None``."""
    kept: tuple[Diagnostic, ...] = ()
    best: Mended | None = None
    groups = [wanted] if wanted else []
    while groups:
        group = groups.pop()
        attempt = _attempt(before, judge, (*kept, *group))
        if attempt is not None:
            kept, best = (*kept, *group), attempt
        elif len(group) > 1:
            half = len(group) // 2
            groups += (group[half:], group[:half])
    return best


def _attempt(before: Mended, judge: Judge, wanted: tuple[Diagnostic, ...]) -> Mended | None:
    fixed = apply_fixes(before.source.text, wanted)
    if fixed.text == before.source.text:
        return None
    source = evolve(before.source, text=fixed.text)
    diagnostics = tuple(judge(source))
    if _badness(diagnostics) > _badness(before.diagnostics):
        return None
    return Mended(source, diagnostics, (*before.applied, *fixed.applied))


def _badness(diagnostics: Sequence[Diagnostic]) -> tuple[int, int, int]:
    """Numbers of mistakes of YAML, of what the reader of the text did not understand, and of all other errors.

    The first ones hide those after them: a text in which less is hidden is better, whatever comes to light.
    """
    reader = reader_rules()
    errors = [one.rule for one in diagnostics if one.severity == "error"]
    yaml = sum(rule in YAML_RULES for rule in errors)
    unread = sum(rule in reader for rule in errors) - yaml
    return yaml, unread, len(errors) - yaml - unread
