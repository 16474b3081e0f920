"""Where the steps of a playbook are in its YAML tree, found by the table of keys."""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.record import frozen
from mmm_lang.syntax.keys import KEYS, Place
from mmm_lang.syntax.older_maps import dialect_mark, in_todays_words
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
    mark = dialect_mark(root)
    if mark is not None and isinstance(root, Mapping):
        root = in_todays_words(root, mark).root
    if isinstance(root, Sequence):
        yield from _listed(root, in_repair=False)
    elif isinstance(root, Mapping):
        for entry in _lists(root):
            if _is_here(entry) and isinstance(entry.value, Sequence):
                yield from _listed(entry.value, in_repair=False)


def _lists(root: Mapping) -> Iterator[Entry]:
    """The entries of the header, and of ``map:`` in it, that hold lists of steps."""
    for entry in root.entries:
        row = KEYS["header"].get(entry.key.value)
        if row is not None and row.value == "steps":
            yield entry
        elif entry.key.value == "map" and isinstance(entry.value, Mapping):
            setup = entry.value.get("setup")
            if setup is not None:
                yield setup


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
