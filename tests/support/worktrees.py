"""Work trees of sessions in a test: made as `mmm cook --worktree` makes them, with commits that the test writes itself.

sides = branched(kitchen.with_file("a", "one\\n"), there={"a": "two\\n"}, here={"a": "three\\n"})
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.making import make
from mmm_lang.worktrees.record import WorktreeRecord
from tests.support.cooking import Kitchen


def fresh(kitchen: Kitchen, **more: object) -> WorktreeRecord:
    """A work tree without a session, at HEAD of the kitchen's repository."""
    blank = {"name": "", "path": "", "playbook": "test", "created": 0.0, "origin": None, "commit": ""}
    template = WorktreeRecord(**{**blank, **more})  # type: ignore[arg-type]  # a test names its fields
    return make(Repository.find(str(kitchen.repo)), template, kitchen.env()).record


def git(kitchen: Kitchen, folder: str | Path, *args: str) -> str:
    """Run git in any folder as the kitchen's user, and give what it prints."""
    done = subprocess.run(["git", *args], cwd=folder, env=kitchen.env(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def committed(
    kitchen: Kitchen, folder: str | Path, files: Mapping[str, str | bytes | None], subject: str
) -> None:
    """Commit these files (``None``: deleted) in a work tree."""
    for path, content in files.items():
        target = Path(folder) / path
        if content is None:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(kitchen, folder, "add", "-A")
    git(kitchen, folder, "commit", "-qm", subject)


def branched(
    kitchen: Kitchen,
    there: Mapping[str, str | bytes | None],
    here: Mapping[str, str | bytes | None] | None = None,
    **more: object,
) -> WorktreeRecord:
    """A work tree with one commit of its own, and perhaps one that came ``here`` meanwhile."""
    record = fresh(kitchen, **more)
    committed(kitchen, record.path, there, "work of the session")
    if here is not None:
        committed(kitchen, kitchen.repo, here, "work of the user")
    return record


def photograph(folder: str | Path) -> dict[str, object]:
    """Everything in a work tree as it lies on the disk, git's and mmm's own folders aside."""
    found: dict[str, object] = {}
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if name not in (".git", ".mmm")]
        for name in [*files, *(one for one in names if os.path.islink(os.path.join(place, one)))]:
            path = os.path.join(place, name)
            content: object = os.readlink(path) if os.path.islink(path) else Path(path).read_bytes()
            found[os.path.relpath(path, folder)] = (os.lstat(path).st_mode, content)
    return found


def state_of(kitchen: Kitchen) -> tuple[object, ...]:
    """All that a merge which did not come about must leave as it was: files, index, HEAD, branches."""
    repo = kitchen.repo
    return (
        photograph(repo),
        git(kitchen, repo, "ls-files", "-s"),
        git(kitchen, repo, "symbolic-ref", "HEAD"),
        git(kitchen, repo, "for-each-ref", "refs/heads"),
        git(kitchen, repo, "status", "--porcelain"),
        os.path.exists(repo / ".git" / "MERGE_HEAD"),
    )
