"""Work trees of a map's items: given back, given on to the next, never more than there are lanes, gone at the end."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import session_lock
from mmm_lang.worktrees import items
from mmm_lang.worktrees.items import make_item
from mmm_lang.worktrees.record import WorktreeRecord, read_record, records
from tests.cli.in_repository import asked
from tests.support.worktrees import committed, git
from tests.worktrees.map_items import MAP, is_sound


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
