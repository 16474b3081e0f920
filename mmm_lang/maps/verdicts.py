"""The verdict on a session of a map, from its journal or from what was in its way."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from mmm_lang.maps.events import MapReason, Verdict
from mmm_lang.runtime.events import BudgetReached, Paused, SessionFinished
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.resume import elapsed_of
from mmm_lang.runtime.state import State

_OF_ALL: frozenset[MapReason] = frozenset(("auth", "recording", "head-moved"))
"""Endings that the other items would come to as well."""


def verdict_of(session: str, entries: Sequence[Entry], notes: tuple[str, ...] = ()) -> Verdict:
    """The verdict on a session that has come to an end."""
    state = fold(entry.event for entry in entries)
    finished = state.finished
    assert finished is not None
    verdict = _with_figures(
        Verdict(finished.status, finished.reason, finished.message, finished.exit_code, session, notes=notes),
        entries,
        state,
    )
    return evolve(
        verdict,
        iterations=finished.iterations,
        commits=finished.commits,
        of_all=finished.reason in _OF_ALL or (isinstance(state.stop, BudgetReached) and state.stop.shared),
        resets_epoch=state.stop.resets_epoch if isinstance(state.stop, Paused) else None,
    )


def has_ended(entries: Sequence[Entry]) -> SessionFinished | None:
    """The last event of a session that does not run; ``None`` where it was cut off, or has not begun."""
    last = entries[-1].event if entries else None
    return last if isinstance(last, SessionFinished) else None


def in_the_way(
    reason: MapReason,
    message: str,
    exit_code: int,
    session: str | None,
    entries: Sequence[Entry],
    *,
    of_all: bool,
) -> Verdict:
    """The verdict where a session could not begin or go on, or gave way: what it had done counts."""
    verdict = Verdict("failed", reason, message, exit_code, session, of_all=of_all)
    if not entries:
        return verdict
    return _with_figures(verdict, entries, fold(entry.event for entry in entries))


def _with_figures(verdict: Verdict, entries: Sequence[Entry], state: State) -> Verdict:
    unknown = state.cost_unknown or bool(state.open_calls)
    return evolve(
        verdict,
        iterations=state.iteration,
        commits=state.total_commits,
        calls=state.calls_begun,
        cost_usd=None if unknown else round(state.cost_usd, 6),
        charged_usd=round(state.reckoned_usd - state.cost_usd, 6),
        duration=round(elapsed_of(entries), 3),
        entries=len(entries),
    )
