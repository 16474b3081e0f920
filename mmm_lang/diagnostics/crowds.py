"""More findings of one kind than anybody reads: how many are made, and how many are shown.

A text of 1 MiB has room for a hundred thousand mistakes. What is left out is always said, at its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.record import evolve

MOST_FOUND = 5_000
"""How many findings of one rule are made for one file. Tools are told about each of them."""
MOST_SHOWN = 100
"""How many of them people are shown: nobody repairs more before the next check."""


def bounded(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """What one rule finds in one file: the first `MOST_FOUND`, and where there are more, one that says so. What comes
    after that is not even looked for."""
    for number, one in enumerate(found):
        if number == MOST_FOUND:
            yield beyond(one)
            return
        yield one


def beyond(first: Diagnostic) -> Diagnostic:
    """What stands for all findings of one rule in one file after `MOST_FOUND`, of which this is the first."""
    message = f"this is number {MOST_FOUND + 1:,} of its kind in this file: this one and those after it are not listed"
    return _in_place_of(first, message, "repair those above first")


def shown(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those that people see, in order, the first `MOST_SHOWN` of each rule in each file; one more at the place of the
    next says how many there are besides."""
    seen = unsuppressed(diagnostics)
    if len(seen) <= MOST_SHOWN + 1:
        return seen
    numbers = Counter((one.source.path, one.rule) for one in seen)
    before: Counter[tuple[str, str]] = Counter()
    kept: list[Diagnostic] = []
    for one in seen:
        kind = (one.source.path, one.rule)
        before[kind] += 1
        if before[kind] <= MOST_SHOWN or numbers[kind] == MOST_SHOWN + 1:
            kept.append(one)
        elif before[kind] == MOST_SHOWN + 1:
            kept.append(_rest(one, numbers[kind] - MOST_SHOWN))
    return tuple(kept)


def _rest(first: Diagnostic, number: int) -> Diagnostic:
    """What stands for ``number`` findings of one rule in one file, of which this is the first."""
    over = "over " if number > MOST_FOUND - MOST_SHOWN else ""
    message = (
        f"this is the first of {over}{min(number, MOST_FOUND - MOST_SHOWN):,} more of its kind in this file"
    )
    advice = "repair those above first"
    return _in_place_of(first, message, advice, "`mmm check --format json` lists them")


def _in_place_of(first: Diagnostic, message: str, *advice: str) -> Diagnostic:
    return evolve(first, message=message, secondary=(), help=advice, notes=(), fix=None, flow=())
