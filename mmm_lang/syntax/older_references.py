"""References of the older map and reduce dialect in the names of today, wherever they stand in a tree."""

from __future__ import annotations

import re

from mmm_lang.record import define, evolve, field
from mmm_lang.syntax.yaml_nodes import Damaged, Entry, Item, Mapping, Node, Scalar, Sequence

_REFERENCE = re.compile(r"\$(?:\{(?P<braced>[^{}\s]*)\}|<(?P<angled>[^<>\s]*)>)")
_HEAD = re.compile(r"(?:item|map)(?![\w-])")
_NAMES = re.compile(r"\b(?:map\.successful|map\.results_json|item_total)\b|\[(\d+)\]")
_TODAY = {"map.successful": "map.succeeded", "map.results_json": "map.results", "item_total": "TOTAL"}


def renamed_references(text: str) -> tuple[tuple[int, int, str], ...]:
    """What is to be replaced in a text: start, end and what is written today."""
    found = []
    for reference in _REFERENCE.finditer(text):
        group = "braced" if reference["braced"] is not None else "angled"
        inside, start = reference[group], reference.start(group)
        if not _HEAD.match(inside) and inside != "item_total":
            continue
        for name in _NAMES.finditer(inside):
            today = f".{name[1]}" if name[1] is not None else _TODAY[name[0]]
            found.append((start + name.start(), start + name.end(), today))
    return tuple(found)


@define(eq=False)
class Renaming:
    """Renames in whole trees; what two aliases lead to is renamed once."""

    _known: dict[int, tuple[Node, Node]] = field(factory=dict)

    def entry(self, entry: Entry) -> Entry:
        """An entry whose value has the references of today."""
        value = self._node(entry.value)
        return entry if value is entry.value else evolve(entry, value=value)

    def _node(self, node: Node) -> Node:
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = (node, self._renamed(node))
        return known[1]

    def _renamed(self, node: Node) -> Node:
        match node:
            case Scalar():
                return _scalar(node)
            case Mapping(entries=entries):
                inner = tuple(self.entry(entry) for entry in entries)
                same = all(one is other for one, other in zip(entries, inner, strict=True))
                return node if same else evolve(node, entries=inner)
            case Sequence(items=items):
                nodes = [self._node(item.node) for item in items]
                if all(item.node is other for item, other in zip(items, nodes, strict=True)):
                    return node
                return evolve(
                    node, items=tuple(Item(one, item.place) for one, item in zip(nodes, items, strict=True))
                )
            case Damaged():
                return node


def _scalar(scalar: Scalar) -> Scalar:
    changes = renamed_references(scalar.value) if "$" in scalar.value else ()
    if not changes:
        return scalar
    text, origins, at = "", [], 0
    for start, end, today in changes:
        text += scalar.value[at:start] + today
        origins += [*range(at, start), start, *[min(start + index, end) for index in range(1, len(today))]]
        at = end
    text += scalar.value[at:]
    origins += range(at, len(scalar.value) + 1)
    return evolve(scalar, value=text, origins=[scalar.offset_of(index) for index in origins])
