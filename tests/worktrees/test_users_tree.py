"""What a user has in the main work tree when a merge comes: told and left, byte for byte, staged as staged."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.in_repository import asked
from tests.support.worktrees import branched, fresh, git, photograph, state_of


def refused(kitchen, record, capsys, code, *said):
    """The merge is refused with a sentence, and all is as before; the state, and that of git's operations, too."""
    before, operations = state_of(kitchen), under_way(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == code, done
    for words in said:
        assert words in done.stderr
    assert (state_of(kitchen), under_way(kitchen)) == (before, operations)
    assert kitchen.git("for-each-ref", "refs/mmm/base") == ""


def under_way(kitchen):
    names = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "BISECT_LOG", "MERGE_MSG")
    return [name for name in names if (kitchen.repo / ".git" / name).exists()]


def edited(repo):
    (repo / "README").write_text("half done\n")


def staged(repo):
    edited(repo)
    subprocess.run(["git", "add", "README"], cwd=repo, check=True)
    (repo / "README").write_text("half done, and more\n")


def new_and_staged(repo):
    (repo / "new").write_text("new\n")
    subprocess.run(["git", "add", "new"], cwd=repo, check=True)


def meant_to_be_added(repo):
    (repo / "new").write_text("new\n")
    subprocess.run(["git", "add", "-N", "new"], cwd=repo, check=True)


def deleted(repo):
    (repo / "README").unlink()


def made_executable(repo):
    (repo / "README").chmod(0o755)


@pytest.mark.parametrize(
    "change", [edited, staged, new_and_staged, meant_to_be_added, deleted, made_executable]
)
def test_changes_of_tracked_files_refuse_it(kitchen, change, capsys):
    record = branched(kitchen, {"a": "new\n"})
    change(kitchen.repo)
    refused(kitchen, record, capsys, 2, "uncommitted", "commit or stash")


def test_an_untracked_file_in_the_way_is_named(kitchen, capsys):
    record = branched(kitchen, {"a": "theirs\n"})
    (kitchen.repo / "a").write_text("mine\n")
    refused(kitchen, record, capsys, 1, "`a`", "in no commit")


@pytest.mark.parametrize(
    ("mine", "theirs"), [("out", "out"), ("out", "out/deep"), ("out/deep/er", "out/deep"), ("out", "out/a/b")]
)
def test_an_ignored_file_in_the_way_is_not_overwritten(kitchen, mine, theirs, capsys):
    """Git itself would do it without a word."""
    kitchen.with_file(".gitignore", "/out\n")
    record = fresh(kitchen)
    path = Path(record.path) / theirs
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("theirs\n")
    git(kitchen, record.path, "add", "-f", theirs)
    git(kitchen, record.path, "commit", "-qm", "what is ignored")
    path = kitchen.repo / mine
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine\n")
    before = photograph(kitchen.repo)
    refused(kitchen, record, capsys, 1, "in the way")
    assert photograph(kitchen.repo) == before


def test_untracked_and_ignored_files_beside_stay(kitchen, capsys):
    kitchen.with_file(".gitignore", "/out\n")
    record = branched(kitchen, {"a": "new\n", "folder/b": "new\n"})
    (kitchen.repo / "folder").mkdir()
    for name in ("out", "notes", "folder/mine"):
        (kitchen.repo / name).write_text("mine\n")
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert all((kitchen.repo / name).read_text() == "mine\n" for name in ("out", "notes", "folder/mine"))


OPERATIONS = {
    "merge": ("merge", "--no-commit", "--no-ff", "other"),
    "conflict": ("merge", "clashes"),
    "cherry-pick": ("cherry-pick", "clashes"),
    "revert": ("revert", "--no-commit", "HEAD"),
    "rebase": ("rebase", "clashes"),
    "bisect": ("bisect", "start"),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_of_the_users_under_way_refuses_it(kitchen, operation, capsys):
    kitchen.git("branch", "other")
    kitchen.git("switch", "-q", "other")
    kitchen.with_file("other", "other\n")
    kitchen.git("switch", "-q", "-c", "clashes", "main")
    kitchen.with_file("README", "clashes\n")
    kitchen.git("switch", "-q", "main")
    kitchen.with_file("README", "mine\n")
    record = branched(kitchen, {"a": "new\n"})
    subprocess.run(["git", *OPERATIONS[operation]], cwd=kitchen.repo, env=kitchen.env(), capture_output=True)
    if operation == "rebase":  # HEAD is on no branch then
        before, tip = photograph(kitchen.repo), kitchen.git("rev-parse", "main")
        done = asked(capsys, kitchen, "worktree", "merge", record.name)
        assert done.exit_code != 0, done
        assert (photograph(kitchen.repo), kitchen.git("rev-parse", "main")) == (before, tip)
        assert (kitchen.repo / ".git" / "rebase-merge").exists()
    else:
        refused(kitchen, record, capsys, 2, "under way")


def test_a_detached_head_is_left_where_it_is(kitchen, capsys):
    """The origin branch is checked out nowhere then, and is merged beside."""
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    kitchen.git("switch", "-q", "--detach", "HEAD~1")
    (kitchen.repo / "README").write_text("half done\n")
    before, head = photograph(kitchen.repo), kitchen.git("rev-parse", "HEAD")
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert (photograph(kitchen.repo), kitchen.git("rev-parse", "HEAD")) == (before, head)
    assert subprocess.run(["git", "symbolic-ref", "-q", "HEAD"], cwd=kitchen.repo).returncode == 1
    assert kitchen.git("show", "main:a") == "new"
    assert kitchen.git("status", "--porcelain") == "M README"
    assert not os.path.exists(kitchen.repo / "a")
