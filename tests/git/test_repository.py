"""Finding a repository, and what is known of it."""

from __future__ import annotations

import os
import subprocess

import pytest

from mmm_lang.git.errors import GitFailed, GitMissing, Locked, NotARepository, UnbornBranch
from mmm_lang.git.repository import Repository, git_version


def test_a_subfolder_finds_the_work_tree_around_it(tree):
    found = Repository.find(str(tree.root / "src"))
    assert found.root == os.path.realpath(tree.root)
    assert found.git_dir == found.common_dir == os.path.join(found.root, ".git")


def test_a_link_to_a_folder_gives_the_real_path(tree, tmp_path):
    (tmp_path / "alias").symlink_to(tree.root)
    assert Repository.find(str(tmp_path / "alias")).root == os.path.realpath(tree.root)


def test_a_linked_work_tree_shares_the_common_folder(tree, tmp_path):
    tree.git("worktree", "add", "-q", str(tmp_path / "other"), "-b", "side")
    found = Repository.find(str(tmp_path / "other"))
    assert found.common_dir == os.path.realpath(tree.root / ".git")
    assert found.git_dir == os.path.join(found.common_dir, "worktrees", "other")
    assert found.head().branch == "side"


def test_a_path_with_a_line_end_and_a_leading_dash(tmp_path):
    root = tmp_path / "-odd\nname"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    assert Repository.find(str(root)).root == os.path.realpath(root)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("file", "is a file, not a folder"),
        ("nowhere", "does not exist"),
        ("plain", "is not inside a git repository"),
        ("bare.git", "has no files checked out"),
        ("project/.git", "has no files checked out"),
    ],
)
def test_places_that_are_no_work_tree(tree, tmp_path, monkeypatch, place, sentence):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "file").write_text("")
    (tmp_path / "plain").mkdir()
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "bare.git")], check=True)
    with pytest.raises(NotARepository, match=sentence):
        Repository.find(str(tmp_path / place))


def test_no_git_on_the_path(tree, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing, match="install git"):
        Repository.find(str(tree.root))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [("git version 2.20.1", "git 2.20 is too old"), ("hello", "does not answer as git")],
)
def test_a_git_that_will_not_do(tree, tmp_path, monkeypatch, answer, sentence):
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho {answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(GitMissing, match=sentence):
        Repository.find(str(tree.root))


def test_versions_with_a_suffix(tmp_path, monkeypatch):
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\necho 'git version 2.39.3 (Apple Git-146)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert git_version() == (2, 39)


def test_the_environment_cannot_point_elsewhere(tree, tmp_path, monkeypatch):
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    head = tree.git("rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    assert Repository.find(str(tree.root)).head().commit == head


def test_head_names_commit_and_branch(tree):
    commit = tree.git("rev-parse", "HEAD")
    assert (tree.repository.head().commit, tree.repository.head().branch) == (commit, "main")
    tree.git("checkout", "-q", "-b", "feature/one")
    assert tree.repository.head().branch == "feature/one"
    tree.git("checkout", "-q", "--detach")
    assert (tree.repository.head().commit, tree.repository.head().branch) == (commit, None)


def test_an_unborn_branch_is_told(empty):
    with pytest.raises(UnbornBranch, match=r"`main` in .* has no commit yet"):
        empty.repository.head()


def test_a_lock_is_waited_for_and_then_named(tree):
    lock = tree.root / ".git" / "index.lock"
    lock.write_text("")
    with pytest.raises(Locked, match=r"index\.lock.*no git is running in this repository") as error:
        tree.hasty.git.write("read-tree", "HEAD")
    assert error.value.path == os.path.realpath(lock)


def test_a_lock_that_goes_away_in_time_is_no_error(tree):
    lock = tree.root / ".git" / "index.lock"
    lock.write_text("")
    with subprocess.Popen(["sh", "-c", 'read line; rm "$0"', str(lock)], stdin=subprocess.PIPE) as remover:
        remover.communicate(b"go\n")
        tree.repository.git.write("read-tree", "HEAD")


def test_the_name_of_a_lock_elsewhere_is_not_taken_for_a_lock(tree):
    with pytest.raises(GitFailed, match=r"Cargo\.lock"):
        tree.hasty.git.write("update-index", "--add", "--", "Cargo.lock")
    with pytest.raises(GitFailed, match=r"web/index\.lock"):
        tree.hasty.git.write("add", "--", "web/index.lock")


def test_locks_of_a_dead_git_are_removed_only_when_made_in_time(tree):
    lock = tree.root / ".git" / "index.lock"
    branch = tree.root / ".git" / "refs" / "heads" / "main.lock"
    lock.write_text("")
    branch.write_text("")
    os.utime(lock, (100, 100))
    os.utime(branch, (300, 300))
    assert tree.repository.clear_left_locks(90, 200) == (os.path.realpath(lock),)
    assert not lock.exists()
    assert branch.exists()


def test_a_lock_stays_while_a_git_is_alive_in_the_repository(tree):
    lock = tree.root / ".git" / "index.lock"
    lock.write_text("")
    os.utime(lock, (100, 100))
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=tree.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as living:
        assert living.stdin is not None
        assert living.stdout is not None
        living.stdin.write(b"HEAD\n")
        living.stdin.flush()
        living.stdout.readline()  # it runs now
        assert tree.repository.clear_left_locks(90, 200) == ()
        living.communicate()
    assert tree.repository.clear_left_locks(90, 200) == (os.path.realpath(lock),)
