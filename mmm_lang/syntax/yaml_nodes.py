"""The tree that YAML is read into: four kinds of nodes, each with its exact place."""

from __future__ import annotations

import collections.abc
from functools import cached_property

from mmm_lang.record import field, frozen
from mmm_lang.source import Span
from mmm_lang.syntax.scalar_map import Style, scalar_offsets


@frozen(eq=False, slots=False)
class Scalar:
    """A text as YAML decodes it, with the style it is written in and the name of its core tag (``str``).

    ``extent`` is all that the scalar reaches over; it differs from ``span`` in block scalars alone, by the
    empty lines at their end. ``origins`` are the source offsets of every character and of the end, where an older
    dialect is read in today's words and the text itself says otherwise.
    """

    value: str
    style: Style
    span: Span
    text: str = field(repr=False)
    extent: Span = field(repr=False)
    tag: str | None = None
    origins: collections.abc.Sequence[int] | None = field(default=None, repr=False)

    @cached_property
    def offsets(self) -> collections.abc.Sequence[int]:
        """Source offset of every character of ``value``, and of its end; computed when first asked for."""
        if self.origins is not None:
            return self.origins
        return scalar_offsets(self.text, self.extent.start, self.extent.end, self.style, self.value)

    def offset_of(self, index: int) -> int:
        """Source offset of ``value[index]``; ``len(value)`` is the end."""
        return self.offsets[max(0, min(index, len(self.value)))]


@frozen(eq=False)
class Item:
    """An entry of a list. ``place`` is the node's span, or that of the alias that stands for it."""

    node: Node
    place: Span


@frozen(eq=False)
class Sequence:
    """A list."""

    items: tuple[Item, ...]
    span: Span


@frozen(eq=False)
class Entry:
    """A key and its value. ``place`` is the value's span, or that of the alias that stands for it."""

    key: Scalar
    value: Node
    place: Span

    @property
    def span(self) -> Span:
        """From the key to the end of the value."""
        return Span(self.key.span.start, max(self.key.span.end, self.value.span.end))


@frozen(eq=False)
class Mapping:
    """Keys with values, in order; no key twice."""

    entries: tuple[Entry, ...]
    span: Span

    def get(self, key: str) -> Entry | None:
        """The entry of a key, or ``None``."""
        return next((entry for entry in self.entries if entry.key.value == key), None)


@frozen(eq=False)
class Damaged:
    """What could not be read; a diagnostic has said so."""

    span: Span


Node = Scalar | Sequence | Mapping | Damaged
