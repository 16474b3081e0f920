"""What may begin, case by case."""

from __future__ import annotations

import pytest

from mmm_lang.maps.decide import Finish, Merge, Open, Reduce, RunItem, ending, moves
from mmm_lang.maps.events import (
    ItemFinished,
    ItemMerged,
    ItemNotMerged,
    ItemStarted,
    MapHalted,
    MapResumed,
    MergeStarted,
    OpeningFinished,
    OpeningStarted,
    ReduceFinished,
    ReduceStarted,
    Verdict,
)
from mmm_lang.maps.state import fold
from tests.maps.stage import BAD, GOOD, IDLE, PAUSED, SHORT, UNMET, Stage, first_of_all, items, started

APART = {"lanes": 3, "worktrees": "mmm-p-1", "merges": True}


def begun(*indices: int) -> list[ItemStarted]:
    return [ItemStarted(index, 1, f"mmm-p-1-{index}") for index in indices]


def test_one_after_another_in_place() -> None:
    first = started(2)
    assert moves(fold([first])) == (RunItem(1, 1, None),)
    assert moves(fold([first, ItemStarted(1, 1)])) == ()
    assert moves(fold([first, ItemStarted(1, 1), ItemFinished(1, BAD)])) == (RunItem(2, 1, None),)


def test_as_many_as_there_are_lanes_each_in_a_worktree_of_its_name() -> None:
    assert moves(fold([started(4, **APART)])) == (
        RunItem(1, 1, "mmm-p-1-1"),
        RunItem(2, 1, "mmm-p-1-2"),
        RunItem(3, 1, "mmm-p-1-3"),
    )
    state = fold([started(4, **APART), *begun(1, 2, 3), ItemFinished(2, IDLE)])
    assert moves(state) == (RunItem(4, 1, "mmm-p-1-4"),)


def test_an_item_waits_for_those_before_it_to_be_merged() -> None:
    story = [started(3, **APART), *begun(1, 2, 3), ItemFinished(2, GOOD)]
    assert moves(fold(story)) == ()
    story += [ItemFinished(1, GOOD)]
    assert moves(fold(story)) == (Merge(1),)
    story += [MergeStarted(1)]
    assert moves(fold(story)) == ()
    story += [ItemNotMerged(1, "it conflicts")]
    assert moves(fold(story)) == (Merge(2),)


@pytest.mark.parametrize("verdict", [BAD, IDLE, UNMET, SHORT])
def test_what_is_not_to_be_merged_keeps_nobody_waiting(verdict: Verdict) -> None:
    story = [started(2, **APART), *begun(1, 2), ItemFinished(1, verdict), ItemFinished(2, GOOD)]
    assert moves(fold(story)) == (Merge(2),)


def test_the_opening_finds_the_items() -> None:
    story = [started(None)]
    assert moves(fold(story)) == (Open(1),)
    story += [OpeningStarted(1)]
    assert moves(fold(story)) == ()
    assert moves(fold([*story, MapResumed(1.0)])) == (Open(2),)
    assert moves(fold([*story, OpeningFinished(items(1), IDLE)])) == (RunItem(1, 1, None),)


def test_an_opening_that_failed_is_the_end_until_it_is_tried_again() -> None:
    story = [started(None), OpeningStarted(1), OpeningFinished(None, BAD)]
    [finish] = moves(fold(story))
    assert isinstance(finish, Finish)
    assert (finish.event.status, finish.event.message, finish.event.exit_code) == ("failed", "it failed", 1)
    assert moves(fold([*story, finish.event, MapResumed(1.0)])) == (Open(2),)


def test_no_items_is_a_good_end_without_reduce() -> None:
    [finish] = moves(fold([started(0, reduces=True)]))
    assert isinstance(finish, Finish)
    assert (finish.event.status, finish.event.reason, finish.event.exit_code) == ("succeeded", "no-items", 0)


def test_fail_fast_begins_nothing_more_but_merges_what_is_there() -> None:
    story = [started(4, **APART, fail_fast=True), *begun(1, 2, 3), ItemFinished(2, BAD)]
    assert moves(fold(story)) == ()
    story += [ItemFinished(1, GOOD), ItemFinished(3, GOOD)]
    assert moves(fold(story)) == (Merge(1),)
    story += [MergeStarted(1), ItemMerged(1, "c1"), MergeStarted(3), ItemMerged(3, "c3")]
    [finish] = moves(fold(story))
    assert isinstance(finish, Finish)
    assert finish.event.message == "1 of 4 items failed, 1 not begun"
    assert moves(fold([*story, finish.event, MapResumed(1.0, merges=True)])) == (RunItem(4, 1, "mmm-p-1-4"),)
    again = fold([*story, finish.event, MapResumed(1.0, failed=True, merges=True)])
    assert moves(again) == (RunItem(2, 2, "mmm-p-1-2"),)


def test_reduce_comes_last() -> None:
    story = [started(1, **APART, reduces=True), *begun(1), ItemFinished(1, GOOD)]
    assert moves(fold(story)) == (Merge(1),)
    story += [MergeStarted(1), ItemMerged(1, "c1")]
    assert moves(fold(story)) == (Reduce(1),)
    story += [ReduceStarted(1)]
    assert moves(fold([*story, MapResumed(1.0)])) == (Reduce(2),)
    story += [ReduceFinished(GOOD)]
    assert isinstance(moves(fold(story))[0], Finish)


def test_reduce_waits_for_merges_that_nobody_wanted_yet() -> None:
    story = [started(1, worktrees="mmm-p-1", lanes=2, reduces=True), *begun(1), ItemFinished(1, GOOD)]
    [finish] = moves(fold(story))
    assert isinstance(finish, Finish)
    assert (finish.event.status, finish.event.reason, finish.event.exit_code) == ("paused", "approval", 5)
    assert moves(fold([*story, finish.event, MapResumed(1.0, merges=True)])) == (Merge(1),)


def test_without_reduce_work_that_nobody_wanted_to_merge_is_no_failure() -> None:
    story = [started(1, worktrees="mmm-p-1", lanes=2), *begun(1), ItemFinished(1, GOOD)]
    assert ending(fold(story)).exit_code == 0
    assert ending(fold(story)).merged == 0


def test_items_that_failed_make_reduce_run_anew_when_they_are_run_again() -> None:
    story = [started(2, reduces=True), ItemStarted(1, 1), ItemFinished(1, BAD), ItemStarted(2, 1)]
    story += [ItemFinished(2, GOOD), ReduceStarted(1), ReduceFinished(GOOD), MapResumed(1.0, failed=True)]
    assert moves(fold(story)) == (RunItem(1, 2, None),)
    story += [ItemStarted(1, 2), ItemFinished(1, GOOD)]
    assert moves(fold(story)) == (Reduce(1, round=2),)


def test_what_reduce_took_in_an_earlier_round_stays_counted() -> None:
    first = Verdict("succeeded", "limit", "done", 0, session="m-reduce", calls=2, cost_usd=0.5)
    again = Verdict("succeeded", "limit", "done", 0, session="m-reduce-2", calls=3, cost_usd=0.25)
    story = [started(1, reduces=True), ItemStarted(1, 1), ItemFinished(1, BAD), ReduceStarted(1)]
    story += [ReduceFinished(first), MapResumed(1.0, failed=True), ItemStarted(1, 2), ItemFinished(1, GOOD)]
    story += [ReduceStarted(1), ReduceFinished(again)]
    without = [one for one in story if not isinstance(one, ReduceStarted | ReduceFinished)]
    took, items_took = ending(fold(story)), ending(fold(without))
    assert took.calls - items_took.calls == 5
    assert took.cost_usd is not None
    assert items_took.cost_usd is not None
    assert took.cost_usd - items_took.cost_usd == pytest.approx(0.75)


def test_after_a_signal_nothing_begins_and_what_runs_comes_to_its_end() -> None:
    story = [started(4, **APART), *begun(1, 2, 3), ItemFinished(1, GOOD)]
    story += [MapHalted("interrupted", "terminated", "stopped by SIGTERM", 143)]
    assert moves(fold(story)) == ()
    story += [ItemFinished(2, PAUSED), ItemFinished(3, GOOD)]
    [finish] = moves(fold(story))
    assert isinstance(finish, Finish)
    assert (finish.event.reason, finish.event.exit_code) == ("terminated", 143)


def test_an_items_own_limit_stops_only_itself_and_is_the_end_of_the_map() -> None:
    stage = Stage(first_of_all, lambda index, attempt: SHORT if index == 1 else GOOD)
    finished = stage.run(started(3))
    assert finished is not None
    assert (finished.status, finished.exit_code, finished.succeeded) == ("budget", 4, 2)
    assert finished.message == "1 of 3 items was stopped by a limit of its own"
    before = len(stage.events)
    stage.verdicts = lambda index, attempt: GOOD
    again = stage.resume()
    assert again is not None
    assert again.exit_code == 0
    assert [type(one).__name__ for one in stage.events[before:]] == [
        "MapResumed",
        "ItemStarted",
        "ItemFinished",
        "MapFinished",
    ]


def test_an_unknown_cost_makes_the_whole_unknown() -> None:
    unknown = Verdict("succeeded", "limit", "done", 0, calls=1, cost_usd=None, charged_usd=0.5)
    known = Verdict("succeeded", "limit", "done", 0, calls=2, cost_usd=0.25)
    story = [
        started(2),
        ItemStarted(1, 1),
        ItemFinished(1, unknown),
        ItemStarted(2, 1),
        ItemFinished(2, known),
    ]
    end = ending(fold(story))
    assert (end.calls, end.cost_usd, end.charged_usd) == (3, None, 0.5)
    assert ending(fold([*story, ItemFinished(1, known)])).cost_usd == 0.5
