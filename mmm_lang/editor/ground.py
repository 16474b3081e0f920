"""What may stand where in a playbook, read off the table of keys: the map that hover and completion walk by.

A ``Ground`` is what a YAML node is to the language: the playbook, a list of steps, a step, a handler, one of the
small blocks. From the ground of a node and a key (or the dash of a list) follows the ground of what is inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

from mmm_lang.syntax.keys import KEYS, Key, Place
from mmm_lang.syntax.yaml_nodes import Entry, Mapping, Node, Sequence

Ground = str
"""``playbook``, ``steps``, ``step``, ``handler``, ``exit-handlers``, ``inputs``, ``outputs``, ``env``, ``texts``, or
the name of a block of the table such as ``retry``; the empty text where nothing is known."""

UNKNOWN: Ground = ""
ENV: Ground = "env"
TEXTS: Ground = "texts"
PASSED: Ground = "passed"
RESULTS: Ground = "results"

_BY_VALUE = {
    "steps": "steps",
    "handler": "handler",
    "exit-handlers": "exit-handlers",
    "inputs": "inputs",
    "passed": PASSED,
    "results": RESULTS,
    "outputs": "outputs",
    "env": ENV,
    "texts": TEXTS,
    "variables": TEXTS,
    "templates": TEXTS,
    "source": "over",
    "loop": "foreach",
}

_OLDER = {("map", "agent_template"): "steps", ("step", "commands"): "steps"}
"""Keys of ``mode: mapreduce`` that hold steps, by the ground that they are read on (`syntax.older_maps`)."""


def places_of(ground: Ground) -> tuple[Place, ...]:
    """The places of the table whose keys a mapping on this ground may have."""
    if ground == "playbook":
        return ("header",)
    if ground == "handler":
        return ("handler", "step")
    return (cast(Place, ground),) if ground in KEYS else ()


def key_at(ground: Ground, name: str) -> Key | None:
    """The row of a key of a mapping on this ground."""
    return next((KEYS[place][name] for place in places_of(ground) if name in KEYS[place]), None)


def keys_at(ground: Ground) -> tuple[Key, ...]:
    """Every key that a mapping on this ground may have, those of the first place first, each name once."""
    found: dict[str, Key] = {}
    for place in places_of(ground):
        for name, row in KEYS[place].items():
            found.setdefault(name, row)
    return tuple(found.values())


def ground_of(key: Key) -> Ground:
    """What the value of a key is."""
    if key.value == "block":
        return key.name if key.name in KEYS else UNKNOWN
    return _BY_VALUE.get(key.value, UNKNOWN)


def below_key(ground: Ground, name: str) -> Ground:
    """The ground of the value of a key in a mapping on ``ground``."""
    if ground == "exit-handlers":
        return "handler"
    if ground in ("inputs", "outputs"):
        return ground.removesuffix("s")
    row = key_at(ground, name)
    return ground_of(row) if row is not None else _OLDER.get((ground, name), UNKNOWN)


def below_dash(ground: Ground) -> Ground:
    """The ground of an entry of a list on ``ground``."""
    return "step" if ground in ("playbook", "steps", "handler") else UNKNOWN


def as_read(ground: Ground, node: Node) -> Ground:
    """The ground of a node that may be written in several shapes: a step may stand where a list of steps may."""
    return "step" if ground == "steps" and isinstance(node, Mapping) else ground


class Keyed(NamedTuple):
    """An entry of a mapping and the ground of that mapping."""

    entry: Entry
    ground: Ground


def keyed_entries(root: Node | None) -> Iterator[Keyed]:
    """Every entry of a playbook's tree where it is written, with the ground of its mapping; aliases are not followed."""
    waiting: list[tuple[Node, Ground]] = [(root, "playbook")] if root is not None else []
    while waiting:
        node, ground = waiting.pop()
        ground = as_read(ground, node)
        if isinstance(node, Mapping):
            for entry in node.entries:
                if entry.key.span.start < node.span.start or entry.key.span.end > node.span.end:
                    continue  # taken over by a merge key
                yield Keyed(entry, ground)
                if entry.place == entry.value.span:
                    waiting.append((entry.value, below_key(ground, entry.key.value)))
        elif isinstance(node, Sequence):
            inner = below_dash(ground)
            waiting += [(item.node, inner) for item in node.items if item.place == item.node.span]
