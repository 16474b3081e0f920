"""Work trees of a map's items: made under their names, and found again by them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mmm_lang.git.errors import GitError
from mmm_lang.worktrees.items import item_stem, make_item
from mmm_lang.worktrees.record import read_record, records
from tests.support.worktrees import committed
from tests.worktrees.map_items import is_sound, template


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
