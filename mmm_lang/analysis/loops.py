"""The items of `foreach:`: what `${item…}` stands for inside a loop, and of what type it is, as far as the text says.

Of nested loops the innermost is meant. An item that the playbook writes is known to its last name; of one that a step
made, its source is known, and what that promises.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mmm_lang.analysis.scopes import (
    InputTarget,
    ItemTarget,
    Resolution,
    Scope,
    StepTarget,
    UnknownLoopField,
)
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.types import TEXT, Type, is_number, type_of, type_of_json
from mmm_lang.record import evolve
from mmm_lang.syntax.nodes import (
    CommandItems,
    ForEachAction,
    Hole,
    ItemValue,
    Listed,
    Mapped,
    Step,
    Template,
    templates_in,
)

_SPLITTING = ("lines", "words")
"""Filters that make a list of a text."""
_MOST_SEEN = 100
"""Items that are looked into; of more than anybody writes by hand nothing is known."""
_NO_LISTS = frozenset({"text", "path", "number", "boolean", "word"})


class Seen(NamedTuple):
    """What is known of the values at one place in items that are written in the playbook."""

    values: tuple[ItemValue, ...]
    lacking: int
    """How many items have nothing there."""


# --- references ---


def resolve_loop_item(site: Site, scope: Scope, loop: Step) -> Resolution:
    """What `${item…}` stands for in a loop."""
    path = site.hole.path[1:]
    target = ItemTarget(loop, path, source=_source(loop, scope))
    return Resolution(site, target, tuple(_missing(target, site.hole.default is not None)))


def _source(loop: Step, scope: Scope) -> Resolution | None:
    """What the reference of a loop stands for, where it is one."""
    from mmm_lang.analysis.lookup import resolve  # it asks us about items

    match loop.action:
        case ForEachAction(items=Template() as template):
            return resolve(Site(template.holes[0], "foreach", loop, template), scope, lambda _: {})
    return None


def _missing(target: ItemTarget, has_default: bool) -> Iterator[UnknownLoopField]:
    """The first name of a path that no item can have; of written items, that not all have where there is no default."""
    if target.loop is None:
        return
    if target.path and is_plain(target):
        yield UnknownLoopField(target.loop, target.path[0], 1, (), "text")
        return
    for length in range(1, len(target.path) + 1):
        seen = seen_at(evolve(target, path=target.path[:length]))
        if seen is None:
            return
        if not seen.values or (seen.lacking and not has_default):
            name, before = target.path[length - 1], evolve(target, path=target.path[: length - 1])
            known = fields_of(before)
            yield UnknownLoopField(target.loop, name, length, known, "some" if seen.values else "all")
            return


# --- what items are ---


def is_plain(target: ItemTarget) -> bool:
    """Whether an item is certainly text, with nothing in it: a line, a word, an entry of a list of paths."""
    match target.loop.action if target.loop is not None else None:
        case ForEachAction(items=CommandItems(json=path)):
            return path is None
        case ForEachAction(items=Template(holes=(hole,))):
            if hole.filters and hole.filters[-1].name in _SPLITTING:
                return True
            found = None if target.source is None else _type_of_list(target.source)
            return found is not None and found.kind == "list"
    return False


def seen_at(target: ItemTarget) -> Seen | None:
    """The values at the target's path in all items, where the playbook writes them; else ``None``."""
    items = _written(target)
    if items is None:
        return None
    found = [_into(one, target.path) for one in items]
    present = tuple(one for one in found if one is not None)
    return Seen(present, len(found) - len(present))


def fields_of(target: ItemTarget) -> tuple[str, ...]:
    """The names that written items have at the target's path, in order."""
    seen = seen_at(target)
    mapped = (one for one in (seen.values if seen is not None else ()) if isinstance(one, Mapped))
    return tuple(dict.fromkeys(name.value for one in mapped for name, _ in one.entries))


def _written(target: ItemTarget) -> tuple[ItemValue, ...] | None:
    """The items of a loop that the playbook writes, itself or as a list inside the items of a loop around it."""
    action = target.loop.action if target.loop is not None else None
    if not isinstance(action, ForEachAction):
        return None
    if isinstance(action.items, Listed):
        return action.items.entries if len(action.items.entries) <= _MOST_SEEN else None
    outer = target.source.target if target.source is not None else None
    if not isinstance(outer, ItemTarget) or (target.source is not None and target.source.site.hole.filters):
        return None
    seen = seen_at(outer)
    if seen is None or not all(isinstance(one, Listed) for one in seen.values):
        return None
    entries = tuple(entry for one in seen.values if isinstance(one, Listed) for entry in one.entries)
    return entries if len(entries) <= _MOST_SEEN else None


def _into(value: ItemValue, path: tuple[str, ...]) -> ItemValue | None:
    found: ItemValue | None = value
    for name in path:
        match found:
            case Mapped(entries=named):
                found = next((one for key, one in named if key.value == name), None)
            case Listed(entries=entries) if name.isdecimal() and int(name) < len(entries):
                found = entries[int(name)]
            case _:
                return None
    return found


# --- types ---


def type_of_loop_item(target: ItemTarget) -> Type | None:
    """The type of an item, or of what is in it."""
    if is_plain(target):
        made = target.source.target if target.source is not None else None
        is_path = isinstance(made, StepTarget) and made.field == "files" and target.source is not None
        return Type("path") if is_path and not _hole(target).filters else TEXT
    seen = seen_at(target)
    if seen is not None:
        return _type_of_values(seen.values)
    made = target.source.target if target.source is not None else None
    if isinstance(made, StepTarget) and made.field == "json" and not _hole(target).filters:
        return type_of_json(made.step, (*made.path, "0", *target.path))
    return None


def is_integer(target: ItemTarget) -> bool:
    """Whether every item has an integer there, as the playbook writes them."""
    seen = seen_at(target)
    if seen is None or seen.lacking or not seen.values:
        return False
    return all(isinstance(one, Template) and not one.holes and _is_integer(one.raw) for one in seen.values)


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()


def _hole(target: ItemTarget) -> Hole:
    assert target.source is not None
    return target.source.site.hole


def _type_of_values(values: tuple[ItemValue, ...]) -> Type | None:
    texts = [one for one in values if isinstance(one, Template)]
    if not texts:
        return Type("json") if values else None
    if len(texts) < len(values):
        return None
    if any(one.holes for one in texts):
        return TEXT
    written = tuple(dict.fromkeys(one.raw for one in texts))
    return Type("number") if all(is_number(one) for one in written) else Type("word", written)


def _type_of_list(source: Resolution) -> Type | None:
    """The type of what a loop goes through; what stands for it where it is unset says nothing of it."""
    hole = evolve(source.site.hole, default=None)
    return type_of(evolve(source, site=evolve(source.site, hole=hole)))


def no_list(source: Resolution) -> Type | None:
    """The type of a reference that a loop cannot go through; ``None`` where it may be a list."""
    hole = source.site.hole
    if hole.filters and hole.filters[-1].name in _SPLITTING:
        return None
    found = _type_of_list(source)
    if found is None or found.kind not in _NO_LISTS:
        return None
    is_given = isinstance(source.target, InputTarget) and found.kind == "text" and not hole.filters
    return None if is_given else found  # an input may hold lines, or JSON


def is_fixed(items: Listed) -> bool:
    """Whether all of a list is text of the playbook."""
    return not any(one.holes for one in templates_in(items))
