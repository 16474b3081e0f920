"""What a change wrote: the contents of trees and commits, those only that somebody suspects."""

from __future__ import annotations

import os

import pytest

from mmm_lang.git import contents
from mmm_lang.git.contents import Written, written, written_by


def suspect(content: bytes) -> bool:
    return b"secret" in content


@pytest.fixture
def base(tree):
    return tree.commit(a="secret one\n", plain="text\n", gone="secret\n")


def test_files_of_a_tree(tree, base):
    tree.write("a", "secret two\n")
    tree.write(os.fsdecode(b"n\xe9w\n"), b"\0secret\xff")
    (tree.root / "link").symlink_to("to the secret")
    tree.write("plain", "more\n")
    (tree.root / "gone").unlink()
    after = tree.repository.snapshot(tree.index).tree
    assert set(written(tree.repository.git, base, after, suspect)) == {
        Written("a", b"secret one\n", b"secret two\n"),
        Written(os.fsdecode(b"n\xe9w\n"), b"", b"\0secret\xff"),
        Written("link", b"", b"to the secret"),
    }


def test_a_path_can_be_suspect(tree, base):
    tree.write("of secret plans", "nothing\n")
    after = tree.repository.snapshot(tree.index).tree
    assert written(tree.repository.git, base, after, suspect) == (
        Written("of secret plans", b"", b"nothing\n"),
    )


def test_what_lies_in_several_places_is_found_in_all(tree, base):
    tree.write("b", "the secret\n")
    tree.write("c/d", "the secret\n")
    after = tree.repository.snapshot(tree.index).tree
    assert [one.path for one in written(tree.repository.git, base, after, suspect)] == ["b", "c/d"]


def test_commits_and_their_messages(tree, base):
    made = tree.commit("first", b="secret three\n")
    removed = tree.commit("no longer a secret", b="nothing\n")
    commits = (made, removed)
    found = written_by(tree.repository.git, commits, base, suspect)
    assert found[0] == Written("b", b"", b"secret three\n")
    assert found[1].path is None
    assert found[1].after.endswith(b"\n\nno longer a secret\n")
    assert len(found) == 2
    assert written_by(tree.repository.git, (), base, suspect) == ()


def test_what_only_a_merge_has(tree, base):
    side = tree.commit("side", b="b\n")
    tree.git("reset", "-q", "--hard", base)
    main = tree.commit("main", c="c\n")
    tree.git("merge", "-q", "--no-commit", side)
    tree.write("c", "the secret\n")
    tree.git("commit", "-qam", "merged")
    merge = tree.git("rev-parse", "HEAD")
    found = written_by(tree.repository.git, (side, main, merge), base, suspect)
    assert found == (Written("c", b"", b"the secret\n"),)


def test_repositories_inside_have_no_content(tree, base):
    tree.git("update-index", "--add", "--cacheinfo", f"160000,{base},inner")
    after = tree.git("write-tree")
    assert written(tree.repository.git, base, after, lambda content: True) == ()


def test_many_files_are_read_a_few_at_a_time(tree, base, monkeypatch):
    monkeypatch.setattr(contents, "_AT_ONCE", 30)
    for number in range(9):
        tree.write(f"file-{number}", f"secret {number}\n" * number)
    after = tree.repository.snapshot(tree.index).tree
    found = written(tree.repository.git, base, after, suspect)
    assert [one.path for one in found] == [f"file-{number}" for number in range(1, 9)]
    assert found[7].after == b"secret 8\n" * 8
