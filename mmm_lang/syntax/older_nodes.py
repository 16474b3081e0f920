"""Nodes of today at the places of older ones."""

from __future__ import annotations

from collections.abc import Iterable

from mmm_lang.record import evolve
from mmm_lang.syntax.yaml_nodes import Entry, Scalar


def renamed(entry: Entry, name: str) -> Entry:
    """The entry under another name."""
    return evolve(entry, key=evolve(entry.key, value=name))


def plain_entry(at: Scalar, name: str, text: str) -> Entry:
    """An entry that nobody wrote, at the place of the key that means it."""
    return Entry(evolve(at, value=name), as_plain(at, text), at.span)


def as_plain(at: Scalar, text: str) -> Scalar:
    """A plain scalar of another text at the place of a scalar."""
    return evolve(at, value=text, style="plain", tag=None, origins=_origins(at, text))


def as_text(at: Scalar, text: str) -> Scalar:
    """The same as text, whatever it looks like."""
    return evolve(at, value=text, tag="str", origins=_origins(at, text))


def _origins(at: Scalar, text: str) -> list[int]:
    """Offsets for each character of a text that stands in the place of a scalar as a whole, and for its end."""
    return [*[at.offset_of(0)] * len(text), at.offset_of(len(at.value))]


def with_text(scalar: Scalar, text: str, origins: Iterable[int]) -> Scalar:
    """A scalar of another text; ``origins`` are indexes of the older text for every character, and for the end."""
    if text == scalar.value:
        return scalar
    return evolve(scalar, value=text, origins=[scalar.offset_of(index) for index in origins])


def printed(path: Scalar) -> Scalar:
    """The script that prints a file whose path has variables in it."""
    text = path.value.strip()
    start = path.value.index(text)
    origins = [start] * len('cat "') + list(range(start, start + len(text))) + [start + len(text)] * 2
    return with_text(path, f'cat "{text}"', origins)
