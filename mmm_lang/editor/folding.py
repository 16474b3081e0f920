"""What can be folded: steps, blocks, scripts, comments over several lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from mmm_lang.editor.document import Document
from mmm_lang.syntax.yaml_comments import comments_of
from mmm_lang.syntax.yaml_nodes import Mapping, Node, Sequence


@frozen
class Fold:
    """Lines from 1, both included; the first stays visible."""

    first: int
    last: int
    kind: Literal["region", "comment"] = "region"


def folds(document: Document) -> tuple[Fold, ...]:
    """Everything that reaches over more than one line, in the order of the text, no two alike."""
    found = {*_of_nodes(document), *_of_comments(document)}
    return tuple(sorted(found, key=lambda one: (one.first, one.last, one.kind)))


def _of_nodes(document: Document) -> Iterator[Fold]:
    """Every value of a key from the key's line on, every item of a list from its first line on."""
    source = document.source
    waiting: list[Node] = [document.tree.root] if document.tree.root is not None else []
    while waiting:
        node = waiting.pop()
        parts: list[tuple[int, int]] = []
        if isinstance(node, Mapping):
            inside = [entry for entry in node.entries if entry.place == entry.value.span]
            parts = [(entry.key.span.start, entry.value.span.end) for entry in inside]
            waiting += [entry.value for entry in inside]
        elif isinstance(node, Sequence):
            items = [item for item in node.items if item.place == item.node.span]
            parts = [(item.place.start, item.place.end) for item in items]
            waiting += [item.node for item in items]
        for start, end in parts:
            first, last = source.position(start).line, source.position(end).line
            if first < last:
                yield Fold(first, last)


def _of_comments(document: Document) -> Iterator[Fold]:
    lines = [
        document.source.position(one.span.start).line for one in comments_of(document.tree) if one.is_alone
    ]
    first = previous = -1
    for line in (*lines, 0):
        if line != previous + 1:
            if first < previous:
                yield Fold(first, previous, "comment")
            first = line
        previous = line
