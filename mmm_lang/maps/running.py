"""A map under way: its journal, its lanes, and what is tidied up when it has come to its end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from itertools import pairwise
from typing import Protocol, cast

from attrs import define, frozen

from mmm_lang.maps.coordinator import Coordinator
from mmm_lang.maps.decide import Merge, Work
from mmm_lang.maps.events import ItemMerged, MapEvent, MapFinished, MapResumed
from mmm_lang.maps.folders import item_session
from mmm_lang.maps.journal import CODEC, MapEntry, MapJournal
from mmm_lang.maps.kitchen import MapKitchen
from mmm_lang.maps.lanes import Lanes
from mmm_lang.maps.parts import part_of
from mmm_lang.maps.sessions import MapSessions, MapViews
from mmm_lang.maps.state import MapState, fold
from mmm_lang.maps.trees import Trees
from mmm_lang.masking import Mask
from mmm_lang.runtime.company import Company
from mmm_lang.runtime.ending import write_state
from mmm_lang.runtime.fold import fold as fold_session
from mmm_lang.runtime.journal import JournalDamaged, read_journal
from mmm_lang.runtime.life import Ask
from mmm_lang.runtime.purse import Purse
from mmm_lang.runtime.recorder import write_recording
from mmm_lang.runtime.secrets import masked_value, secrets_of
from mmm_lang.runtime.sharing import Spent, spent_of
from mmm_lang.worktrees.merging import Crew
from mmm_lang.worktrees.record import records


class Front(Protocol):
    """The side of a map that people see."""

    @property
    def views(self) -> MapViews:
        """Who shows what happens."""

    def answer(self, step: str, question: str) -> bool | None:
        """A person's answer, asked in the main thread; ``None``: nobody is there."""

    def quiet(self) -> AbstractContextManager[None]:
        """As long as it is entered, nothing is drawn: a person is asked."""

    def crew(self, move: Merge, state: MapState, company: Company, ask: Ask) -> Crew:
        """Who works on a merge."""

    def waiting(self) -> None:
        """Another mmm merges or removes worktrees, and its end is waited for."""


@frozen
class MapOutcome:
    """How a map, or a part of it, ended: its state then, and what could not be tidied up, a sentence each."""

    session: str
    folder: str
    state: MapState
    finished: MapFinished
    notes: tuple[str, ...] = ()


@define
class _Shared:
    """What the lanes share, as each of them sees it."""

    kitchen: MapKitchen
    front: Front
    purse: Purse
    lanes: Lanes

    def company(self, move: Work, state: MapState) -> Company:
        return Company(self.purse, self.lanes.signals, part_of(move, state).sentence)

    def ask(self, move: Work, state: MapState) -> Ask:
        several = self.kitchen.started.lanes > 1
        return self.lanes.asked_by(f"{part_of(move, state).sentence}: " if several else "")

    def crew(self, move: Merge, state: MapState) -> Crew:
        return self.front.crew(move, state, self.company(move, state), self.ask(move, state))


@define
class _Shares:
    """Tells the purse among how many sessions what is left is to be divided: no more than are still to run."""

    purse: Purse
    lanes: int
    told: int = 0

    def map_happened(self, entry: MapEntry, state: MapState) -> None:
        left = sum(one.in_work or one.merging for one in state.items or ())
        wanted = max(1, min(self.lanes, left))
        if wanted != self.told:
            self.told = wanted
            self.purse.share_among(wanted)


@define
class _Recorder:
    """Writes events without the secrets in them: items may come from a program. Worktrees that nobody needs any more go
    before the last event, so that whoever is killed in between comes back to it; ``notes`` says what could not go."""

    journal: MapJournal
    mask: Mask
    trees: Trees | None
    notes: tuple[str, ...] = ()

    def append(self, event: MapEvent) -> MapEntry:
        if isinstance(event, MapFinished) and self.trees is not None:
            self.notes = self.trees.close()
        return self.journal.append(cast(MapEvent, masked_value(event, self.mask, CODEC)))


def begin_map(kitchen: MapKitchen, front: Front) -> MapOutcome:
    """Run a map whose folder is there, to its end. The caller holds ``map_at_work``. Raises ``OSError``."""
    journal = MapJournal(kitchen.folder, time.time)
    return _run(kitchen, front, journal, (), (kitchen.started,))


def go_on_with_map(
    kitchen: MapKitchen, front: Front, entries: Sequence[MapEntry], resumed: MapResumed
) -> MapOutcome:
    """Go on with a map whose journal has ``entries``, to its next end. The caller holds ``map_at_work``.

    Raises ``OSError``.
    """
    found = _merged_meanwhile(kitchen, front, fold(entry.event for entry in entries))
    journal = MapJournal.reopen(kitchen.folder, time.time, entries)
    return _run(kitchen, front, journal, entries, (resumed, *found))


def _merged_meanwhile(kitchen: MapKitchen, front: Front, state: MapState) -> tuple[MapEvent, ...]:
    """The items whose work a person has merged since."""
    trees = Trees(kitchen, front.waiting)
    found: list[MapEvent] = []
    for index, one in enumerate(state.items or (), start=1):
        if one.to_merge and one.worktree is not None:
            commit = trees.merged_by_hand(one.worktree)
            found += [] if commit is None else [ItemMerged(index, commit)]
    return tuple(found)


def _run(
    kitchen: MapKitchen,
    front: Front,
    journal: MapJournal,
    entries: Sequence[MapEntry],
    first: tuple[MapEvent, ...],
) -> MapOutcome:
    lanes_wanted = kitchen.started.lanes
    purse = Purse(kitchen.limits, lanes_wanted, spent_before(kitchen), elapsed_of_map(entries))
    trees = Trees(kitchen, front.waiting)
    state = fold(entry.event for entry in entries)
    with ExitStack() as stack:
        stack.callback(journal.close)
        lanes = Lanes(lambda move, now: sessions.perform(move, now), front.answer, front.quiet)
        sessions = MapSessions(kitchen, front.views, trees, _Shared(kitchen, front, purse, lanes))
        stack.enter_context(lanes)
        watchers = (_Shares(purse, lanes_wanted), front.views)
        mask = Mask(secrets_of(kitchen.plans.body.header.secrets, kitchen.environ))
        recorder = _Recorder(journal, mask, None if kitchen.started.worktrees is None else trees)
        coordinator = Coordinator(state, recorder, lanes, watchers)
        finished = coordinator.run(*first)
    notes = (*recorder.notes, *_tidied(kitchen, coordinator.state, finished))
    return MapOutcome(kitchen.started.session, kitchen.folder, coordinator.state, finished, notes)


def elapsed_of_map(entries: Sequence[MapEntry]) -> float:
    """How long a map has run, in seconds: all its parts, without the time between them."""
    if not entries:
        return 0.0
    total, began = 0.0, entries[0].at
    for before, entry in pairwise(entries):
        if isinstance(entry.event, MapResumed):
            total += max(0.0, before.at - began)
            began = entry.at
    return total + max(0.0, entries[-1].at - began)


def spent_before(kitchen: MapKitchen) -> dict[str, Spent]:
    """What the sessions of a map have used up to now, those that helped with merges included, by their ids."""
    map, common = kitchen.started.session, kitchen.repository.common_dir
    place = os.path.dirname(kitchen.folder)
    names = {name for name in os.listdir(place) if name.startswith(f"{map}-")}
    names.update(helper for record in records(common) if record.map == map for helper in record.helpers)
    found: dict[str, Spent] = {}
    for name in sorted(names):
        try:
            entries = read_journal(os.path.join(place, name))
        except (OSError, JournalDamaged):
            continue
        found[name] = spent_of(fold_session(entry.event for entry in entries))
    return found


def _tidied(kitchen: MapKitchen, state: MapState, finished: MapFinished) -> tuple[str, ...]:
    """Count the map, write its recording. What does not work is said, and changes no verdict."""
    notes: list[str] = []
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("`.mmm/state.json`", lambda: _count(kitchen, finished)),
        ("the recording", lambda: _record(kitchen, state)),
    )
    for what, step in steps:
        try:
            step()
        except OSError as error:
            notes.append(f"{what} cannot be written: {(error.strerror or str(error)).lower()}")
    return tuple(notes)


def _count(kitchen: MapKitchen, finished: MapFinished) -> None:
    write_state(kitchen.repository.root, kitchen.folder, kitchen.started.session, finished.status)


def _record(kitchen: MapKitchen, state: MapState) -> None:
    """Write the recording once more, with what every session has: those side by side wrote it one over the other."""
    map = kitchen.started.session
    order = [f"{map}-setup", *(item_session(map, index) for index in range(1, len(state.items or ()) + 1))]
    order.append(f"{map}-reduce")
    begun = [one for one in order if os.path.isdir(kitchen.folder_of(one))]
    if kitchen.started.record is not None and begun:
        write_recording(kitchen.folder_of(begun[-1]))
