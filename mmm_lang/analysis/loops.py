"""The items of `foreach:`: what `${item…}` stands for inside a loop, and of what type it is, as far as the text says.

Of nested loops the innermost is meant. An item that the playbook writes is known to its last name; of one that a step
made, its source is known, and what that promises.
"""

from __future__ import annotations

from mmm_lang.analysis.item_values import Value, resolved, seen_at
from mmm_lang.analysis.scopes import InputTarget, ItemTarget, Resolution, Scope, StepTarget
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.types import TEXT, Type, is_number, type_of, type_of_json
from mmm_lang.record import evolve
from mmm_lang.syntax.nodes import (
    CommandItems,
    ForEachAction,
    Hole,
    Step,
    Template,
)

_SPLITTING = ("lines", "words")
"""Filters that make a list of a text."""
_NO_LISTS = frozenset({"text", "path", "number", "boolean", "word"})


# --- references ---


def resolve_loop_item(site: Site, scope: Scope, loop: Step) -> Resolution:
    """What `${item…}` stands for in a loop."""
    target = ItemTarget(loop, site.hole.path[1:], source=_source(loop, scope))
    return resolved(site, target, is_text=bool(target.path) and is_plain(target))


def _source(loop: Step, scope: Scope) -> Resolution | None:
    """What the reference of a loop stands for, where it is one."""
    from mmm_lang.analysis.lookup import resolve  # it asks us about items

    match loop.action:
        case ForEachAction(items=Template() as template):
            return resolve(Site(template.holes[0], "foreach", loop, template), scope, lambda _: {})
    return None


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


def _type_of_values(values: tuple[Value, ...]) -> Type | None:
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
