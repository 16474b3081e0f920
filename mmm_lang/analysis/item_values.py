"""What is in the items of `map:` and of `foreach:`, where the playbook writes them: which names, and which values.

Of items that are found while it runs (files, lines, what a step printed) nothing of this is known.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from mmm_lang.analysis.scopes import ItemTarget, Resolution, UnknownItemField
from mmm_lang.analysis.sites import Site
from mmm_lang.record import evolve
from mmm_lang.syntax.nodes import ForEachAction, ItemValue, Listed, ListedItems, Map, Mapped
from mmm_lang.tagged import Json

Value = Json | ItemValue
"""A value in an item: JSON in those of `map:`, a node of the playbook in those of a loop, which may hold references."""

_MOST_SEEN = 100
"""Items of a loop that are looked into; of more than anybody writes by hand nothing is known."""


class Seen(NamedTuple):
    """What is known of the values at one place in items that are written in the playbook."""

    values: tuple[Value, ...]
    lacking: int
    """How many items have nothing there."""


def seen_at(item: ItemTarget) -> Seen | None:
    """The values at the path of ``item`` in all items, where the playbook writes them; else ``None``."""
    items = _of_loop(item) if item.map is None else _of_map(item.map)
    if items is None:
        return None
    found = [_into(one, item.path) for one in items]
    present = tuple(one for one in found if one is not None)
    return Seen(present, len(found) - len(present))


def names_at(item: ItemTarget) -> tuple[str, ...]:
    """The names that written items have at the path of ``item``, in order."""
    seen = seen_at(item)
    values = seen.values if seen is not None else ()
    return tuple(dict.fromkeys(name for value in values for name in _names_in(value)))


def resolved(site: Site, item: ItemTarget, *, is_text: bool) -> Resolution:
    """What a reference to ``item`` stands for, with a problem at the first name of its path that no item has, or that
    not every item has where the reference has no default. Items that are text (``is_text``) have no names."""
    for length in range(1, len(item.path) + 1):
        part = evolve(item, path=item.path[:length])
        if is_text:
            return Resolution(site, item, (UnknownItemField(part),))
        seen = seen_at(part)
        if seen is None:
            break
        if not seen.values or (seen.lacking and site.hole.default is None):
            return Resolution(site, item, (UnknownItemField(part),))
    return Resolution(site, item)


def _of_map(source: Map) -> Sequence[Value] | None:
    """The items that a playbook's `map:` lists."""
    if not isinstance(source.over, ListedItems):
        return None
    return [json.loads(one.value) for one in source.over.values]


def _of_loop(item: ItemTarget) -> Sequence[Value] | None:
    """The items of a loop that the playbook writes, itself or as a list inside the items of a loop around it."""
    action = item.loop.action if item.loop is not None else None
    if not isinstance(action, ForEachAction):
        return None
    if isinstance(action.items, Listed):
        return _few(action.items.entries)
    outer = item.source.target if item.source is not None else None
    if not isinstance(outer, ItemTarget) or (item.source is not None and item.source.site.hole.filters):
        return None
    seen = seen_at(outer)
    if seen is None or not all(isinstance(one, Listed) for one in seen.values):
        return None
    return _few(tuple(entry for one in seen.values if isinstance(one, Listed) for entry in one.entries))


def _few(entries: tuple[ItemValue, ...]) -> tuple[ItemValue, ...] | None:
    return entries if len(entries) <= _MOST_SEEN else None


def _into(value: Value, path: tuple[str, ...]) -> Value:
    for name in path:
        match value:
            case dict():
                value = value.get(name)
            case Mapped(entries=named):
                value = next((one for key, one in named if key.value == name), None)
            case list(entries) | Listed(entries=entries) if name.isdecimal() and int(name) < len(entries):
                value = entries[int(name)]
            case _:
                return None
    return value


def _names_in(value: Value) -> tuple[str, ...]:
    match value:
        case dict():
            return tuple(value)
        case Mapped(entries=named):
            return tuple(name.value for name, _ in named)
    return ()
