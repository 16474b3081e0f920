"""Each reason not to begin has its sentence and its way out."""

from __future__ import annotations

import subprocess

import pytest


def only(tree, allow_dirty=False):
    (problem,) = tree.repository.preconditions(allow_dirty)
    return problem


def test_a_clean_repository_has_none_whatever_is_untracked(tree):
    assert tree.repository.preconditions(False) == ()


def test_a_detached_head_is_fine(tree):
    tree.git("checkout", "-q", "--detach")
    assert tree.repository.preconditions(False) == ()


def test_no_commit_yet(empty):
    problem = only(empty)
    assert "has no commit yet" in problem.message
    assert "git commit" in problem.help


def test_changed_tracked_files_are_named_up_to_five(tree):
    tree.commit("seven", **{f"f{number}": "x" for number in range(7)})
    for number in range(7):
        tree.write(f"f{number}", "changed")
    tree.git("add", "f0")
    problem = only(tree)
    assert problem.message.startswith("7 tracked files in")
    assert problem.message.endswith("`f0`, `f1`, `f2`, `f3`, `f4` and 2 more")
    assert "--allow-dirty" in problem.help
    assert tree.repository.preconditions(True) == ()


@pytest.mark.parametrize("change", ["staged", "new", "deleted", "intent"])
def test_any_tracked_change_counts(tree, change):
    if change == "staged":
        tree.write("src/app.py", "changed")
        tree.git("add", "src/app.py")
    elif change == "new":
        tree.git("add", "notes.txt")
    elif change == "intent":
        tree.git("add", "-N", "notes.txt")
    else:
        tree.git("rm", "-q", "src/app.py")
    assert only(tree).message.startswith("1 tracked file in")


def test_names_that_a_terminal_would_obey_are_escaped(tree):
    tree.commit("odd", **{"a\nb\x1b[31m": "x"})
    tree.write("a\nb\x1b[31m", "y")
    assert only(tree).message.endswith(r"`a\nb\x1b[31m`")


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["merge", "side"], "a merge is under way"),
        (["rebase", "side"], "a rebase is under way"),
        (["rebase", "--apply", "side"], "a rebase is under way"),
        (["cherry-pick", "side"], "a cherry-pick is under way"),
        (["revert", "HEAD~1"], "a revert is under way"),
    ],
)
def test_an_operation_under_way(tree, command, named):
    tree.git("checkout", "-q", "-b", "side")
    tree.commit("theirs", a="theirs\n")
    tree.git("checkout", "-q", "main")
    tree.commit("ours", a="ours\n")
    tree.commit("ours again", a="ours again\n")
    assert subprocess.run(["git", *command], cwd=tree.root, capture_output=True).returncode != 0
    problem = only(tree, allow_dirty=True)
    assert problem.message.startswith(named)
    assert "--abort" in problem.help


def test_a_bisect_under_way(tree):
    tree.git("bisect", "start")
    problem = only(tree)
    assert problem.message.startswith("a bisect is under way")
    assert problem.help.endswith("`git bisect reset`")


def test_conflicts_without_an_operation(tree):
    tree.commit("base", a="one\n")
    tree.write("a", "stashed\n")
    tree.git("stash", "-q")
    tree.commit("ours", a="ours\n")
    assert subprocess.run(["git", "stash", "pop"], cwd=tree.root, capture_output=True).returncode != 0
    problem = only(tree, allow_dirty=True)
    assert "unresolved conflicts: `a`" in problem.message


@pytest.mark.parametrize("missing", ["user.name", "user.email"])
def test_no_identity(tree, missing):
    tree.git("config", "--unset", missing)
    problem = only(tree)
    assert problem.message.startswith("git does not know who you are")
    assert "git config user.email" in problem.help


def test_an_identity_from_the_environment_is_one(tree, monkeypatch):
    tree.git("config", "--unset", "user.name")
    tree.git("config", "--unset", "user.email")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    assert tree.repository.preconditions(False) == ()


def test_all_problems_are_told_at_once(tree):
    tree.git("config", "--unset", "user.name")
    tree.write("src/app.py", "changed")
    assert len(tree.repository.preconditions(False)) == 2


def test_a_sparse_checkout(tree):
    tree.write("out/side", "x")
    tree.commit("outside", **{"in": "x"})
    tree.git("sparse-checkout", "set", "src")
    problem = only(tree)
    assert "is a sparse checkout" in problem.message
    assert "git sparse-checkout disable" in problem.help
