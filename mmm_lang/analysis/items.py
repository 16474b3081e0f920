"""The items of `map:`: what `${item…}`, `$ARG`, `$FILE…` and `${map…}` stand for, by the part of the file.

A playbook with `map:` has up to four parts that run in sessions of their own: its steps (once an item), those of
`map.setup` (before), `reduce:` and `merge:` (after). An item is there in the first alone, and its outcome in `reduce:`.
"""

from __future__ import annotations

from typing import Literal

from mmm_lang.analysis.item_values import resolved
from mmm_lang.analysis.scopes import ItemTarget, Resolution, Scope, UnknownMapField, VariableTarget
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.variables import FILE_VARIABLES, ITEM_VARIABLES, MAP_FIELDS
from mmm_lang.syntax.nodes import CommandItems, FileItems, GlobItems, ListedItems, Map

Shape = Literal["file", "text", "json"]
"""What an item is: the path of a file, a line of text, or a JSON value."""

_IN_FILTER = ("ARG", *FILE_VARIABLES)


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


def resolve_item(site: Site, scope: Scope) -> Resolution | None:
    """What `${item…}` of the map stands for; ``None`` where the place is none that has an item."""
    source = scope.part.map
    if source is None or scope.part.name != "body":
        return None
    return resolved(
        site, ItemTarget(None, site.hole.path[1:], source), is_text=shape_of(source) in ("file", "text")
    )


def resolve_map(site: Site, scope: Scope) -> Resolution | None:
    """What `${map.NAME}` stands for in `reduce:`; ``None`` elsewhere."""
    if scope.part.name != "reduce":
        return None
    names = site.hole.path[1:]
    if names[0] not in MAP_FIELDS:
        return Resolution(site, None, (UnknownMapField(1),))
    if len(names) > 1:
        return Resolution(site, None, (UnknownMapField(2),))
    return Resolution(site, VariableTarget(f"map.{names[0]}"))


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
