"""What the sessions of a map are called."""

from __future__ import annotations

import re
from collections.abc import Callable

from mmm_lang.maps.decide import Merge, Open, Reduce, RunItem, Work

_PART = re.compile(r"(.+)-(?:setup|reduce|[0-9]{3,}(?:-merge)?)(?:-[1-9][0-9]*)?")


def session_of(map: str, move: Work) -> str | None:
    """The id of the session that does a move of a map; ``None`` where none does (a merge)."""
    match move:
        case Open():
            return f"{map}-setup"
        case RunItem(index=index):
            return item_session(map, index)
        case Reduce(round=number):
            return f"{map}-reduce" if number == 1 else f"{map}-reduce-{number}"
        case Merge():
            return None


def item_session(map: str, index: int) -> str:
    """The id of an item's session: the map's, and the item's number."""
    return f"{map}-{index:03d}"


def merge_session(map: str, index: int, begun: Callable[[str], bool]) -> str:
    """The id of the next session that helps to merge an item: `<map>-003-merge`, `<map>-003-merge-2` and so on."""
    first = f"{item_session(map, index)}-merge"
    return next_try(last_try(first, begun), first) if begun(first) else first


def last_try(name: str, begun: Callable[[str], bool]) -> str:
    """The last of the sessions that were begun in the place of one that could not go on: `ID`, `ID-2`, `ID-3`."""
    number, last = 2, name
    while begun(f"{name}-{number}"):
        last = f"{name}-{number}"
        number += 1
    return last


def next_try(last: str, name: str) -> str:
    """The id after ``last`` of the sessions for ``name``."""
    number = 1 if last == name else int(last.rpartition("-")[2])
    return f"{name}-{number + 1}"


def map_of(session: str, maps: frozenset[str]) -> str | None:
    """The map that a session belongs to; ``maps`` are the ids of all maps. ``None``: it is one of its own."""
    found = _PART.fullmatch(session)
    return found[1] if found is not None and found[1] in maps else None
