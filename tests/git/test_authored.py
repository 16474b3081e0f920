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


def test_text_is_one_patch_and_other_bytes_are_whole_files(repository):
    root, base = Path(repository.root), repository.head().commit
    (root / "a").write_text("2\n")
    (root / "b.bin").write_bytes(b"\0\1")
    first = commit(repository, "text and binary")
    (one,) = changes_between(repository.git, base, first)
    assert isinstance(one, TextChange)
    assert "+2\n" in one.patch
    assert "GIT binary patch" in one.patch
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
