"""The coordinator: begins what may begin, and writes down what has ended, until the map has come to its end.

It is the only one that writes the map's journal, in one thread. How much runs at once, and in which threads, is the
workers' business; with one lane in place it is all one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mmm_lang.maps.decide import Finish, Work, event_of, moves
from mmm_lang.maps.events import Ended, MapEvent, MapFinished
from mmm_lang.maps.journal import MapEntry
from mmm_lang.maps.state import MapState, advance


class MapRecorder(Protocol):
    """What takes events: the journal of the map."""

    def append(self, event: MapEvent) -> MapEntry:
        """Write an event; the entry holds it as it was written, without secrets."""


class MapWatcher(Protocol):
    """Who is told what happens to the map; its sessions have watchers of their own."""

    def map_happened(self, entry: MapEntry, state: MapState) -> None:
        """After an event is on disk; ``state`` includes it."""


class Workers(Protocol):
    """Who does what is begun."""

    def begin(self, move: Work, state: MapState) -> None:
        """Begin a move, whose ``started`` event is on disk and in ``state``; returns at once."""

    def next_ended(self) -> Ended:
        """Wait for the next report: each move that was begun is reported once, when it has ended; in between may come a
        `MapHalted`, when a signal came or nothing may begin any more."""


class Coordinator:
    """Drives one map. ``state`` is what its journal says up to now."""

    def __init__(
        self,
        state: MapState,
        recorder: MapRecorder,
        workers: Workers,
        watchers: Sequence[MapWatcher] = (),
    ) -> None:
        self.state = state
        self._recorder = recorder
        self._workers = workers
        self._watchers = tuple(watchers)

    def record(self, event: MapEvent) -> None:
        """Make an event true: on disk, then in the state, then for the watchers. Raises ``OSError``."""
        entry = self._recorder.append(event)
        self.state = advance(self.state, entry.event)
        for watcher in self._watchers:
            watcher.map_happened(entry, self.state)

    def run(self, *first: MapEvent) -> MapFinished:
        """Begin the map with its first event, or go on with `MapResumed` and what was found then, to its (next) end.

        Raises ``OSError``.
        """
        for event in first:
            self.record(event)
        while self.state.finished is None:
            for move in moves(self.state):
                if isinstance(move, Finish):
                    self.record(move.event)
                else:
                    self.record(event_of(move))
                    self._workers.begin(move, self.state)
            if self.state.finished is None:
                self.record(self._workers.next_ended())
        return self.state.finished
