"""Fixes applied to a text: edits of spans, so that comments and layout stay as they are.

Pure: which fixes are worth having, and what becomes of the text afterwards, is for the caller to judge.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from mmm_lang.diagnostics.model import Applicability, Diagnostic, Edit
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.record import frozen


@frozen(eq=False)
class Fixed:
    """A text after some fixes, and the diagnostics whose fixes they were, in order of print."""

    text: str
    applied: tuple[Diagnostic, ...]


def fixable(diagnostics: Iterable[Diagnostic], upto: Applicability) -> tuple[Diagnostic, ...]:
    """Those with a fix that is at most as daring as ``upto``, in order of print; suppressed ones never."""
    return tuple(
        one
        for one in unsuppressed(diagnostics)
        if one.fix is not None and one.fix.edits and (upto == "unsafe" or one.fix.applicability == "safe")
    )


def apply_fixes(text: str, diagnostics: Iterable[Diagnostic]) -> Fixed:
    """Apply the fix of every diagnostic that has one; of two that touch the same place the first in order
    of print wins. All spans are of ``text``. A fix whose own edits overlap, or that reaches past the end of
    the text, is left out."""
    taken: list[Edit] = []
    applied: list[Diagnostic] = []
    for diagnostic in diagnostics:
        edits = diagnostic.fix.edits if diagnostic.fix is not None else ()
        if edits and _take(edits, taken, len(text)):
            applied.append(diagnostic)
    return Fixed(apply_edits(text, taken), tuple(applied))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Replace every span by its text. The spans are of ``text`` and do not overlap."""
    pieces: list[str] = []
    end = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        pieces += (text[end : edit.span.start], edit.text)
        end = edit.span.end
    return "".join((*pieces, text[end:]))


def _take(edits: Sequence[Edit], taken: list[Edit], length: int) -> bool:
    """Add all edits of a fix to those taken, which are in the order of the text; or none, and ``False``, where
    one cannot be made beside the others."""
    added: list[Edit] = []
    for edit in edits:
        place = bisect_left(taken, edit.span, key=lambda other: other.span)
        neighbours = taken[max(0, place - 1) : place + 1]
        if edit.span.end > length or any(_overlap(edit, other) for other in neighbours):
            for one in added:
                taken.remove(one)
            return False
        taken.insert(place, edit)
        added.append(edit)
    return True


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether the result depends on the order: spans that share a character, or an insertion at the edge of
    another edit."""
    first, second = sorted((one.span, other.span))
    if first.end != second.start:
        return first.end > second.start
    return first.start == first.end or second.start == second.end
