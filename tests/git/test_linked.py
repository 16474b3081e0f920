"""Work trees of a repository in which other gits make some at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import add_on_new_branch, branch_tip, put_on_branch, work_trees


class HalfMade:
    """A work tree in the moment in which git makes it: one of its files is there, and empty."""

    def __init__(self, tree, tmp_path: Path) -> None:
        tree.git("worktree", "add", "-q", str(tmp_path / "other"))
        self.file = Path(tree.root) / ".git" / "worktrees" / "other" / "commondir"
        self.content = self.file.read_text()
        self.file.write_text("")

    def done_soon(self) -> threading.Timer:
        """Its git goes on, a moment after somebody else has met it."""
        timer = threading.Timer(0.1, self.file.write_text, (self.content,))
        timer.start()
        return timer


@pytest.mark.parametrize("make", [add_on_new_branch, put_on_branch])
def test_a_work_tree_that_another_git_is_just_making_is_waited_for(tree, tmp_path, make):
    head = tree.commit("first")
    other = HalfMade(tree, tmp_path)
    timer = other.done_soon()
    make(tree.repository.git, str(tmp_path / "mine"), "mine", head)
    timer.join()
    assert [one.branch for one in work_trees(tree.repository.git) if not one.main] == ["mine", "other"]
    other.file.write_text("")
    timer = other.done_soon()
    assert len(work_trees(tree.repository.git)) == 3
    timer.join()


def test_one_that_stays_half_made_is_told(tree, tmp_path):
    tree.commit("first")
    other = HalfMade(tree, tmp_path)
    with pytest.raises(GitError, match="worktrees/other/commondir"):
        work_trees(tree.repository.git)
    other.file.write_text(other.content)


def test_a_branch_that_is_there_is_not_moved(tree, tmp_path):
    first = tree.commit("first")
    tree.git("branch", "mine")
    second = tree.commit("second")
    with pytest.raises(GitError, match="there is a branch `mine` already"):
        add_on_new_branch(tree.repository.git, str(tmp_path / "mine"), "mine", second)
    assert branch_tip(tree.repository.git, "mine") == first
    assert not (tmp_path / "mine").exists()
