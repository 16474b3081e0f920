"""Paths into JSON that find items: `$.files[*]`, `$.groups[*].files[0].name`; `$` alone is the whole.

Names, indexes and `[*]` for every entry of a list. There are no filters and no `..`: what a path finds can be told from
its text.
"""

from __future__ import annotations

import re

from mmm_lang.tagged import Json

_PATH = re.compile(r"\$(?:\.[\w-]+|\[\d+\]|\[\*\])*")
_PARTS = re.compile(r"\.([\w-]+)|\[(\d+)\]|\[(\*)\]")
_SHOWN = 60


class NothingThere(Exception):
    """A path leads to nothing in a value; the message says where it ends."""


def is_path(text: str) -> bool:
    """Whether a text is such a path."""
    return _PATH.fullmatch(text) is not None


def items_at(value: Json, path: str) -> tuple[Json, ...]:
    """The items that a path finds: with `[*]` everything that it leads to, without one the entries of the list there.

    An empty list has no items. Raises `NothingThere` where a name or an index is missing, or what should be a list is
    none. ``path`` satisfies `is_path`.
    """
    found: list[tuple[str, Json]] = [("$", value)]
    for name, index, every in _PARTS.findall(path):
        if every:
            found = [inner for where, one in found for inner in _entries(where, one)]
        elif name:
            found = [_named(where, one, name) for where, one in found]
        else:
            found = [_numbered(where, one, int(index)) for where, one in found]
    if "[*]" not in path:
        found = [inner for where, one in found for inner in _entries(where, one)]
    return tuple(one for _, one in found)


def _entries(where: str, value: Json) -> list[tuple[str, Json]]:
    if not isinstance(value, list):
        raise NothingThere(f"`{where}` is {_what(value)}, and no list")
    return [(f"{where}[{number}]", one) for number, one in enumerate(value)]


def _named(where: str, value: Json, name: str) -> tuple[str, Json]:
    if isinstance(value, dict) and name in value:
        return f"{where}.{name}", value[name]
    if isinstance(value, dict):
        names = ", ".join(f"`{one}`" for one in value)
        has = f"only {names if len(names) <= _SHOWN else f'{names[:_SHOWN]}…'}" if names else "nothing at all"
        raise NothingThere(f"`{where}` has no `{name}`, {has}")
    raise NothingThere(f"`{where}` is {_what(value)}, and has no `{name}`")


def _numbered(where: str, value: Json, index: int) -> tuple[str, Json]:
    if not isinstance(value, list):
        raise NothingThere(f"`{where}` is {_what(value)}, and no list")
    if index >= len(value):
        raise NothingThere(f"`{where}` has {len(value)} entries, and none with the number {index}")
    return f"{where}[{index}]", value[index]


def _what(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
