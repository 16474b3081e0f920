"""The deciding core of a map: every move that may begin now, given what has happened.

``moves(state)`` keeps nothing between calls and looks at no clock, so that a map that was cut off goes on wherever its
journal ends. Whoever begins a move writes its ``started`` event first (``event_of``).
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from mmm_lang.figures import plural
from mmm_lang.maps.events import (
    ItemStarted,
    MapEvent,
    MapFinished,
    MapHalted,
    MapReason,
    MergeStarted,
    OpeningStarted,
    ReduceStarted,
    Verdict,
)
from mmm_lang.maps.state import ItemState, MapState
from mmm_lang.runtime.ending import worst_exit_code
from mmm_lang.runtime.events import SessionStatus


@frozen
class Open:
    """Run the steps of `map.setup`, if there are any, and find the items."""

    attempt: int


@frozen
class RunItem:
    """Run the session of an item, or go on with it, in the worktree of that name (``None``: in place)."""

    index: int
    attempt: int
    worktree: str | None


@frozen
class Merge:
    """Merge the work of an item into the branch that the map was started from."""

    index: int


@frozen
class Reduce:
    """Run the steps of `reduce:`, or go on with them; ``round`` says in which session, from 1."""

    attempt: int
    round: int = 1


Work = Open | RunItem | Merge | Reduce
"""What takes its time: something that is begun and reported when it has ended."""


@frozen
class Finish:
    """The map has come to its end; ``event`` is its last."""

    event: MapFinished


Move = Work | Finish


def moves(state: MapState) -> tuple[Move, ...]:
    """Every move that may begin now, besides what runs already. None at all: wait for what runs, or it is all over."""
    started = state.started
    if started is None or state.finished is not None:
        return ()
    if state.stops:
        return () if state.busy else (Finish(ending(state)),)
    if state.items is None:
        return () if state.opening else (Open(state.openings + 1),)
    found: tuple[Move, ...] = (*_items(state, state.items), *_merge(state, state.items))
    if found or state.busy:
        return found
    if _reduces(state, state.items):
        return (Reduce(state.reduces + 1, state.round),)
    return (Finish(ending(state)),)


def event_of(move: Work) -> MapEvent:
    """What is written before a move begins."""
    match move:
        case Open(attempt=attempt):
            return OpeningStarted(attempt)
        case RunItem(index=index, attempt=attempt, worktree=worktree):
            return ItemStarted(index, attempt, worktree)
        case Merge(index=index):
            return MergeStarted(index)
        case Reduce(attempt=attempt, round=number):
            return ReduceStarted(attempt, number)


def _items(state: MapState, items: tuple[ItemState, ...]) -> Iterator[RunItem]:
    """The next items that are due, as many as there are free lanes."""
    assert state.started is not None
    free = state.started.lanes - sum(one.running for one in items)
    for index, one in enumerate(items, start=1):
        if free > 0 and _begins(state, index, one):
            free -= 1
            yield RunItem(index, one.attempt + 1, worktree_of(state, index))


def _begins(state: MapState, index: int, one: ItemState) -> bool:
    """Whether an item is still to begin in this part of the map."""
    assert state.started is not None
    if not one.due or (state.started.fail_fast and state.failures):
        return False
    return state.only is None or index in state.only


def worktree_of(state: MapState, index: int) -> str | None:
    """The name of an item's worktree and branch; ``None``: it works in place."""
    assert state.started is not None
    prefix = state.started.worktrees
    return None if prefix is None else f"{prefix}-{index}"


def _merge(state: MapState, items: tuple[ItemState, ...]) -> Iterator[Merge]:
    """The next item to be merged: one at a time, in the order of the items, so behind all that may come before it."""
    if not state.merges or any(one.merging for one in items):
        return
    for index, one in enumerate(items, start=1):
        if one.to_merge and one.not_merged is None:
            yield Merge(index)
            return
        if one.running or _begins(state, index, one):
            return


def _reduces(state: MapState, items: tuple[ItemState, ...]) -> bool:
    """Whether `reduce:` comes now: every item has its verdict, and all work that is to be merged is merged."""
    assert state.started is not None
    if not state.started.reduces or state.reduced is not None or not items:
        return False
    return not any(one.in_work or one.to_merge for one in items)


# --- the end ---


@frozen
class _End:
    status: SessionStatus
    reason: MapReason
    message: str
    exit_code: int


def ending(state: MapState) -> MapFinished:
    """The last event of a map as it stands now."""
    items = state.items or ()
    end = _end(state, items)
    merges = state.spent
    verdicts = (*state.verdicts, *(one for item in items for one in item.earlier))
    costs = [one.cost_usd for one in (*verdicts, *merges)]
    known = [cost for cost in costs if cost is not None]
    return MapFinished(
        end.status,
        end.reason,
        end.message,
        end.exit_code,
        items=len(items),
        succeeded=sum(one.succeeded for one in items),
        failed=sum(one.failed for one in items),
        merged=sum(one.merged is not None for one in items),
        commits=sum(one.commits for one in verdicts),
        calls=sum(one.calls for one in (*verdicts, *merges)),
        cost_usd=round(sum(known), 6) if len(known) == len(costs) else None,
        charged_usd=round(sum(one.charged_usd for one in verdicts), 6),
    )


def _end(state: MapState, items: tuple[ItemState, ...]) -> _End:
    if state.stops:
        own = (one.verdict for one in items if one.verdict is not None and one.verdict.status == "budget")
        return _stopped((*state.stops, *own))
    if not items:
        return _End("succeeded", "no-items", "There are no items: nothing is to be done", 0)
    codes = tuple(one.verdict.exit_code for one in items if one.verdict is not None)
    if (short := _budget(items)) is not None:
        return _End("budget", "budget", short, worst_exit_code((*codes, 4)))
    failed = sum(one.failed for one in items)
    left = sum(one.in_work for one in items)
    refused = sum(one.not_merged is not None for one in items)
    if failed or left or refused:
        return _failed(state, items, failed, left, refused, codes)
    if state.started is not None and state.started.reduces and any(one.to_merge for one in items):
        waiting = sum(one.to_merge for one in items)
        what = f"the work of {plural(waiting, 'item')} is not merged yet, and `reduce:` waits for that"
        return _End("paused", "approval", what, 5)
    code = worst_exit_code(codes)
    told = f"{plural(len(items), 'item')} succeeded"
    return _End("succeeded", "done", told, code)


def _stopped(stops: tuple[Verdict | MapHalted, ...]) -> _End:
    worst = worst_exit_code(tuple(one.exit_code for one in stops))
    why = next((one for one in stops if one.exit_code == worst), stops[0])
    return _End(why.status, why.reason, why.message, why.exit_code)


def _budget(items: tuple[ItemState, ...]) -> str | None:
    """The items that their own limits have stopped, as a sentence."""
    short = sum(one.verdict is not None and one.verdict.status == "budget" for one in items)
    if not short:
        return None
    were = "was stopped by a limit of its own" if short == 1 else "were stopped by limits of their own"
    return f"{short} of {plural(len(items), 'item')} {were}"


def _failed(
    state: MapState,
    items: tuple[ItemState, ...],
    failed: int,
    left: int,
    refused: int,
    codes: tuple[int, ...],
) -> _End:
    of_all = f"of {plural(len(items), 'item')}"
    told = [
        f"{failed} {of_all} failed" if failed else "",
        f"{refused} {'was' if refused == 1 else 'were'} not merged" if refused else "",
        f"{left} not begun" if left else "",
    ]
    reason: MapReason = "items-failed" if failed else "not-merged" if refused else "not-begun"
    waits = state.started is not None and state.started.reduces and state.reduced is None
    if waits and (refused or left):
        told.append("so `reduce:` did not run")
    return _End("failed", reason, ", ".join(one for one in told if one), worst_exit_code((*codes, 1)))
