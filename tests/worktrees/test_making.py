"""A fresh work tree: its place and name are nobody else's, its files are those of the commit and what is to be copied."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.making import make
from mmm_lang.worktrees.places import names, project_folder
from mmm_lang.worktrees.record import read_record, record_names
from tests.cli.in_repository import asked
from tests.support.cooking import playbook
from tests.support.worktrees import branched, fresh, git


@given(st.text(max_size=80), st.integers(0, 2**33))
def test_a_name_is_a_branch_and_a_folder_whatever_the_playbook_is_called(title, now):
    several = names(title, now)
    first, second = next(several), next(several)
    assert first != second
    for name in (first, second):
        assert name.startswith("mmm-")
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert len(name) < 80
    assert str(now) in first


def test_two_in_the_same_second_do_not_meet(kitchen):
    repository = Repository.find(str(kitchen.repo))
    template = fresh(kitchen)
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: make(repository, template, kitchen.env()).record, range(6)))
    assert len({one.name for one in made}) == 6
    assert len(record_names(repository.common_dir)) == 7
    for one in made:
        assert git(kitchen, one.path, "branch", "--show-current") == one.name


def test_repositories_of_the_same_name_have_folders_of_their_own(tmp_path):
    environ = {"MMM_HOME": str(tmp_path / "mmm")}
    places = []
    for parent in ("a", "b"):
        common = tmp_path / parent / "project" / ".git"
        common.mkdir(parents=True)
        places.append(project_folder(environ, str(common)))
        assert project_folder(environ, str(common)) == places[-1]
    assert [os.path.basename(place) for place in places] == ["project", "project-2"]


def test_mmm_home_moves_the_place(kitchen, tmp_path):
    environ = {**kitchen.env(), "MMM_HOME": str(tmp_path / "elsewhere")}
    record = make(Repository.find(str(kitchen.repo)), fresh(kitchen), environ).record
    assert record.path.startswith(str(tmp_path / "elsewhere" / "worktrees" / "repo" / "mmm-test-"))


def test_what_is_to_be_copied_is_copied_and_nothing_else(kitchen):
    kitchen.with_file(".gitignore", ".env*\n/deps/\nbuild/\n")
    kitchen.with_file(".worktreeinclude", ".env\n/deps/*\nmine\n!deps/cache\n")
    for path, text in {
        ".env": "TOKEN=1",
        ".env.old": "x",
        "deps/a/b": "y",
        "deps/cache": "z",
        "mine": "m",
    }.items():
        (kitchen.repo / path).parent.mkdir(parents=True, exist_ok=True)
        (kitchen.repo / path).write_text(text)
    (kitchen.repo / ".env").chmod(0o600)
    (kitchen.repo / "deps" / "link").symlink_to("a/b")
    made = Path(fresh(kitchen).path)
    assert (made / ".env").read_text() == "TOKEN=1"
    assert (made / ".env").stat().st_mode & 0o777 == 0o600
    assert (made / "deps/a/b").read_text() == "y"
    assert os.readlink(made / "deps" / "link") == "a/b"
    for absent in (".env.old", "deps/cache", "mine"):
        assert not (made / absent).exists()


def test_what_cannot_be_made_leaves_nothing(kitchen, monkeypatch):
    from mmm_lang.worktrees import making

    def refuses(*arguments):
        raise GitError("no room")

    monkeypatch.setattr(making, "copy_included", refuses)
    with pytest.raises(GitError, match="no room"):
        fresh(kitchen)
    assert record_names(str(kitchen.repo / ".git")) == ()
    assert kitchen.git("branch", "--list", "mmm-*") == ""
    assert len(kitchen.git("worktree", "list").splitlines()) == 1


def test_a_repository_that_was_moved_finds_its_worktrees_again(kitchen, tmp_path, capsys):
    record = branched(kitchen, {"a": "new\n"})
    kitchen.repo.rename(tmp_path / "moved")
    moved = tmp_path / "moved"
    (tmp_path / "repo").symlink_to(moved)  # only so that the kitchen finds it
    done = asked(capsys, kitchen, "worktree", "ls")
    assert record.name in done.stdout
    assert git(kitchen, record.path, "status", "--porcelain") == ""
    (tmp_path / "repo").unlink()
    moved.rename(tmp_path / "repo")
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert asked(capsys, kitchen, "worktree", "clean", record.name).exit_code == 0


def test_a_shallow_clone_works(tmp_path, monkeypatch, capsys):
    (tmp_path / "origin-place").mkdir()
    origin = playbook(tmp_path / "origin-place", "")
    origin.with_file("old", "1").with_file("newer", "2")
    kitchen = playbook_at_clone(tmp_path, origin)
    for name, value in kitchen.env().items():
        monkeypatch.setenv(name, value)
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert asked(capsys, kitchen, "worktree", "clean", record.name).exit_code == 0


def playbook_at_clone(tmp_path, origin):
    from tests.support.cooking import Kitchen
    from tests.support.scenario import Scenario

    (tmp_path / "agent").mkdir()
    kitchen = Kitchen(tmp_path, Scenario(tmp_path / "agent"))
    arguments = ["git", "clone", "-q", "--depth", "1", f"file://{origin.repo}", str(kitchen.repo)]
    subprocess.run(arguments, env=kitchen.env(), check=True)
    return kitchen


def test_a_worktree_is_made_from_within_another_one(kitchen, tmp_path, capsys):
    kitchen.git("worktree", "add", "-q", "-b", "feature", str(tmp_path / "beside"))
    repository = Repository.find(str(tmp_path / "beside"))
    record = make(repository, fresh(kitchen), kitchen.env()).record
    assert record.origin == "feature"
    assert read_record(str(kitchen.repo / ".git"), record.name) == record
    assert os.path.basename(os.path.dirname(record.path)) == "repo"


def test_files_that_git_lfs_has_only_pointers_of_are_copied_as_such(kitchen, capsys):
    kitchen.with_file(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"
    kitchen.with_file("big.bin", pointer)
    record = branched(kitchen, {"a": "new\n", "big.bin": pointer.replace("00", "11")})
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert "sha256:11" in (kitchen.repo / "big.bin").read_text()
