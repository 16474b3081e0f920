"""Where the steps of a playbook are in its YAML tree, found by the table of keys."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.record import frozen
from mmm_lang.syntax.keys import KEYS, Place
from mmm_lang.syntax.yaml_nodes import Entry, Item, Mapping, Node, Scalar, Sequence


@frozen(eq=False)
class StepNode:
    """A step as it is written: keys, or the name of a slash command alone.

    ``in_repair``: it is inside a handler, where no step implies a commit.
    """

    node: Mapping | Scalar
    in_repair: bool


def step_nodes(root: Node | None) -> Iterator[StepNode]:
    """All steps that stand in the text itself (not through an alias), outer before inner."""
    if isinstance(root, Sequence):
        yield from _listed(root, in_repair=False)
    elif isinstance(root, Mapping):
        for name in ("steps", "commands"):
            entry = root.get(name)
            if entry is not None and _is_here(entry) and isinstance(entry.value, Sequence):
                yield from _listed(entry.value, in_repair=False)


def _listed(node: Sequence, in_repair: bool) -> Iterator[StepNode]:
    for item in node.items:
        if _is_here(item):
            yield from _step(item.node, in_repair)


def _step(node: Node, in_repair: bool) -> Iterator[StepNode]:
    if isinstance(node, Scalar):
        yield StepNode(node, in_repair)
    elif isinstance(node, Mapping):
        yield StepNode(node, in_repair)
        yield from _inside(node, "step", in_repair)


def _inside(node: Mapping, place: Place, in_repair: bool) -> Iterator[StepNode]:
    """The steps in the values of a mapping's keys."""
    for entry in node.entries:
        row = KEYS[place].get(entry.key.value)
        if row is None or not _is_here(entry):
            continue
        value = entry.value
        if row.value == "steps":
            yield from _list_or_step(value, in_repair)
        elif row.value == "handler":
            yield from _list_or_step(value, in_repair=True)
        elif row.value == "exit-handlers" and isinstance(value, Mapping):
            for coded in filter(_is_here, value.entries):
                yield from _list_or_step(coded.value, in_repair or coded.key.value != "0")
        elif row.name == "test" and isinstance(value, Mapping):
            yield from _inside(value, "test", in_repair)


def _list_or_step(node: Node, in_repair: bool) -> Iterator[StepNode]:
    if isinstance(node, Sequence):
        yield from _listed(node, in_repair)
    elif isinstance(node, Mapping):
        yield from _step(node, in_repair)


def _is_here(child: Entry | Item) -> bool:
    node = child.node if isinstance(child, Item) else child.value
    return child.place == node.span
