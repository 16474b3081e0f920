"""Throw-away repositories that know nothing of this machine's git settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import attrs
import pytest

from mmm_lang.git.repository import Repository


class Tree:
    """A work tree for a test: plain files, plain git, and the `Repository` that is tested."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def repository(self) -> Repository:
        return Repository.find(str(self.root))

    @property
    def hasty(self) -> Repository:
        """One that does not wait long for locks."""
        found = self.repository
        return attrs.evolve(found, git=attrs.evolve(found.git, patience=0.1))

    @property
    def index(self) -> str:
        """Where the session's own index shall be."""
        return str(self.root / ".git" / "mmm" / "session" / "index")

    def git(self, *args: str, stdin: bytes | None = None) -> str:
        done = subprocess.run(["git", *args], cwd=self.root, input=stdin, capture_output=True)
        assert done.returncode == 0, os.fsdecode(done.stdout + done.stderr)
        return os.fsdecode(done.stdout).strip("\n")

    def write(self, path: str, content: str | bytes = "text\n", *, executable: bool = False) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        if executable:
            file.chmod(0o755)
        return file

    def commit(self, message: str = "more", **files: str) -> str:
        """Write and commit these files, with all tracked changes."""
        for name, content in files.items():
            self.write(name, content)
        self.git("add", "-u")
        if files:
            self.git("add", "--", *files)
        self.git("commit", "-qm", message, "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def hook(self, name: str, script: str) -> None:
        file = self.root / ".git" / "hooks" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("#!/bin/sh\n" + script)
        file.chmod(0o755)

    def status(self) -> list[str]:
        return sorted(entry for entry in self.git("status", "--porcelain", "-z").split("\0") if entry)

    def state(self) -> dict[str, tuple[object, ...]]:
        """Every file and link outside `.git`: kind, bytes or target, and whether it can be executed."""
        found: dict[str, tuple[object, ...]] = {}
        for folder, folders, names in os.walk(self.root):
            if ".git" in folders:
                folders.remove(".git")
            for name in [*names, *folders]:
                path = os.path.join(folder, name)
                relative = os.path.relpath(path, self.root)
                if os.path.islink(path):
                    found[relative] = ("link", os.readlink(path))
                elif os.path.isfile(path):
                    with open(path, "rb") as file:
                        found[relative] = ("file", file.read(), os.access(path, os.X_OK))
        return found


@pytest.fixture(autouse=True)
def _plain_git(monkeypatch, tmp_path_factory):
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_DATE", "2024-02-16T12:00:00Z")


def new_tree(root: Path) -> Tree:
    root.mkdir(parents=True, exist_ok=True)
    tree = Tree(root)
    tree.git("init", "-q", "-b", "main")
    tree.git("config", "user.name", "Ada")
    tree.git("config", "user.email", "ada@example.com")
    return tree


@pytest.fixture
def empty(tmp_path) -> Tree:
    """A repository without a commit."""
    return new_tree(tmp_path / "project")


@pytest.fixture
def tree(empty) -> Tree:
    """A repository with two tracked files, an ignored one and an untracked one of the user."""
    empty.write(".gitignore", "*.log\nbuild/\n")
    empty.write("src/app.py", "print('one')\n")
    empty.write("run.sh", "#!/bin/sh\n", executable=True)
    empty.git("add", "-A")
    empty.commit("first")
    empty.write("debug.log", "ignored\n")
    empty.write("build/out.o", b"\0\1\2")
    empty.write("notes.txt", "mine\n")
    return empty
