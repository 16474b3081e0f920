"""Maps without a machine: workers that end in any order, and a coordinator that may die at any event.

Who draws decides everything: `Stage` asks its ``draw`` which of the moves that run ends next, how it ends, and whether
mmm is killed before or after an event is written.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve, field

from mmm_lang.maps.coordinator import Coordinator
from mmm_lang.maps.decide import Merge, Open, Reduce, RunItem, Work
from mmm_lang.maps.events import (
    MAP_VERSION,
    Ended,
    ItemFinished,
    ItemMerged,
    ItemNotMerged,
    MapEvent,
    MapFinished,
    MapHalted,
    MapResumed,
    MapStarted,
    OpeningFinished,
    ReduceFinished,
    Verdict,
)
from mmm_lang.maps.journal import MapEntry
from mmm_lang.maps.state import MapState, fold
from mmm_lang.runtime.requirements import Item

GOOD = Verdict("succeeded", "limit", "done", 0, commits=1)
IDLE = Verdict("succeeded", "converged", "nothing to do", 0)
UNMET = Verdict("succeeded", "limit", "`until:` is not met", 3, commits=1)
BAD = Verdict("failed", "step-failed", "it failed", 1)
SHORT = Verdict("budget", "budget", "its limit", 4)
SPENT = Verdict("budget", "budget", "everybody's limit", 4, of_all=True)
PAUSED = Verdict("paused", "quota", "the quota is used up", 5)
AUTH = Verdict("failed", "auth", "nobody is logged in", 1, of_all=True)
STOPPED = Verdict("interrupted", "interrupted", "stopped by Ctrl-C", 130)
HALT = MapHalted("interrupted", "interrupted", "stopped by Ctrl-C", 130)

Draw = Callable[[str, int], int]
"""A number below the second argument; the first says what it is about."""


class Killed(Exception):
    """mmm was killed."""


def items(count: int) -> tuple[Item, ...]:
    return tuple(Item(f"item {number}", {"ARG": str(number)}) for number in range(1, count + 1))


def started(count: int | None, **more: object) -> MapStarted:
    found = None if count is None else items(count)
    return evolve(MapStarted("m", "p.yml", "p", found, "c0", "main", "/r", 1, version=MAP_VERSION), **more)


@define
class Stage:
    """What survives mmm: the journal, and which sessions have come to their end.

    ``verdicts(index, attempt)`` says how an item ends, ``refuses(index)`` whether its merge conflicts. ``deadly``: mmm
    may be killed.
    """

    draw: Draw
    verdicts: Callable[[int, int], Verdict] = lambda index, attempt: GOOD
    refuses: Callable[[int], bool] = lambda index: False
    finds: int = 3
    deadly: bool = False
    halts: bool = False
    journal: list[MapEntry] = field(factory=list)
    under_way: list[Work] = field(factory=list)
    merged: list[int] = field(factory=list)
    """Items whose work is in the branch, in the order in which it came there."""
    most: int = 0
    deaths: int = 0

    # --- the journal ---

    def append(self, event: MapEvent) -> MapEntry:
        self._may_die("before an event")
        entry = MapEntry(len(self.journal) + 1, 0.0, event)
        self.journal.append(entry)
        self._may_die("after an event")
        return entry

    def _may_die(self, where: str) -> None:
        if self.deadly and self.draw(f"is mmm killed {where}", 12) == 1:
            self.deaths += 1
            raise Killed

    # --- the workers ---

    def begin(self, move: Work, state: MapState) -> None:
        assert move not in self.under_way
        self.under_way.append(move)
        self.most = max(self.most, sum(isinstance(one, RunItem) for one in self.under_way))

    def next_ended(self) -> Ended:
        if self.halts and self.draw("does a signal come", 20) == 1:
            self.halts = False
            return HALT
        assert self.under_way, "nothing runs, and the coordinator waits"
        move = self.under_way.pop(self.draw("which ends", len(self.under_way)))
        match move:
            case RunItem(index=index, attempt=attempt):
                return ItemFinished(index, self.verdicts(index, attempt))
            case Merge(index=index):
                return self._merges(index)
            case Open():
                return OpeningFinished(items(self.finds), IDLE)
            case Reduce():
                return ReduceFinished(GOOD)

    def _merges(self, index: int) -> ItemMerged | ItemNotMerged:
        """As git does it: work that is there already is not merged again."""
        if index not in self.merged:
            if self.refuses(index):
                return ItemNotMerged(index, "it conflicts")
            self.merged.append(index)
            self._may_die("after a merge")
        return ItemMerged(index, f"c{index}")

    # --- mmm ---

    @property
    def events(self) -> list[MapEvent]:
        return [entry.event for entry in self.journal]

    @property
    def state(self) -> MapState:
        return fold(self.events)

    def run(self, first: MapEvent) -> MapFinished | None:
        """One life of mmm; ``None``: it was killed."""
        self.under_way.clear()
        try:
            return Coordinator(self.state, self, self).run(first)
        except Killed:
            return None

    def resume(self, *, failed: bool = False) -> MapFinished | None:
        began = self.state.started
        return self.run(MapResumed(0.0, failed=failed, merges=began is not None and began.merges))

    def live(self, first: MapStarted) -> MapFinished:
        """Begin, and resume as long as mmm is killed or told to stop; the risk ends after a while."""
        finished = self.run(first)
        for life in range(200):
            if finished is not None and finished.exit_code != 130:
                return finished
            self.deadly = self.deadly and life < 30
            finished = self.run(first) if not self.journal else self.resume()
        raise AssertionError("it does not come to its end")

    def begun(self) -> list[int]:
        return [move.index for move in self.events if type(move).__name__ == "ItemStarted"]


def first_of_all(what: str, below: int) -> int:
    """The dice of a quiet life: the first that was begun ends first, and nothing happens."""
    return 0
