"""The older dialect ``mode: mapreduce`` in the words of today: what `mmm fmt --upgrade` writes instead.

Three stages, each of which leaves a playbook that means the same: values and keys in their places, then lists that lose
the ``commands:`` around them and items that come under ``over:``, then what moves, after which the dialect is gone. A
rewrite that would change what the playbook says, as `syntax.older_maps` reads it, is not made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mmm_lang.formatting.older_environment import variables
from mmm_lang.formatting.older_map_draft import OlderDraft, older_draft, says_the_same
from mmm_lang.formatting.older_map_shapes import items, moved, unwrapped
from mmm_lang.formatting.older_map_values import ignored, merging_steps, references, values_of_map
from mmm_lang.formatting.rewriting import Draft, Rewrite, apart

_STAYS = "`{}` stays: what stands around it cannot be moved by rule; write `{}` by hand"


def values(draft: Draft) -> Iterator[Rewrite]:
    """References, filters, sort keys, numbers and names of keys; keys without a counterpart go. Where something has no
    counterpart and cannot go, all stays."""
    older = older_draft(draft)
    if older is None:
        return
    errors = [one for one in older.today.troubles if one.severity == "error"]
    for one in errors:
        yield Rewrite(one.span.start, f"the older `map:` stays: {one.message}; {one.advice[0]}")
    if not errors:
        yield from _checked(
            older,
            (
                *references(older),
                *values_of_map(older),
                *ignored(older),
                *merging_steps(older),
                *variables(draft, older.root),
            ),
        )


def phases(draft: Draft) -> Iterator[Rewrite]:
    """Lists of steps without ``commands:`` around them, and the items under ``over:``."""
    older = _ready(draft)
    if older is not None:
        yield from _checked(older, (*unwrapped(older), *items(older)))


def moves(draft: Draft) -> Iterator[Rewrite]:
    """``setup:`` into ``map:``, the steps of an item out of it, and the mark of the dialect gone."""
    older = _ready(draft)
    if older is None:
        return
    edits = tuple(moved(older))
    remark = "`mode: mapreduce` is gone: `map:`, `steps:` and `reduce:` say it"
    made = Rewrite(older.today.mark.span.start, remark, edits)
    if not edits or not says_the_same(older, made):
        remark = _STAYS.format("mode: mapreduce", "map: {over: …}` with `steps:")
        made = Rewrite(older.today.mark.span.start, remark)
    yield made


def _ready(draft: Draft) -> OlderDraft | None:
    """The dialect without anything that only a person can say."""
    older = older_draft(draft)
    if older is None or any(one.severity == "error" for one in older.today.troubles):
        return None
    return older


# --- the check of every rewrite ---


def _checked(older: OlderDraft, found: Iterable[Rewrite]) -> Iterator[Rewrite]:
    """Those that leave the meaning as it is: all that can be made together, or else the first that does; the others are
    proposed again after it."""
    proposed = tuple(found)
    made = tuple(apart(one for one in proposed if one.edits))
    together = Rewrite(0, "", tuple(edit for one in made for edit in one.edits))
    if made and says_the_same(older, together):
        yield from made
        yield from (one for one in proposed if not one.edits)
        return
    for one in proposed:
        if not one.edits:
            yield one
        elif says_the_same(older, one):
            yield one
            return
        else:
            key = one.remark.split("`")[1]
            yield Rewrite(one.at, f"`{key}` stays: it cannot be rewritten by rule; do it by hand")
