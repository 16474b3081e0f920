"""Selecting more and more around a place: a reference, its text, its key, its step, the list."""

from __future__ import annotations

from mmm_lang.editor.document import Document
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_nodes import Mapping, Node, Scalar, Sequence


def selections(document: Document, offset: int) -> tuple[Span, ...]:
    """Spans around an offset, the smallest first, each inside the next."""
    found: list[Span] = []
    name = document.occurrence_at(offset)
    resolution = document.resolution_at(offset)
    if name is not None:
        found.append(name.span)
    if resolution is not None:
        found.append(resolution.site.hole.span)
    found += reversed(_nodes(document, offset))
    found.append(Span(0, len(document.text)))
    kept = [found[0]]
    for span in found[1:]:
        if span != kept[-1] and span.start <= kept[-1].start and kept[-1].end <= span.end:
            kept.append(span)
    return tuple(kept)


def _nodes(document: Document, offset: int) -> list[Span]:
    """The nodes and entries around an offset, the largest first."""
    found: list[Span] = []
    node: Node | None = document.tree.root
    while node is not None and node.span.start <= offset <= node.span.end:
        found.append(node.span)
        inner: Node | None = None
        if isinstance(node, Scalar) and node.style in ("single", "double"):
            found.append(document.inner_span(node.span))
        elif isinstance(node, Mapping):
            for entry in node.entries:
                span = Span(entry.key.span.start, max(entry.key.span.end, entry.place.end))
                if span.start <= offset <= span.end:
                    found.append(span)
                    on_key = offset <= entry.key.span.end
                    inner = entry.key if on_key else entry.value
        elif isinstance(node, Sequence):
            inner = next(
                (item.node for item in node.items if item.place.start <= offset <= item.place.end), None
            )
        node = inner
    return found
