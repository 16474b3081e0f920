"""The items of `map:`: what `${item…}`, `$ARG`, `$FILE…` and `${map…}` stand for, by the part of the file.

A playbook with `map:` has up to four parts that run in sessions of their own: its steps (once an item), those of
`map.setup` (before), `reduce:` and `merge:` (after). An item is there in the first alone, and its outcome in `reduce:`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

from mmm_lang.analysis.scopes import (
    ContextNotAvailable,
    ItemTarget,
    Resolution,
    Scope,
    UnknownItemField,
    VariableTarget,
)
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.variables import FILE_VARIABLES, ITEM_VARIABLES, MAP_FIELDS
from mmm_lang.syntax.nodes import CommandItems, FileItems, GlobItems, ListedItems, Map
from mmm_lang.tagged import Json

Shape = Literal["file", "text", "json"]
"""What an item is: the path of a file, a line of text, or a JSON value."""

_IN_FILTER = ("ARG", *FILE_VARIABLES)


class Seen(NamedTuple):
    """What is known of the values at one place in items that are written in the playbook."""

    values: tuple[Json, ...]
    lacking: int
    """How many items have nothing there."""


def shape_of(source: Map) -> Shape | None:
    """What an item of a map is; ``None`` where `over` could not be read."""
    match source.over:
        case GlobItems():
            return "file"
        case CommandItems(json=None) | FileItems(json=None):
            return "text"
        case CommandItems() | FileItems() | ListedItems():
            return "json"
    return None


def seen_at(source: Map, path: tuple[str, ...]) -> Seen | None:
    """The values at a path into the items that the playbook lists; ``None`` where it lists none."""
    if not isinstance(source.over, ListedItems):
        return None
    found = [_into(json.loads(one.value), path) for one in source.over.values]
    present = tuple(one for one in found if one is not None)
    return Seen(present, len(found) - len(present))


def fields_at(source: Map, path: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the fields that listed items have at a path, in order."""
    seen = seen_at(source, path)
    values = seen.values if seen is not None else ()
    return tuple(dict.fromkeys(name for value in values if isinstance(value, dict) for name in value))


def _into(value: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


# --- references ---


def resolve_item(site: Site, scope: Scope) -> Resolution | None:
    """What `${item…}` of the map stands for; ``None`` where the place is none that has an item."""
    source = scope.part.map
    if source is None or scope.part.name != "body":
        return None
    path = site.hole.path[1:]
    target = ItemTarget(None, path, source)
    shape = shape_of(source)
    if path and shape in ("file", "text"):
        return Resolution(site, target, (UnknownItemField(source, path[0], 1),))
    return Resolution(site, target, tuple(_missing(source, path, site.hole.default is not None)))


def _missing(source: Map, path: tuple[str, ...], has_default: bool) -> Iterator[UnknownItemField]:
    """The first name of a path that no listed item has, or not all of them where there is no default."""
    for length in range(1, len(path) + 1):
        seen = seen_at(source, path[:length])
        if seen is None:
            return
        if not seen.values or (seen.lacking and not has_default):
            yield UnknownItemField(source, path[length - 1], length)
            return


def resolve_map(site: Site, scope: Scope) -> Resolution | None:
    """What `${map.NAME}` stands for in `reduce:`; ``None`` elsewhere."""
    if scope.part.name != "reduce":
        return None
    names = site.hole.path[1:]
    if len(names) == 1 and names[0] in MAP_FIELDS:
        return Resolution(site, VariableTarget(f"map.{names[0]}"))
    return Resolution(site, None, (ContextNotAvailable("map"),))


def unset_here(site: Site, scope: Scope, name: str) -> bool:
    """Whether a variable of the session is one that nothing sets at this place, with no default beside it."""
    source = scope.part.map
    if site.key == "filter" and (name not in _IN_FILTER):
        return True
    if source is None or site.hole.default is not None:
        return False
    if scope.part.name != "body":
        return name in ITEM_VARIABLES
    return name in FILE_VARIABLES and shape_of(source) in ("text", "json")
