"""The table of what became of each item: whole where there is room, and never wider than the window."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.maps.decide import ending
from mmm_lang.maps.events import (
    ItemFinished,
    ItemMerged,
    ItemNotMerged,
    ItemStarted,
    MapEvent,
    MergeStarted,
    Verdict,
)
from mmm_lang.maps.results import result_of, variables_of_reduce
from mmm_lang.maps.state import fold
from mmm_lang.maps.table import summary
from mmm_lang.report.wording import cells
from mmm_lang.runtime.requirements import Item
from tests.maps.stage import BAD, GOOD, started

PAID = Verdict("succeeded", "limit", "done", 0, "m-001", 2, 1, 3, 0.5, duration=65.0, entries=9)


def story() -> list[MapEvent]:
    return [
        started(4, lanes=2, worktrees="mmm-p-1", merges=True),
        *(ItemStarted(index, 1, f"mmm-p-1-{index}") for index in (1, 2, 3)),
        ItemFinished(1, PAID),
        ItemFinished(2, BAD),
        ItemFinished(3, GOOD),
        MergeStarted(1),
        ItemMerged(1, "c1", calls=1, cost_usd=0.25),
        MergeStarted(3),
        ItemNotMerged(3, "1 file conflicts: a.py", "`git merge mmm-p-1-3`"),
    ]


def test_a_wide_window_has_everything() -> None:
    state = fold(story())
    assert summary(state, ending(state), None).splitlines() == [
        "",
        "📋 2 of 4 items succeeded, 1 merged",
        "   #  ITEM    STATUS     ITERATIONS  COMMITS  CALLS   COST       TIME  MERGED",
        "✅ 1  item 1  succeeded           2        1      3  $0.50  1 min 5 s  yes",
        "❌ 2  item 2  failed              0        0      0  $0.00        0 s",
        "     it failed",
        "⚠️ 3  item 3  succeeded           0        1      0  $0.00        0 s  no",
        "     not merged: 1 file conflicts: a.py; `git merge mmm-p-1-3`",
        "   4  item 4  not begun",
        "   1 of 4 items failed, 1 was not merged, 1 not begun",
        "   4 agent calls, $0.75, 2 commits",
    ]


@settings(max_examples=100, deadline=None)
@given(st.integers(40, 200), st.lists(st.text(max_size=90), min_size=1, max_size=4))
def test_no_row_is_wider_than_the_window(width: int, labels: list[str]) -> None:
    items = tuple(Item(label) for label in labels)
    many: list[MapEvent] = [
        started(None, items=items, lanes=2, worktrees="mmm-p-1"),
        ItemStarted(1, 1, "mmm-p-1-1"),
        ItemFinished(1, BAD),
    ]
    state = fold(many)
    told = summary(state, ending(state), width)
    rows = told.splitlines()[2 : 2 + len(items) + 2]
    assert all(cells(row) <= width for row in rows)
    assert "STATUS" in told


def test_what_reduce_is_told() -> None:
    state = fold(story())
    told = variables_of_reduce(state)
    assert (told["map.succeeded"], told["map.failed"], told["map.total"]) == ("2", "1", "4")
    first, failed, refused, left = (result_of(index, state.item(index)) for index in (1, 2, 3, 4))
    assert (first["status"], first["merged"], first["seconds"]) == ("succeeded", "c1", 65.0)
    assert (failed["status"], failed["message"]) == ("failed", "it failed")
    assert refused["not_merged"] == "1 file conflicts: a.py"
    assert (left["status"], left["session"]) == ("not begun", None)
