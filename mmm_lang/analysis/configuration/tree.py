"""A configuration as it is written, whether in YAML or in TOML: tables, lists and words with their places."""

from __future__ import annotations

from mmm_lang.record import frozen
from mmm_lang.source import Span
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.yaml_nodes import Mapping, Scalar, Sequence
from mmm_lang.syntax.yaml_nodes import Node as YamlNode

Value = str | int | float | bool | None


@frozen(eq=False)
class Word:
    """A text, a number, a truth value, or nothing."""

    value: Value
    span: Span


@frozen(eq=False)
class Array:
    """A list."""

    items: tuple[Node, ...]
    span: Span


@frozen(eq=False)
class Entry:
    """A key and its value."""

    key: str
    key_span: Span
    value: Node


@frozen(eq=False)
class Table:
    """Keys with values, no key twice."""

    entries: tuple[Entry, ...]
    span: Span

    def get(self, key: str) -> Entry | None:
        """The entry of a key, or ``None``."""
        return next((entry for entry in self.entries if entry.key == key), None)


Node = Word | Array | Table


def from_yaml(node: YamlNode) -> Node | None:
    """The same in YAML; ``None`` for what could not be read. Mappings nest at most as deep as playbooks do."""
    match node:
        case Scalar():
            return Word(resolve(node), node.span)
        case Sequence():
            items = (from_yaml(item.node) for item in node.items)
            return Array(tuple(item for item in items if item is not None), node.span)
        case Mapping():
            entries = []
            for entry in node.entries:
                value = from_yaml(entry.value)
                if value is not None:
                    entries.append(Entry(entry.key.value, entry.key.span, value))
            return Table(tuple(entries), node.span)
        case _:
            return None


def describe(node: Node) -> str:
    """What a node is, for "found …"."""
    match node:
        case Table():
            return "a table"
        case Array():
            return "a list"
        case Word(value=None):
            return "nothing"
        case Word(value=str(text)):
            return f"`{text}`" if text else "empty text"
        case Word(value=value):
            return f"`{str(value).lower() if isinstance(value, bool) else value}`"
