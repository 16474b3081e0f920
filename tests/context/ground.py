"""A repository to be analysed, and the context that was made of it."""

from __future__ import annotations

import os
import subprocess
import textwrap
from pathlib import Path

from attrs import frozen

from mmm_lang.context.refresh import Context, refresh
from mmm_lang.git.repository import Repository
from tests.support.cooking import IDENTITY


@frozen
class Ground:
    """A repository at ``root``."""

    root: Path

    def git(self, *args: str) -> str:
        env = {**os.environ, **IDENTITY}
        return subprocess.run(
            ["git", *args], cwd=self.root, env=env, check=True, capture_output=True, text=True
        ).stdout

    def write(self, path: str, text: str | bytes) -> None:
        """A file, not committed."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())

    def commit(self, message: str = "all") -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def context(self, **options: object) -> Context:
        """Made now, whatever is there; nothing is written unless ``save``."""
        given = {"max_age": 0.0, "save": False, **options}
        return refresh(Repository.find(str(self.root)), **given)

    def documents(self, **options: object) -> dict[str, dict]:
        return dict(self.context(**options).documents)


def ground(folder: Path, files: dict[str, str | bytes]) -> Ground:
    """A new repository with these files in one commit."""
    root = folder / "repo"
    root.mkdir()
    made = Ground(root)
    made.git("init", "-q", "-b", "main")
    for path, text in files.items():
        made.write(path, text)
    if files:
        made.commit()
    return made


def edges(documents: dict[str, dict]) -> set[tuple[str, str, str]]:
    """The imports of a context: source, target, kind."""
    return {(one["source"], one["target"], one["kind"]) for one in documents["dependency_graph"]["edges"]}
