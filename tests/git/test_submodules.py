"""Repositories inside the work tree: submodules come back where that loses nothing, other ones are nobody's to commit."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.git.conftest import Tree, new_tree


@pytest.fixture
def outer(tree, tmp_path) -> Tree:
    """The usual repository, with a submodule `lib` of two commits, at the second."""
    library = new_tree(tmp_path / "library")
    library.commit("one", file="one\n")
    library.commit("two", file="two\n")
    tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "lib")
    tree.git("commit", "-qm", "with a submodule")
    inside(tree).git("config", "user.name", "Ada")
    inside(tree).git("config", "user.email", "ada@example.com")
    return tree


def inside(outer: Tree) -> Tree:
    return Tree(outer.root / "lib")


def test_a_submodule_that_a_step_moved_comes_back_and_its_commits_are_kept(outer):
    to = outer.repository.snapshot(outer.index)
    there = inside(outer).git("rev-parse", "HEAD")
    inside(outer).git("checkout", "-q", "--detach")
    made = inside(outer).commit("by the step", file="three\n")
    assert outer.repository.restore(to, outer.index) == ()
    assert inside(outer).git("rev-parse", "HEAD") == there
    assert (outer.root / "lib/file").read_text() == "two\n"
    assert made in inside(outer).git("for-each-ref", "refs/mmm/rescue")
    assert outer.status() == ["?? notes.txt"]
    assert outer.repository.snapshot(outer.index) == to


def test_the_branch_of_a_submodule_stays_where_the_step_left_it(outer):
    to = outer.repository.snapshot(outer.index)
    made = inside(outer).commit("by the step", file="three\n")
    assert outer.repository.restore(to, outer.index) == ()
    assert inside(outer).git("rev-parse", "main") == made
    assert inside(outer).git("for-each-ref", "refs/mmm") == ""
    assert outer.repository.snapshot(outer.index) == to


def test_uncommitted_work_in_a_submodule_is_not_overwritten_but_told(outer):
    to = outer.repository.snapshot(outer.index)
    inside(outer).git("checkout", "-q", "--detach", "HEAD~1")
    (outer.root / "lib/file").write_text("mine\n")
    [sentence] = outer.repository.restore(to, outer.index)
    assert sentence.startswith("the submodule `lib` stays where it is: ")
    assert (outer.root / "lib/file").read_text() == "mine\n"


def test_dirty_files_in_a_submodule_are_left_alone(outer):
    (outer.root / "lib/file").write_text("mine\n")
    to = outer.repository.snapshot(outer.index)
    outer.write("src/app.py", "by the step\n")
    assert outer.repository.restore(to, outer.index) == ()
    assert (outer.root / "lib/file").read_text() == "mine\n"


def test_a_submodule_whose_folder_a_step_removed_is_checked_out_again(outer):
    to = outer.repository.snapshot(outer.index)
    shutil.rmtree(outer.root / "lib")
    assert outer.repository.restore(to, outer.index) == ()
    assert (outer.root / "lib/file").read_text() == "two\n"
    assert outer.repository.snapshot(outer.index) == to


def test_a_submodule_that_was_never_checked_out_stays_so(outer, tmp_path):
    outer.git("clone", "-q", str(outer.root), str(tmp_path / "clone"))
    clone = Tree(tmp_path / "clone")
    to = clone.repository.snapshot(clone.index)
    clone.write("src/app.py", "by the step\n")
    assert clone.repository.restore(to, clone.index) == ()
    assert os.listdir(clone.root / "lib") == []
    assert clone.status() == []


def test_a_moved_submodule_is_committed_as_such(outer):
    made = inside(outer).commit("by the step", file="three\n")
    outer.repository.commit(["lib"], "step")
    assert made in outer.git("ls-tree", "HEAD", "lib")
    assert outer.status() == ["?? notes.txt"]


def test_a_submodule_that_a_step_declares_is_committed(tree, tmp_path):
    library = new_tree(tmp_path / "library")
    library.commit("one", file="one\n")
    tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.root), "lib x")
    assert tree.repository.undeclared_repositories("HEAD", ["lib x"]) == ()
    tree.repository.commit([".gitmodules", "lib x"], "step")
    assert tree.git("ls-tree", "HEAD", "lib x").startswith("160000 commit")


def test_a_repository_that_nobody_declared_is_not_committed(tree, tmp_path):
    tree.git("clone", "-q", str(tree.root), "vendor/clone")
    base = tree.git("rev-parse", "HEAD")
    paths = ["vendor/clone", "made.txt"]
    tree.write("made.txt")
    assert tree.repository.undeclared_repositories(base, paths) == ("vendor/clone",)
    tree.repository.commit(paths, "step")
    assert tree.git("show", "--format=", "--name-only", "HEAD") == "made.txt"
    tip = tree.git("rev-parse", "HEAD")
    assert tree.repository.commit(["vendor/clone"], "step") == tip
    assert (tree.root / "vendor/clone/src/app.py").exists()


@pytest.mark.parametrize("committed", [False, True])
def test_git_init_in_a_folder_with_tracked_files_hides_nothing(tree, committed):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    tree.git("init", "-q", "src")
    if committed:
        nested = ["-C", "src", "-c", "user.name=a", "-c", "user.email=a@b"]
        tree.git(*nested, "commit", "-q", "--allow-empty", "-m", "x")
    tree.write("src/app.py", "by the step\n")
    tree.write("src/new.py", "by the step\n")
    now = tree.repository.snapshot(tree.index)
    paths = [change.path for change in tree.repository.changed(to.tree, now.tree)]
    assert paths == ["src/app.py", "src/new.py"]
    assert tree.repository.undeclared_repositories(to.head, paths) == ()
    tree.repository.restore(to, tree.index)
    assert tree.state() == state


def test_a_submodule_that_is_not_checked_out_is_not_committed_away(outer):
    """A step has moved it with a commit of its own, as a merge does; its folder is as empty as before."""
    outer.git("submodule", "deinit", "-q", "-f", "lib")
    before = outer.git("rev-parse", "HEAD:lib")
    other = outer.git("commit-tree", "-m", "another", "HEAD^{tree}")
    outer.git("update-index", "--cacheinfo", f"160000,{other},lib")
    outer.git("commit", "-qm", "by the step")
    head = outer.git("rev-parse", "HEAD")
    assert outer.repository.commit(["lib"], "by mmm") == head
    assert outer.git("rev-parse", "HEAD:lib") == other != before
