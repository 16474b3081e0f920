"""Blanks between two signs of one line: one after a dash, a colon or a comma, none inside brackets.

Only what certainly keeps the meaning is touched. A comment's distance is its author's affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mmm_lang.diagnostics.model import Edit
from mmm_lang.formatting.tokens import Kind, Token
from mmm_lang.source import Span

_CLOSED: frozenset[Kind] = frozenset({"scalar", "close"})
"""What may have a bracket, comma or colon right behind it. An alias may not: a colon can be part of its name."""


def spacing_edits(text: str, tokens: tuple[Token, ...]) -> Iterator[Edit]:
    """The edits of all gaps; those that reach over a line end are left to the layout."""
    shown = [token for token in tokens if token.has_width]
    for left, right in pairwise(shown):
        gap = text[left.end : right.start]
        if left.kind == "block-scalar" or gap.strip(" \t"):
            continue
        blanks = _blanks(left.kind, right.kind)
        if blanks is not None and gap != blanks:
            yield Edit(Span(left.end, right.start), blanks)


def _blanks(left: Kind, right: Kind) -> str | None:
    """What belongs between two signs; ``None``: whatever is there."""
    if right in ("close", "comma", "colon"):
        if left == "open":
            return "" if right == "close" else None
        return "" if left in _CLOSED else None
    if left == "open":
        return ""
    if left in ("dash", "colon", "comma", "property", "key"):
        return " "
    return None
