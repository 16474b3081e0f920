"""The journal of a map: lines like those of a session's journal, with a vocabulary of their own (spec/journal.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from attrs import frozen

from mmm_lang.maps.events import MAP_EVENT_NAMES, MAP_VERSION, MapEvent, MapStarted, Verdict
from mmm_lang.runtime.journal import LineFile, Vocabulary, read_lines
from mmm_lang.runtime.requirements import Item
from mmm_lang.tagged import Codec, Json

_NAMES = {**{name: cls for cls, name in MAP_EVENT_NAMES.items()}, "item": Item, "verdict": Verdict}

CODEC = Codec(_NAMES, tag="event")

MAPS = Vocabulary(CODEC, MAP_EVENT_NAMES, MAP_EVENT_NAMES[MapStarted], MAP_VERSION)
"""The events of a map."""


@frozen
class MapEntry:
    """One event with its number (from 1) and time (UNIX seconds)."""

    seq: int
    at: float
    event: MapEvent

    def to_json(self) -> dict[str, Json]:
        """The entry as journal and `--format json` print it."""
        fields = cast(dict[str, Json], CODEC.encode(self.event))
        return {"seq": self.seq, "at": self.at, **fields}


class MapJournal(LineFile):
    """The journal of one map, open for its one writer. ``clock`` gives UNIX seconds."""

    def __init__(self, folder: str, clock: Callable[[], float]) -> None:
        """A new journal in an existing folder. Raises ``OSError``."""
        super().__init__(folder, clock, MAPS)

    @classmethod
    def reopen(cls, folder: str, clock: Callable[[], float], entries: Sequence[MapEntry]) -> MapJournal:
        """The journal of a map that goes on, after these ``entries``, which are all that it has. Raises ``OSError``."""
        journal = cls.__new__(cls)
        journal.open_again(folder, clock, MAPS, len(entries))
        return journal

    def append(self, event: MapEvent) -> MapEntry:
        """Write one event and sync it. Raises ``OSError``: the map must stop."""
        seq, at = self.write(event)
        return MapEntry(seq, at, event)


def read_map(folder: str) -> list[MapEntry]:
    """The entries of a map's journal. Raises ``JournalDamaged``, ``OSError``."""
    return [MapEntry(seq, at, cast(MapEvent, event)) for seq, at, event in read_lines(folder, MAPS)]
