"""Laws of maps, for items that end in any order and a mmm that dies at any event."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.maps.events import (
    ItemFinished,
    ItemMerged,
    ItemNotMerged,
    ItemStarted,
    MapFinished,
    MapResumed,
    ReduceStarted,
    Verdict,
)
from mmm_lang.maps.state import advance, fold, is_failure, stops
from tests.maps.stage import AUTH, BAD, GOOD, IDLE, PAUSED, SHORT, SPENT, UNMET, Stage, started

FATES = st.sampled_from((GOOD, GOOD, GOOD, IDLE, UNMET, BAD))
ALL_FATES = st.sampled_from((GOOD, GOOD, IDLE, UNMET, BAD, SHORT, SPENT, PAUSED, AUTH))

quickly = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def stage_of(
    data: st.DataObject,
    count: int,
    fates: st.SearchStrategy[Verdict],
    *,
    deadly: bool = False,
    halts: bool = False,
) -> Stage:
    ends = [data.draw(fates, label=f"end of item {number}") for number in range(1, count + 1)]
    conflicts = data.draw(st.sets(st.integers(1, max(count, 1)), max_size=2), label="conflicts")

    def draw(what: str, below: int) -> int:
        return data.draw(st.integers(0, below - 1), label=what)

    return Stage(
        draw,
        lambda index, attempt: ends[index - 1],
        lambda index: index in conflicts,
        finds=count,
        deadly=deadly,
        halts=halts,
    )


def first_event(data: st.DataObject, count: int, **more: object):
    lanes = data.draw(st.integers(1, 4), label="lanes")
    apart = lanes > 1 or data.draw(st.booleans(), label="worktrees")
    opens = data.draw(st.booleans(), label="opens")
    fields = {
        "lanes": lanes,
        "worktrees": "mmm-p-1" if apart else None,
        "merges": apart and data.draw(st.booleans(), label="merges"),
        "reduces": data.draw(st.booleans(), label="reduces"),
        **more,
    }
    return started(None if opens else count, **fields)


@quickly
@given(st.data(), st.integers(0, 6))
def test_every_item_has_one_verdict_and_is_merged_once_or_reported(data: st.DataObject, count: int) -> None:
    stage = stage_of(data, count, FATES, deadly=True, halts=True)
    first = first_event(data, count)
    finished = stage.live(first)
    state = stage.state
    assert state.items is not None
    assert len(state.items) == count
    verdicts = [event.index for event in stage.events if isinstance(event, ItemFinished)]
    assert sorted(verdicts) == list(range(1, count + 1))
    merged = [event.index for event in stage.events if isinstance(event, ItemMerged)]
    assert len(merged) == len(set(merged))
    assert stage.merged == sorted(stage.merged)
    assert set(merged) == set(stage.merged)
    for index, one in enumerate(state.items, start=1):
        wants = first.merges and one.verdict == GOOD
        assert (one.merged is not None) + (one.not_merged is not None) == wants, index
    assert stage.most <= first.lanes
    assert stage.under_way == []
    assert (finished.succeeded, finished.failed) == (
        sum(one.succeeded for one in state.items),
        sum(one.failed for one in state.items),
    )


@quickly
@given(st.data(), st.integers(1, 6))
def test_what_has_its_verdict_never_runs_again(data: st.DataObject, count: int) -> None:
    stage = stage_of(data, count, ALL_FATES, deadly=True)
    stage.run(first_event(data, count))
    for _ in range(4):
        if stage.journal:
            stage.resume()
    final: set[int] = set()
    for event in stage.events:
        if isinstance(event, ItemStarted):
            assert event.index not in final
        elif isinstance(event, ItemFinished):
            verdict = event.verdict
            if verdict.status == "succeeded" or is_failure(verdict):
                final.add(event.index)


@quickly
@given(st.data(), st.integers(1, 6))
def test_failed_runs_just_those(data: st.DataObject, count: int) -> None:
    stage = stage_of(data, count, ALL_FATES)
    stage.run(first_event(data, count, fail_fast=data.draw(st.booleans(), label="fail fast")))
    state = stage.state
    failed = {index for index, one in enumerate(state.items or (), start=1) if one.failed}
    before = len(stage.events)
    stage.verdicts = lambda index, attempt: GOOD
    finished = stage.resume(failed=True)
    assert finished is not None
    assert {event.index for event in stage.events[before:] if isinstance(event, ItemStarted)} == failed
    assert finished.failed == 0


@quickly
@given(st.data(), st.integers(1, 6))
def test_after_what_concerns_all_nothing_begins(data: st.DataObject, count: int) -> None:
    stage = stage_of(data, count, ALL_FATES)
    stage.run(first_event(data, count))
    over = False
    for event in stage.events:
        if isinstance(event, ItemFinished) and stops(event.verdict):
            over = True
        if over:
            assert not type(event).__name__.endswith("Started")


@quickly
@given(st.data(), st.integers(1, 6))
def test_reduce_comes_once_and_after_all_work_is_there(data: st.DataObject, count: int) -> None:
    stage = stage_of(data, count, FATES, deadly=True)
    first = first_event(data, count, reduces=True)
    stage.live(first)
    state = fold(())
    done = 0
    for event in stage.events:
        if isinstance(event, ReduceStarted):
            assert all(one.verdict is not None and not one.to_merge for one in state.items or ())
        state = advance(state, event)
        done += type(event).__name__ == "ReduceFinished"
    assert done <= 1
    if all(one.not_merged is None and not one.to_merge for one in state.items or ()):
        assert done == 1


@quickly
@given(st.data(), st.integers(0, 6))
def test_each_part_ends_once_and_its_exit_code_is_that_of_the_gravest(
    data: st.DataObject, count: int
) -> None:
    stage = stage_of(data, count, ALL_FATES)
    finished = stage.run(first_event(data, count))
    assert finished is not None
    assert [type(event) for event in stage.events].count(MapFinished) == 1
    assert isinstance(stage.events[-1], MapFinished)
    codes = {one.verdict.exit_code for one in stage.state.items or () if one.verdict is not None}
    grave = next((code for code in (5, 4, 1, 3) if code in codes), 0)
    if any(isinstance(event, ItemNotMerged) for event in stage.events) and grave in (0, 3):
        grave = 1
    if finished.reason != "approval":  # `reduce:` waits for merges that nobody wanted yet
        assert finished.exit_code == grave


def test_a_map_that_came_to_its_end_only_ends_again() -> None:
    stage = Stage(lambda what, below: 0)
    assert stage.run(started(3)) is not None
    before = len(stage.events)
    assert stage.resume() is not None
    assert [type(event) for event in stage.events[before:]] == [MapResumed, MapFinished]
