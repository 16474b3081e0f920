"""Fixes applied to a text: edits of spans, so that comments and layout stay as they are.

Pure: which fixes are worth having, and what becomes of the text afterwards, is for the caller to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from mmm_lang.diagnostics.model import Applicability, Diagnostic, Edit
from mmm_lang.diagnostics.ordering import unsuppressed


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
        if edits and _fits(edits, taken, len(text)):
            taken += edits
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


def _fits(edits: Sequence[Edit], taken: Sequence[Edit], length: int) -> bool:
    """Whether edits can be made beside each other and beside those taken already."""
    others = list(taken)
    for edit in edits:
        if edit.span.end > length or any(_overlap(edit, other) for other in others):
            return False
        others.append(edit)
    return True


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether the result depends on the order: spans that share a character, or an insertion at the edge of
    another edit."""
    first, second = sorted((one.span, other.span))
    if first.end != second.start:
        return first.end > second.start
    return first.start == first.end or second.start == second.end
