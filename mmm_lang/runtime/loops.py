"""What a loop goes through: its items, found once, when it begins (spec/language.md, Loops).

They are recorded with the event that opens the loop, so that a session that is resumed goes on with the very same ones.
"""

from __future__ import annotations

import json

from attrs import frozen

from mmm_lang.figures import number, plural
from mmm_lang.plan import ir
from mmm_lang.runtime.rendering import Renderer
from mmm_lang.runtime.values import Value, ValueProblem, read_text
from mmm_lang.syntax.json_paths import NothingThere, items_at

_SHOWN = 60
"""Characters of a value that is no list."""


@frozen
class LoopItems:
    """The items, each as JSON text, and what deserves to be said about them."""

    items: tuple[str, ...]
    notes: tuple[str, ...] = ()


def items_of(loop: ir.ForEach, renderer: Renderer) -> LoopItems:
    """The items of a loop that begins now.

    Raises `Missing` where the list is a reference without a value, and `ValueProblem` where it is no list.
    """
    if isinstance(loop.items, ir.Listed):
        found = [renderer.item_value(one) for one in loop.items.entries]
    elif loop.json is not None:
        found = _found_in(read_text(renderer.value(loop.items)), loop.json, loop.items.written)
    else:
        found = _entries(loop.items, renderer.value(loop.items))
    taken = tuple(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in found[: loop.max_items]
    )
    if len(found) <= len(taken):
        return LoopItems(taken)
    left = number(len(found) - len(taken))
    most = number(loop.max_items)
    note = f"{plural(len(found), 'item')}, and `max_items` is {most}: the last {left} left out"
    return LoopItems(taken, (note,))


def _found_in(text: str, path: str, written: str) -> list[object]:
    """The items that a path finds in JSON text."""
    try:
        return list(items_at(json.loads(text), path))
    except NothingThere as nothing:
        raise ValueProblem(f"`{path}` finds no items in `{written}`: {nothing}") from None
    except ValueError as error:
        raise ValueProblem(f"`{written}` is not JSON: {error}") from None


def _entries(hole: ir.Hole, value: Value) -> list[object]:
    """A list as it is; of text the entries of the JSON list that it holds, else its lines that are not empty."""
    if isinstance(value, tuple):
        return list(value)
    text = read_text(value)
    if any(one.name == "words" for one in hole.filters):
        return list(text.split())
    parsed = _parsed(text)
    if isinstance(parsed, list):
        return parsed
    if _is_json(hole.target) and text.strip():
        raise ValueProblem(f"`{hole.written}` is no list: `{_short(text)}`")
    return [line.removesuffix("\r") for line in text.split("\n") if line.strip()]


def _is_json(target: ir.Target) -> bool:
    """Whether a value is JSON by where it comes from, so that text which is no list was not meant to be lines."""
    return isinstance(target, ir.Item) or (isinstance(target, ir.StepField) and target.field == "json")


def _parsed(text: str) -> object:
    if not text.lstrip().startswith("["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[: _SHOWN - 1]}…" if len(line) > _SHOWN else line
