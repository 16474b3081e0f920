"""The edits that lead from one text to another, small ones, so that cursors and folds of an editor stay."""

from __future__ import annotations

from difflib import SequenceMatcher

from mmm_lang.diagnostics.model import Edit
from mmm_lang.source import Source, Span

_MOST_LINES = 4000
"""Above this many lines all that differs is one edit: comparing them is quadratic at worst."""


def difference(before: str, after: str) -> tuple[Edit, ...]:
    """Edits of whole lines that make ``after`` of ``before``, in the order of the text; none where they are equal."""
    if before == after:
        return ()
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > _MOST_LINES:
        return (_one_edit(before, after),)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    changes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(
        Edit(Span(starts[first], starts[last]), "".join(new[start:end]))
        for kind, first, last, start, end in changes
        if kind != "equal"
    )


def _lines(text: str) -> list[str]:
    starts = Source("", text).line_starts
    return [text[start:end] for start, end in zip(starts, (*starts[1:], len(text)), strict=True)]


def shared_start(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one.startswith(other[least:middle], least):
            least = middle
        else:
            most = middle - 1
    return least


def shared_end(one: str, other: str, most: int) -> int:
    """How many characters two texts end with in common, at most ``most``."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if one.endswith(other[len(other) - middle :]):
            least = middle
        else:
            most = middle - 1
    return least


def _one_edit(before: str, after: str) -> Edit:
    """Everything that differs; an end of a line in two characters is not taken apart."""
    start = shared_start(before, after)
    end = shared_end(before, after, min(len(before), len(after)) - start)
    start -= before[:start].endswith("\r")
    end -= end > 0 and before[len(before) - end] == "\n"
    return Edit(Span(start, len(before) - end), after[start : len(after) - end])
