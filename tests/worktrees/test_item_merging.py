"""Items are merged one by one; wherever a crash comes, each is merged once."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager

import pytest

from mmm_lang.worktrees import merging
from mmm_lang.worktrees.item_merging import merge_item
from mmm_lang.worktrees.merge_place import Busy, CannotMerge, NoPlace
from mmm_lang.worktrees.merging import Ended
from mmm_lang.worktrees.record import drop_record, read_record
from tests.support.worktrees import committed, state_of
from tests.worktrees.map_items import Killed


class Alone:
    """Nobody helps with a merge; ``verdict`` is what the checks say."""

    def __init__(self, verdict=None, wait=lambda: False):
        self.verdict = verdict
        self.asked = []
        self.waited = []
        self._wait = wait

    def resolve(self, record, place):
        self.asked.append(record.name)

    def check(self, record, place):
        return None if self.verdict is None else Ended(None, self.verdict)

    def wait(self, busy, is_free):
        self.waited.append(busy)
        return self._wait() and is_free()


def merged(over, index, crew=None):
    return merge_item(over.repository, over.name(index), crew or Alone(), over.kitchen.env(), lambda: None)


RUNS = "20260101T000000-aaaaaa"
HOLDS = "import sys; from mmm_lang.runtime.lock import session_lock\n"
HOLDS += "with session_lock(*sys.argv[1:]): print('here', flush=True); sys.stdin.read()"


@contextmanager
def another_session(over):
    """A session of another process in the work tree where items are merged, until its standard input ends."""
    command = [sys.executable, "-c", HOLDS, over.repository.git_dir, RUNS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == "here\n"
        try:
            yield process
        finally:
            process.kill()


def merges(over):
    return over.kitchen.git("log", "--merges", "--format=%s").splitlines()


def test_an_item_is_merged_once_and_told_so_again(over):
    over.make(1)
    over.work(1)
    over.release(1)
    done = merged(over, 1)
    assert (done.commit, done.commits, done.before) == (over.kitchen.git("rev-parse", "HEAD"), 1, False)
    committed(over.kitchen, over.kitchen.repo, {"later": "x\n"}, "later")
    again = merged(over, 1)
    assert (again.commit, again.commits, again.before) == (done.commit, 1, True)
    assert merges(over) == [f"Merge worktree {over.name(1)} into main"]


def test_a_session_where_an_item_is_merged_is_waited_for(over):
    over.make(1)
    over.work(1)
    over.release(1)
    with another_session(over) as process:
        impatient = Alone()
        with pytest.raises(Busy):
            merged(over, 1, impatient)
        assert f"session {RUNS} (process {process.pid}) is running" in impatient.waited[0]
        patient = Alone(wait=lambda: process.communicate("") and True)
        assert merged(over, 1, patient).commits == 1
    assert len(patient.waited) == 1


def test_a_session_that_waits_for_the_merge_itself_is_not_waited_for(over):
    over.make(1)
    over.work(1)
    over.release(1)
    crew = Alone(wait=lambda: True)
    environ = {**over.kitchen.env(), "MMM_SESSION": RUNS}
    with another_session(over), pytest.raises(Busy):
        merge_item(over.repository, over.name(1), crew, environ, lambda: None)
    assert crew.waited == []


def test_an_item_without_commits_has_nothing_to_merge(over):
    over.make(1)
    over.release(1)
    committed(over.kitchen, over.kitchen.repo, {"later": "x\n"}, "later")
    assert merged(over, 1).commit is None
    assert merges(over) == []


def test_what_the_user_has_merged_is_merged(over):
    over.make(1)
    over.work(1)
    over.kitchen.git("merge", "-q", "--no-ff", "-m", "by hand", over.name(1))
    done = merged(over, 1)
    assert (done.commit, done.commits, done.before) == (over.kitchen.git("rev-parse", "HEAD"), 1, True)


def test_a_branch_whose_worktree_is_another_items_is_merged(over):
    over.make(1)
    over.work(1)
    over.release(1)
    over.make(2)
    over.work(2)
    assert merged(over, 1).commits == 1
    over.release(2)
    record = read_record(over.common, over.name(1))
    assert (record.stage, record.place) == ("given on", None)
    assert merged(over, 2).commits == 1
    assert merges(over) == [f"Merge worktree {over.name(index)} into main" for index in (2, 1)]
    assert over.close() == ()
    assert over.trees() == []


def test_a_worktree_that_is_given_on_while_it_is_merged_stays_given_on(over):
    over.make(1)
    over.work(1)
    over.release(1)

    class Meanwhile(Alone):
        def check(self, record, place):
            assert over.make(2).how == "reused"

    assert merged(over, 1, Meanwhile()).commits == 1
    record = read_record(over.common, over.name(1))
    assert (record.stage, record.merging) == ("given on", None)
    assert record.merged is not None


POINTS = ("merge_by_git", "changed_record", "take_back", "finish")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("point", ["merge_by_git", "changed_record", "finish"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_killed_anywhere_it_is_merged_once(over, point, after, count, monkeypatch):
    over.make(1)
    over.work(1)
    over.release(1)
    committed(over.kitchen, over.kitchen.repo, {"mine": "x\n"}, "mine")
    calls = []

    def dying(name, real):
        def dies(*arguments, **more):
            if name == point:
                calls.append(name)
            if len(calls) > count or (len(calls) == count and (name != point or not after)):
                raise Killed  # a process that is gone does nothing more
            value = real(*arguments, **more)
            if name == point and len(calls) == count:
                raise Killed
            return value

        return dies

    with monkeypatch.context() as patched:
        for name in POINTS:
            patched.setattr(merging, name, dying(name, getattr(merging, name)))
        try:
            merged(over, 1)
        except Killed:
            pass
        else:
            assert count > len(calls)
    done = merged(over, 1)
    assert done.commit is not None
    assert over.kitchen.git("show", "HEAD:made-1") == "x"
    assert merges(over) == [f"Merge worktree {over.name(1)} into main"]
    assert over.kitchen.git("rev-parse", "HEAD") == done.commit
    assert over.kitchen.git("status", "--porcelain") == ""


def test_a_conflict_that_nobody_resolves_leaves_all_as_it_was(over):
    over.make(1)
    over.work(1, {"README": "theirs\n"})
    committed(over.kitchen, over.kitchen.repo, {"README": "ours\n"}, "ours")
    before, crew = state_of(over.kitchen), Alone()
    with pytest.raises(CannotMerge, match="README"):
        merged(over, 1, crew)
    assert crew.asked == [over.name(1)]
    assert state_of(over.kitchen) == before


def test_checks_that_fail_take_it_back(over):
    over.make(1)
    over.work(1)
    before = state_of(over.kitchen)
    with pytest.raises(CannotMerge, match="no good"):
        merged(over, 1, Alone("no good"))
    assert state_of(over.kitchen) == before
    assert merged(over, 1).commits == 1


def test_tracked_changes_in_the_main_tree_let_nothing_begin(over):
    over.make(1)
    over.work(1)
    (over.kitchen.repo / "README").write_text("half done\n")
    with pytest.raises(NoPlace, match="uncommitted changes"):
        merged(over, 1)


def test_what_mmm_has_no_record_of_is_told(over):
    over.make(1)
    over.work(1)
    drop_record(over.common, over.name(1))
    with pytest.raises(CannotMerge, match="no record"):
        merged(over, 1)
