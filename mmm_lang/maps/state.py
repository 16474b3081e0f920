"""The state of a map: what its events say, folded. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve, field, frozen

from mmm_lang.maps.events import (
    ItemFinished,
    ItemMerged,
    ItemNotMerged,
    ItemStarted,
    MapEvent,
    MapFinished,
    MapHalted,
    MapResumed,
    MapStarted,
    MergeStarted,
    OpeningFinished,
    OpeningStarted,
    ReduceFinished,
    ReduceStarted,
    Verdict,
)
from mmm_lang.runtime.requirements import Item


@frozen
class ItemState:
    """One item. ``due``: it is to be begun, or to go on; ``verdict`` is its last, also where it goes on after that, and
    ``earlier`` are the last ones on sessions that could not go on, so that others took their place.

    ``merged`` is the commit at which its work was in the branch; ``not_merged`` why it is not, as far as that was tried.
    """

    item: Item
    attempt: int = 0
    due: bool = True
    running: bool = False
    verdict: Verdict | None = None
    earlier: tuple[Verdict, ...] = ()
    worktree: str | None = None
    merging: bool = False
    merged: ItemMerged | None = None
    not_merged: ItemNotMerged | None = None

    @property
    def succeeded(self) -> bool:
        return self.verdict is not None and self.verdict.status == "succeeded" and not self.in_work

    @property
    def failed(self) -> bool:
        """Whether it has failed for good: `mmm resume --failed` tries it again."""
        return self.verdict is not None and not self.in_work and is_failure(self.verdict)

    @property
    def in_work(self) -> bool:
        return self.due or self.running

    @property
    def to_merge(self) -> bool:
        """Whether it has work of its own that belongs into the branch, and is not known to be there."""
        return self.unmerged and self.verdict is not None and self.verdict.exit_code == 0

    @property
    def unmerged(self) -> bool:
        """The same, with the work of an item that missed its `until:`, which is not merged by itself."""
        return self.succeeded and self.worktree is not None and self.merged is None and bool(self.commits)

    @property
    def commits(self) -> int:
        return 0 if self.verdict is None else self.verdict.commits


def is_failure(verdict: Verdict) -> bool:
    """Whether a verdict is final although nothing good came of it; every other that is no success can go on."""
    return verdict.status == "failed" and not stops(verdict)


def stops(verdict: Verdict) -> bool:
    """Whether nothing else is to begin after this verdict: what it met, the other items would meet, too."""
    return verdict.of_all or verdict.status in ("paused", "interrupted")


@frozen
class MapState:
    """Everything that decides what comes next. ``items`` are ``None`` until they are found.

    ``round``: which session runs the steps of `reduce:`, the first or a later one; ``reduces``: how often it was begun.
    ``stops`` are the verdicts and the halt after which nothing is begun any more, ``failures`` says whether an item
    failed: both since the map was begun or resumed last. ``only``: the items that this part is about; ``None``: all.
    """

    started: MapStarted | None = None
    items: tuple[ItemState, ...] | None = None
    openings: int = 0
    opening: bool = False
    opened: OpeningFinished | None = None
    reduces: int = 0
    round: int = 1
    reducing: bool = False
    reduced: Verdict | None = None
    reduced_before: tuple[Verdict, ...] = ()
    """The last verdicts of the sessions of `reduce:` in earlier rounds."""
    only: frozenset[int] | None = None
    merges: bool = False
    failures: bool = False
    stops: tuple[Verdict | MapHalted, ...] = ()
    resumed: MapResumed | None = None
    finished: MapFinished | None = None
    spent: tuple[ItemMerged | ItemNotMerged, ...] = field(factory=tuple)
    """What merges took of agents, whatever came of them."""

    def item(self, index: int) -> ItemState:
        """The item of that number, from 1."""
        assert self.items is not None
        return self.items[index - 1]

    @property
    def busy(self) -> bool:
        """Whether anything of the map runs."""
        return self.opening or self.reducing or any(one.running or one.merging for one in self.items or ())

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The last verdict of every session, the opening's first and that of `reduce:` last."""
        opened = () if self.opened is None else (self.opened.verdict,)
        reduced = () if self.reduced is None else (self.reduced,)
        found = (one.verdict for one in self.items or () if one.verdict is not None)
        return (*opened, *found, *self.reduced_before, *reduced)


def fold(events: Iterable[MapEvent]) -> MapState:
    """The state after these events."""
    state = MapState()
    for event in events:
        state = advance(state, event)
    return state


def advance(state: MapState, event: MapEvent) -> MapState:
    """The state after one event more."""
    match event:
        case MapStarted():
            return evolve(state, started=event, items=_found(event.items), merges=event.merges)
        case OpeningStarted(attempt=attempt):
            return evolve(state, opening=True, openings=attempt)
        case OpeningFinished():
            after = evolve(state, opening=False, opened=event, items=_found(event.items))
            stopped = event.items is None
            return evolve(after, stops=(*after.stops, event.verdict)) if stopped else after
        case ItemStarted(index=index):
            return _at(state, index, lambda one: _begun(one, event))
        case ItemFinished(index=index, verdict=verdict):
            return _finished(state, index, verdict)
        case MergeStarted(index=index):
            return _at(state, index, lambda one: evolve(one, merging=True))
        case ItemMerged(index=index):
            after = evolve(state, spent=(*state.spent, event))
            return _at(after, index, lambda one: evolve(one, merging=False, merged=event, not_merged=None))
        case ItemNotMerged(index=index, stop=stop):
            after = evolve(state, spent=(*state.spent, event))
            if stop is not None:
                after = evolve(after, stops=(*after.stops, stop))
                return _at(after, index, lambda one: evolve(one, merging=False))
            return _at(after, index, lambda one: evolve(one, merging=False, not_merged=event))
        case ReduceStarted(attempt=attempt):
            return evolve(state, reducing=True, reduces=attempt)
        case ReduceFinished(verdict=verdict):
            stopped = verdict.status != "succeeded"
            after = evolve(state, reducing=False, reduced=verdict)
            return evolve(after, stops=(*after.stops, verdict)) if stopped else after
        case MapHalted():
            return evolve(state, stops=(*state.stops, event))
        case MapResumed():
            return _resumed(state, event)
        case MapFinished():
            return evolve(state, finished=event)


def _found(items: tuple[Item, ...] | None) -> tuple[ItemState, ...] | None:
    return None if items is None else tuple(ItemState(item) for item in items)


def _at(state: MapState, index: int, change: Callable[[ItemState], ItemState]) -> MapState:
    """The state with one of its items changed."""
    assert state.items is not None
    items = list(state.items)
    items[index - 1] = change(items[index - 1])
    return evolve(state, items=tuple(items))


def _begun(one: ItemState, event: ItemStarted) -> ItemState:
    worktree = event.worktree or one.worktree
    return evolve(one, due=False, running=True, attempt=event.attempt, worktree=worktree)


def _finished(state: MapState, index: int, verdict: Verdict) -> MapState:
    state = _at(state, index, lambda one: _judged(one, verdict))
    if is_failure(verdict):
        state = evolve(state, failures=True)
    return evolve(state, stops=(*state.stops, verdict)) if stops(verdict) else state


def _judged(one: ItemState, verdict: Verdict) -> ItemState:
    before = one.verdict
    anew = before is not None and before.session is not None and before.session != verdict.session
    earlier = (*one.earlier, before) if anew and before is not None else one.earlier
    return evolve(one, running=False, verdict=verdict, earlier=earlier)


def _resumed(state: MapState, event: MapResumed) -> MapState:
    """What was cut off, or ended without a verdict for good, is due again; what failed, where that is asked for."""
    items = None if state.items is None else tuple(_due_again(one, event) for one in state.items)
    failed = frozenset(index for index, one in enumerate(state.items or (), start=1) if one.failed)
    done = state.reduced is not None and state.reduced.status == "succeeded"
    anew = event.failed and bool(failed) and state.reduces > 0
    return evolve(
        state,
        items=items,
        opening=False,
        reducing=False,
        reduced=state.reduced if done and not anew else None,
        reduced_before=(*state.reduced_before, state.reduced)
        if anew and state.reduced
        else state.reduced_before,
        reduces=0 if anew else state.reduces,
        round=state.round + anew,
        only=failed if event.failed else None,
        merges=event.merges,
        failures=False,
        stops=(),
        resumed=event,
        finished=None,
    )


def _due_again(one: ItemState, event: MapResumed) -> ItemState:
    unfinished = one.verdict is not None and one.verdict.status != "succeeded" and not one.failed
    due = one.in_work or unfinished or (event.failed and one.failed)
    return evolve(one, due=due, running=False, merging=False, not_merged=None)
