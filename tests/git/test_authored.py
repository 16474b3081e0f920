"""What a program wrote, in a form that can be made again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mmm_lang.git.authored import TextChange, WholeFile, authored_commits, changes_between
from mmm_lang.git.repository import Repository
from tests.support.cooking import IDENTITY


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")
    return Repository.find(str(tmp_path))


def commit(repository: Repository, message: str) -> str:
    git(Path(repository.root), "add", "-A")
    git(Path(repository.root), "commit", "-q", "--allow-empty", "-m", message)
    return git(Path(repository.root), "rev-parse", "HEAD")


def test_each_file_is_a_patch_and_bytes_that_are_no_text_are_whole_files(repository):
    root, base = Path(repository.root), repository.head().commit
    (root / "a").write_text("2\n")
    (root / "b.bin").write_bytes(b"\0\1")
    (root / "crlf").write_bytes(b"1\r\n")
    first = commit(repository, "text and binary")
    text, binary, crlf = changes_between(repository.git, base, first)
    assert isinstance(text, TextChange)
    assert "+2\n" in text.patch
    assert isinstance(binary, TextChange)
    assert "GIT binary patch" in binary.patch
    assert isinstance(crlf, TextChange)
    assert [one.patch.count("diff --git") for one in (text, binary, crlf)] == [1, 1, 1]
    (root / "latin").write_bytes(b"a\xff\n")
    (root / "latin").chmod(0o755)
    (root / "a").write_text("3\n")
    second = commit(repository, "latin")
    text, latin = changes_between(repository.git, first, second)
    assert isinstance(text, TextChange)
    assert latin == WholeFile("latin", b"a\xff\n", True)
    (root / "latin").unlink()
    assert changes_between(repository.git, second, commit(repository, "gone")) == (WholeFile("latin", None),)
    assert changes_between(repository.git, base, base) == ()


def test_a_file_with_what_may_not_be_told_is_whole_in_a_diff_or_inside_binary_content(repository):
    root, git_, base = Path(repository.root), repository.git, repository.head().commit

    def told(content: bytes) -> bool:
        return b"hidden" not in content

    (root / "a").write_text("hidden\n2\n")
    (root / "b.bin").write_bytes(b"\0 hidden")
    first = commit(repository, "written")
    written = (WholeFile("a", b"hidden\n2\n"), WholeFile("b.bin", b"\0 hidden"))
    assert changes_between(git_, base, first, told) == written
    (root / "a").write_text("hidden\n3\n")
    (root / "b.bin").write_bytes(b"\0 open")
    second = commit(repository, "beside and over it")
    beside = (WholeFile("a", b"hidden\n3\n"), WholeFile("b.bin", b"\0 open"))
    assert changes_between(git_, first, second, told) == beside
    assert changes_between(git_, first, base, told) == (WholeFile("b.bin", None), WholeFile("a", b"1\n"))


def test_what_makes_room_for_another_goes_first(repository):
    root, base = Path(repository.root), repository.head().commit
    (root / "a").unlink()
    (root / "a").mkdir()
    (root / "a" / "b").write_text("b\n")
    first = commit(repository, "a folder for a file")
    (root / "a" / "b").unlink()
    (root / "a").rmdir()
    (root / "a").symlink_to("nowhere")
    second = commit(repository, "a link for a folder")
    for before, after in ((base, first), (first, second), (second, base), (base, second)):
        gone, made = changes_between(repository.git, before, after)
        assert isinstance(gone, TextChange)
        assert isinstance(made, TextChange)
        assert "\ndeleted file mode" in gone.patch
        assert "\nnew file mode" in made.patch


def test_commits_of_the_branch_itself_with_their_whole_messages(repository):
    root, base = Path(repository.root), repository.head().commit
    git(root, "checkout", "-qb", "side")
    (root / "s").write_text("s\n")
    commit(repository, "on the side")
    git(root, "checkout", "-q", "main")
    first = commit(repository, "subject\n\nbody\n\n* list")
    git(root, "merge", "-q", "--no-ff", "-m", "merge it", "side")
    made = authored_commits(repository.git, base, git(root, "rev-parse", "HEAD"))
    assert [one.message for one in made] == ["subject\n\nbody\n\n* list\n", "merge it\n"]
    assert [one.parent for one in made] == [base, first]
