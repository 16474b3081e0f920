"""Work trees of a map's items: found again by name after a crash anywhere."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.worktrees import items
from mmm_lang.worktrees.record import read_record, records, write_record
from tests.support.cooking import playbook
from tests.support.worktrees import committed, git
from tests.worktrees.map_items import Killed, Map, is_sound

STEPS = (
    "write_record",
    "change_record",
    "put_on_branch",
    "switch_to",
    "copy_included",
    "renew_included",
    "fill_submodules",
    "throw_away",
)


def dying(monkeypatch, step, count, after):
    """Let the process die at the call of that number of a step, before or after it."""
    real, calls = getattr(items, step), []

    def dies(*arguments):
        calls.append(step)
        if len(calls) == count and not after:
            raise Killed
        value = real(*arguments)
        if len(calls) == count:
            raise Killed
        return value

    monkeypatch.setattr(items, step, dies)


def test_an_empty_folder_of_one_that_was_killed_before_it_wrote_of_it_is_taken(over):
    first = over.make(1).record
    Path(first.path).with_name(over.name(2)).mkdir()
    assert over.make(2).record.path == str(Path(first.path).with_name(over.name(2)))


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("step", STEPS[:7])
@pytest.mark.parametrize("after", [False, True])
def test_wherever_it_was_killed_the_same_name_leads_to_the_same_end(over, step, after, reuse, monkeypatch):
    over.make(1)
    over.work(1)
    if reuse:
        over.release(1)
    for count in (1, 2):
        with monkeypatch.context() as patched:
            dying(patched, step, count, after)
            try:
                over.make(2)
            except Killed:
                pass
            else:
                assert count == 2 or (step in ("switch_to", "renew_included")) != reuse
    committed(over.kitchen, over.kitchen.repo, {"late": "x\n"}, "meanwhile")
    made = over.make(2)
    inner = is_sound(over, made, 2)
    assert inner.is_ancestor(made.record.commit, inner.head().commit)
    assert len(over.trees()) <= 2
    first = read_record(over.common, over.name(1))
    assert first.place != made.record.path
    assert over.kitchen.git("show", f"{over.name(1)}:made-1") == "x"


@pytest.mark.parametrize("left", ["record alone", "branch alone", "tree alone", "half a tree"])
def test_what_a_crash_left_of_one_is_no_hindrance(over, left):
    made = over.make(1)
    record, path = made.record, Path(made.record.path)
    if left == "record alone":
        over.kitchen.git("worktree", "remove", "--force", str(path))
        over.kitchen.git("branch", "-D", record.name)
    elif left == "branch alone":
        over.kitchen.git("worktree", "remove", "--force", str(path))
        os.unlink(Path(over.common) / "mmm" / "worktrees" / f"{record.name}.json")
    elif left == "tree alone":
        git(over.kitchen, path, "switch", "-q", "--detach")
        over.kitchen.git("branch", "-D", record.name)
        write_record(over.common, evolve(record, stage="making"))
    else:
        shutil.rmtree(over.repository.common_dir + f"/worktrees/{path.name}")
        write_record(over.common, evolve(record, stage="making"))
    is_sound(over, over.make(1), 1)
    assert len(over.trees()) == 1


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["make", "work", "release", "delete", "close", *STEPS]),
        st.integers(1, 3),
        st.booleans(),
    ),
    max_size=9,
)


@given(MOVES)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_no_commit_is_lost_and_no_worktree_has_two_items(tmp_path_factory, moves):
    """Made, worked in, given back, deleted by hand, killed at any step: in any order."""
    over = Map(playbook(tmp_path_factory.mktemp("map"), "- shell: echo x"))
    made: set[int] = set()
    worked: dict[int, int] = {}
    for number, (move, index, after) in enumerate(moves):
        record = read_record(over.common, over.name(index))
        if move == "make":
            is_sound(over, over.make(index), index)
            made.add(index)
        elif move in STEPS:
            with pytest.MonkeyPatch.context() as patched:
                dying(patched, move, 1, after)
                try:
                    over.make(index)
                except Killed:
                    made.discard(index)
                else:
                    made.add(index)
        elif move == "work" and index in made and record.stage == "held" and os.path.isdir(record.path):
            over.work(index, {f"made-{index}-{number}": "x\n"})
            worked[index] = worked.get(index, 0) + 1
        elif move == "release" and record is not None:
            over.release(index)
        elif move == "delete" and record is not None and record.place is not None:
            shutil.rmtree(record.place, ignore_errors=True)
        elif move == "close":
            over.close()
        have = [one.path for one in records(over.common) if one.stage == "held"]
        assert len(have) == len(set(have))
        assert len(over.trees()) <= 3
        for one, commits in worked.items():
            assert over.kitchen.git("rev-list", "--count", f"main..{over.name(one)}") == str(commits)
    for index in (1, 2, 3):
        is_sound(over, over.make(index), index)
