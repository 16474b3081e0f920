"""Whether two YAML trees say the same: the check that a formatter makes of its own work."""

from __future__ import annotations

from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.yaml_nodes import Damaged, Mapping, Node, Scalar, Sequence


def same_value(left: Node | None, right: Node | None) -> bool:
    """Whether both have the same values at the same places; the order of keys does not count."""
    # Pairs that were seen are not looked at again: aliases may lead to one node in thousands of places.
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Node | None, Node | None]] = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if (id(one), id(other)) in seen:
            continue
        seen.add((id(one), id(other)))
        inner = _pairs(one, other)
        if inner is None:
            return False
        waiting += inner
    return True


def _pairs(one: Node | None, other: Node | None) -> list[tuple[Node | None, Node | None]] | None:
    """What must be the same inside two nodes that are the same themselves; ``None`` where they are not."""
    match one, other:
        case Mapping(), Mapping():
            values = {entry.key.value: entry.value for entry in other.entries}
            if values.keys() != {entry.key.value for entry in one.entries}:
                return None
            return [(entry.value, values[entry.key.value]) for entry in one.entries]
        case Sequence(), Sequence():
            if len(one.items) != len(other.items):
                return None
            return [(left.node, right.node) for left, right in zip(one.items, other.items, strict=True)]
        case Scalar(), Scalar():
            same = one.value == other.value and repr(resolve(one)) == repr(resolve(other))
            return [] if same else None
        case (Damaged(), Damaged()) | (None, None):
            return []
    return None
