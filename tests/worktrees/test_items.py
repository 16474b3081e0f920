"""Work trees of a map's items: found again by name after a crash anywhere, given on, never more than there are lanes."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import work_trees
from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import session_lock
from mmm_lang.worktrees import items
from mmm_lang.worktrees.giving_back import close_items, release_item
from mmm_lang.worktrees.items import item_name, item_stem, make_item
from mmm_lang.worktrees.making import remember_session
from mmm_lang.worktrees.record import WorktreeRecord, alone, read_record, records, write_record
from tests.cli.in_repository import asked
from tests.support.cooking import playbook
from tests.support.worktrees import committed, git

MAP = "20260101T000000-aaaaaa"


def template(name, origin="main", commit=""):
    return WorktreeRecord(
        name=name, path="", playbook="test", created=0.0, origin=origin, commit=commit, map=MAP
    )


class Map:
    """A map as its coordinator sees it: items by number."""

    def __init__(self, kitchen):
        self.kitchen = kitchen
        self.environ = {**kitchen.env(), "MMM_HOME": str(kitchen.folder / "home" / ".mmm")}
        self.repository = Repository.find(str(kitchen.repo))
        self.common = self.repository.common_dir
        self.stem = item_stem(self.repository, "test", 1708123456)

    def name(self, index):
        return item_name(self.stem, index)

    def make(self, index, **more):
        return make_item(self.repository, template(self.name(index), **more), self.environ)

    def release(self, index):
        return release_item(self.repository, self.name(index))

    def work(self, index, files=None):
        """What a session of the item leaves: a journal, and a commit."""
        record = read_record(self.common, self.name(index))
        session = f"{MAP}-{index:03}"
        remember_session(self.common, record.name, session)
        folder = Path(self.common) / "mmm" / "sessions" / session
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "journal.jsonl").touch()
        committed(self.kitchen, record.path, files or {f"made-{index}": "x\n"}, f"item {index}")

    def close(self):
        with alone(self.common, lambda: None):
            return close_items(self.repository, MAP)

    def trees(self):
        """The linked work trees that are there."""
        return [one for one in work_trees(self.repository.git) if not one.main and os.path.isdir(one.path)]


@pytest.fixture
def over(kitchen):
    return Map(kitchen)


def is_sound(over, made, index):
    """It is on its branch, with nothing in it that is in no commit."""
    inner = Repository.find(made.record.path)
    assert inner.head().branch == over.name(index) == made.record.name
    assert git(over.kitchen, inner.root, "status", "--porcelain") == ""
    assert read_record(over.common, made.record.name) == made.record
    assert made.record.stage == "held"
    return inner


def test_names_are_free_for_all_items(over):
    assert over.stem == "mmm-test-1708123456"
    over.kitchen.git("branch", f"{over.stem}-7")
    assert item_stem(over.repository, "test", 1708123456) == "mmm-test-1708123457"
    over.kitchen.git("branch", "-D", f"{over.stem}-7")
    over.make(1)
    assert item_stem(over.repository, "test", 1708123456.9) == "mmm-test-1708123457"


def test_a_fresh_one_begins_at_the_present_tip_of_the_maps_branch(over):
    committed(over.kitchen, over.kitchen.repo, {"late": "x\n"}, "a merge meanwhile")
    made = over.make(1, commit=over.kitchen.git("rev-parse", "HEAD~1"))
    assert made.how == "fresh"
    assert is_sound(over, made, 1).head().commit == over.kitchen.git("rev-parse", "HEAD")
    assert made.record.commit == over.kitchen.git("rev-parse", "HEAD")


def test_a_map_from_a_detached_head_begins_where_that_was(over):
    first = over.kitchen.git("rev-parse", "HEAD")
    over.kitchen.git("switch", "-q", "--detach")
    committed(over.kitchen, over.kitchen.repo, {"late": "x\n"}, "of the user")
    made = over.make(1, origin=None, commit=first)
    assert is_sound(over, made, 1).head().commit == first


def test_the_same_name_is_the_same_worktree(over):
    first = over.make(1)
    (Path(first.record.path) / "late").write_text("of a session that was cut off\n")
    again = over.make(1)
    assert (again.how, again.record) == ("found", first.record)
    assert (Path(first.record.path) / "late").exists()


def test_what_was_given_back_is_the_next_items(over):
    over.kitchen.with_file(".gitignore", "/target/\n.env\n").with_file(".worktreeinclude", ".env\n")
    (over.kitchen.repo / ".env").write_text("TOKEN=1")
    first = over.make(1)
    place = Path(first.record.path)
    assert (place / ".env").read_text() == "TOKEN=1"
    (place / "target").mkdir()
    (place / "target" / "object").write_text("built")
    (place / ".env").write_text("changed by an item")
    over.work(1)
    assert over.release(1) is None
    assert over.release(1) is None
    committed(over.kitchen, over.kitchen.repo, {"merged": "x\n"}, "a merge meanwhile")
    second = over.make(2)
    assert (second.how, second.record.path) == ("reused", first.record.path)
    assert is_sound(over, second, 2).head().commit == over.kitchen.git("rev-parse", "HEAD")
    assert (place / "target" / "object").read_text() == "built"
    assert (place / ".env").read_text() == "TOKEN=1"
    assert (place / "merged").exists()
    assert not (place / "made-1").exists()
    given = read_record(over.common, over.name(1))
    assert (given.stage, given.place) == ("given on", None)
    assert over.kitchen.git("show", f"{over.name(1)}:made-1") == "x"
    assert len(over.trees()) == 1


def test_what_only_the_last_item_ignored_is_gone(over):
    first = over.make(1)
    over.work(1, {".gitignore": "junk/\n"})
    junk = Path(first.record.path) / "junk" / "inner"
    junk.mkdir(parents=True)
    git(over.kitchen, junk, "init", "-q")
    (junk / "file").write_text("x")
    assert over.release(1) is None
    is_sound(over, over.make(2), 2)
    assert not junk.exists()


def test_a_copy_does_not_go_through_a_link_that_an_item_left(over, tmp_path):
    over.kitchen.with_file(".gitignore", "/deps\n/file\n").with_file(".worktreeinclude", "/deps\n/file\n")
    (over.kitchen.repo / "deps").mkdir()
    (over.kitchen.repo / "deps" / "a").write_text("mine")
    (over.kitchen.repo / "file").write_text("mine")
    first = Path(over.make(1).record.path)
    shutil.rmtree(first / "deps")
    (first / "deps").symlink_to(tmp_path)
    (first / "file").unlink()
    (first / "file").mkdir()
    assert over.release(1) is None
    over.make(2)
    assert not (tmp_path / "a").exists()
    assert (first / "file").is_dir()


def spoil_branch(place, kitchen):
    git(kitchen, place, "switch", "-q", "-c", "aside")


def spoil_head(place, kitchen):
    git(kitchen, place, "switch", "-q", "--detach")


def spoil_operation(place, kitchen):
    committed(kitchen, place, {"more": "x\n"}, "more")
    git(kitchen, place, "bisect", "start")


def spoil_hidden(place, kitchen):
    git(kitchen, place, "update-index", "--assume-unchanged", "README")
    (place / "README").write_text("hidden\n")


def spoil_sparse(place, kitchen):
    git(kitchen, place, "sparse-checkout", "set", "none")


def spoil_lock(place, kitchen):
    git(kitchen, place, "worktree", "lock", str(place))


KEPT = {
    "1 file in it is in no commit: `late`": lambda place, kitchen: (place / "late").write_text("x"),
    "1 file in it is in no commit: `README`": lambda place, kitchen: (place / "README").write_text("x"),
    "the branch `aside`": spoil_branch,
    "a detached HEAD": spoil_head,
    "a bisect is under way": spoil_operation,
    "assumed unchanged": spoil_hidden,
    "sparse": spoil_sparse,
    "git worktree lock": spoil_lock,
    "does not exist": lambda place, kitchen: shutil.rmtree(place),
}


@pytest.mark.parametrize("why", KEPT)
def test_what_would_be_lost_or_left_to_the_next_item_stays(over, why):
    place = Path(over.make(1).record.path)
    over.work(1)
    KEPT[why](place, over.kitchen)
    said = over.release(1)
    assert said is not None
    assert why in said
    assert read_record(over.common, over.name(1)).stage == "held"
    assert over.make(2).record.path != str(place)


def test_settings_that_every_work_tree_has_are_no_hindrance(over):
    over.kitchen.git("config", "extensions.worktreeConfig", "true")
    over.kitchen.git("config", "--worktree", "core.fsmonitor", "false")
    place = over.make(1).record.path
    assert over.release(1) is None
    again = over.make(2)
    assert again.record.path == place
    git(over.kitchen, place, "config", "--worktree", "core.symlinks", "false")
    assert "own settings" in over.release(2)


def test_a_worktree_in_which_a_session_runs_is_not_given_on(over):
    inner = Repository.find(over.make(1).record.path)
    with session_lock(inner.git_dir, f"{MAP}-001"):
        assert f"session {MAP}-001" in over.release(1)
    assert over.release(1) is None


def test_an_item_that_gave_its_worktree_on_gets_another_on_its_branch(over):
    over.make(1)
    over.work(1)
    tip = over.kitchen.git("rev-parse", over.name(1))
    over.release(1)
    over.make(2)
    again = over.make(1)
    assert again.how == "found"
    assert is_sound(over, again, 1).head().commit == tip
    assert len(over.trees()) == 2


def test_an_item_takes_back_what_nobody_took(over):
    path = over.make(1).record.path
    over.work(1)
    over.release(1)
    again = over.make(1)
    assert (again.record.path, again.record.stage) == (path, "held")
    assert over.make(2).record.path != path


@pytest.mark.parametrize("worked", [False, True])
def test_one_that_was_deleted_by_hand_is_made_again(over, worked):
    path = over.make(1).record.path
    if worked:
        over.work(1)
    tip = over.kitchen.git("rev-parse", over.name(1))
    shutil.rmtree(path)
    over.make(2)
    over.release(2)
    again = over.make(1)
    assert is_sound(over, again, 1).head().commit == tip
    assert (again.record.path == path) == worked  # its session knows it there


@pytest.mark.parametrize("moved", [False, True])
def test_what_a_session_left_uncommitted_is_there_again(over, moved):
    over.kitchen.playbook.write_text("- shell: echo x > made\n- shell: echo y > late; rm README; exit 1\n")
    assert over.kitchen.cook("--worktree").exit_code == 1
    [record] = records(over.common)
    shutil.rmtree(record.path)
    if moved:
        over.kitchen.git("worktree", "prune")
        over.kitchen.git("branch", "-f", record.name, "main")
    again = make_item(over.repository, template(record.name), over.environ)
    assert (again.how, again.record.path) == ("found", record.path)
    assert "was deleted, and made again" in again.notes[0]
    assert ("from its branch alone" in again.notes[0]) == moved
    place = Path(record.path)
    assert (place / "late").exists() == (not moved)
    assert (place / "README").exists() == moved
    assert (place / "made").exists() == (not moved)


def test_one_that_somebody_has_locked_meanwhile_stays_as_it_is(over):
    path = over.make(1).record.path
    over.work(1)
    over.release(1)
    over.kitchen.git("worktree", "lock", path)
    second = over.make(2)
    assert (second.how, second.record.path != path) == ("fresh", True)
    is_sound(over, second, 2)
    assert git(over.kitchen, path, "branch", "--show-current") == over.name(1)


def test_one_that_cannot_be_taken_over_goes_and_a_fresh_one_comes(over, monkeypatch):
    path = over.make(1).record.path
    over.work(1)
    over.release(1)

    def refuses(*arguments):
        raise GitError("no")

    monkeypatch.setattr(items, "switch_to", refuses)
    is_sound(over, over.make(2), 2)
    assert not os.path.exists(path)
    assert len(over.trees()) == 1


def test_two_that_want_one_that_was_given_back_do_not_both_get_it(over, monkeypatch):
    """Between the look at a record and the change of it another item takes the work tree."""
    over.make(1)
    over.work(1)
    over.release(1)
    real = items.change_record
    taken = []

    def late(*arguments):
        if not taken:
            taken.append(None)
            taken.append(over.make(2))
        return real(*arguments)

    monkeypatch.setattr(items, "change_record", late)
    again = over.make(1)
    is_sound(over, again, 1)
    is_sound(over, taken[1], 2)
    assert again.record.path != taken[1].record.path


def test_another_maps_worktrees_are_not_taken(over):
    over.make(1)
    over.release(1)
    other = WorktreeRecord(
        "mmm-other-1708123456-1", "", "test", 0.0, "main", "", map="20260101T000000-bbbbbb"
    )
    made = make_item(over.repository, other, over.environ)
    assert made.how == "fresh"
    assert len(over.trees()) == 2


# --- a crash anywhere ---


class Killed(BaseException):
    """The process is gone at this point."""


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
        write_record(over.common, WorktreeRecord(**{**fields(record), "stage": "making"}))
    else:
        shutil.rmtree(over.repository.common_dir + f"/worktrees/{path.name}")
        write_record(over.common, WorktreeRecord(**{**fields(record), "stage": "making"}))
    is_sound(over, over.make(1), 1)
    assert len(over.trees()) == 1


def fields(record):
    return {name: getattr(record, name) for name in type(record).__annotations__}


def test_a_branch_of_somebody_elses_is_not_taken(over):
    over.kitchen.git("switch", "-q", "-c", over.name(1))
    committed(over.kitchen, over.kitchen.repo, {"mine": "x\n"}, "mine")
    over.kitchen.git("switch", "-q", "main")
    with pytest.raises(GitError, match="with 1 commit of its own"):
        over.make(1)
    over.kitchen.git("branch", "-f", over.name(2), "main")
    over.kitchen.git("worktree", "add", "-q", str(over.kitchen.repo.parent / "beside"), over.name(2))
    with pytest.raises(GitError, match="beside"):
        over.make(2)
    assert over.trees() == [one for one in over.trees() if one.path.endswith("beside")]


def test_a_branch_that_is_gone_is_told(over):
    over.make(1)
    over.work(1)
    over.kitchen.git("worktree", "remove", "--force", read_record(over.common, over.name(1)).path)
    over.kitchen.git("branch", "-D", over.name(1))
    with pytest.raises(GitError, match="is gone"):
        over.make(1)


def test_where_no_fresh_one_can_be_made_the_reason_is_told_and_the_next_call_makes_it(over):
    over.kitchen.with_file("x", "y")
    hooks = over.kitchen.repo / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "post-checkout").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "post-checkout").chmod(0o755)
    with pytest.raises(GitError):
        over.make(1)
    (hooks / "post-checkout").unlink()
    is_sound(over, over.make(1), 1)
    assert len(over.trees()) == 1


def test_lanes_at_once_never_have_the_same_and_never_more_than_they_are(over):
    lanes, each = 3, 3

    def lane(number):
        for turn in range(each):
            index = 1 + number * each + turn
            made = over.make(index)
            assert git(over.kitchen, made.record.path, "branch", "--show-current") == over.name(index)
            over.work(index)
            assert over.release(index) is None

    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(lane, range(lanes)))
    assert len(over.trees()) <= lanes
    for index in range(1, 1 + lanes * each):
        assert over.kitchen.git("log", "-1", "--format=%s", over.name(index)) == f"item {index}"


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


# --- the end ---


def test_at_the_end_goes_what_nobody_needs(over, capsys):
    over.make(1)
    over.work(1)
    over.release(1)
    over.make(2)
    over.release(2)  # nothing of its own
    over.make(3)
    over.work(3)
    over.release(3)
    over.make(4)  # failed, and keeps its own
    over.work(4)
    over.kitchen.git("merge", "-q", "--no-ff", "-m", "merged", over.name(1))
    assert over.close() == (over.name(3), over.name(4))
    assert [one.branch for one in over.trees()] == [over.name(4)]
    branches = over.kitchen.git("for-each-ref", "--format=%(refname:short)", "refs/heads/mmm-*").split()
    assert branches == [over.name(3), over.name(4)]
    listed = asked(capsys, over.kitchen, "worktree", "ls").stdout
    assert over.name(3) in listed
    assert "no record" not in listed
    done = asked(capsys, over.kitchen, "worktree", "merge", over.name(3))
    assert done.exit_code == 0, done.stderr
    shutil.rmtree(Path(over.common) / "mmm" / "sessions" / f"{MAP}-003")
    assert asked(capsys, over.kitchen, "worktree", "clean", over.name(3)).exit_code == 0
    assert [one.name for one in records(over.common)] == [over.name(4)]
