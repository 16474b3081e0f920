"""Trees made of other trees."""

from __future__ import annotations

from mmm_lang.git.trees import mixed_tree


def names(tree, name):
    return set(tree.git("ls-tree", "-r", "--name-only", name).split("\n")) - {""}


def test_paths_come_from_the_source_or_go(tree):
    tree.write("a", "one\n")
    tree.write("folder/b", "one\n")
    tree.git("add", "-A")
    before = tree.git("write-tree")
    tree.write("a", "two\n")
    tree.write("folder/c", "new\n")
    tree.git("add", "-A")
    after = tree.git("write-tree")
    mixed = mixed_tree(
        tree.repository.git, after, before, ["a", "folder/c"], str(tree.root / ".git" / "scratch")
    )
    assert mixed == before
    half = mixed_tree(tree.repository.git, after, before, ["a"], str(tree.root / ".git" / "scratch"))
    assert tree.git("show", f"{half}:a") == "one"
    assert "folder/c" in names(tree, half)


def test_a_file_where_a_folder_was(tree):
    tree.write("x/y", "folder\n")
    tree.git("add", "-A")
    folder = tree.git("write-tree")
    tree.git("rm", "-rqf", "x")
    tree.write("x", "file\n")
    tree.git("add", "-A")
    file = tree.git("write-tree")
    assert (
        mixed_tree(tree.repository.git, file, folder, ["x", "x/y"], str(tree.root / ".git" / "scratch"))
        == folder
    )
    assert (
        mixed_tree(tree.repository.git, folder, file, ["x", "x/y"], str(tree.root / ".git" / "scratch"))
        == file
    )


def test_no_path_is_the_tree_itself(tree):
    name = tree.git("write-tree")
    assert mixed_tree(tree.repository.git, name, "HEAD", [], str(tree.root / ".git" / "scratch")) == name
