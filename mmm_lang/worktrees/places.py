"""Where work trees of sessions lie: ``~/.mmm/worktrees/PROJECT/NAME``, and how both get their names."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping

_OWNER = ".repository"
"""A file in a project's folder: the git folder of the repository that it belongs to."""
_LONGEST = 40


def home(environ: Mapping[str, str]) -> str:
    """The folder of mmm's own: ``MMM_HOME``, else ``~/.mmm``; absolute."""
    given = environ.get("MMM_HOME")
    return os.path.abspath(os.path.expanduser(given) if given else os.path.expanduser("~/.mmm"))


def project_folder(environ: Mapping[str, str], common_dir: str) -> str:
    """The folder for the work trees of one repository, made if it is not there. Raises ``OSError``.

    It has the name of the repository's folder; where another repository has that name already, a number follows.
    """
    place = os.path.join(home(environ), "worktrees")
    for name in _numbered(_project(common_dir), "-"):
        folder = os.path.join(place, name)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if _belongs(folder, common_dir):
            return folder
    raise AssertionError("the numbers do not end")


def known_project_folder(environ: Mapping[str, str], common_dir: str) -> str | None:
    """The folder that ``project_folder`` made for a repository before; ``None`` where it has not."""
    place = os.path.join(home(environ), "worktrees")
    for name in _numbered(_project(common_dir), "-"):
        try:
            with open(os.path.join(place, name, _OWNER), "rb") as file:
                if os.fsdecode(file.read()) == common_dir:
                    return os.path.join(place, name)
        except OSError:
            return None
    raise AssertionError("the numbers do not end")


def _project(common_dir: str) -> str:
    """The name of the repository's folder; of a bare one, without its ``.git``."""
    parent, name = os.path.split(common_dir)
    found = os.path.basename(parent) if name == ".git" else name.removesuffix(".git")
    return found if found.strip(".") else "project"


def _belongs(folder: str, common_dir: str) -> bool:
    """Whether a project's folder is that of a repository; one that has no owner, or whose owner is gone, is taken."""
    path = os.path.join(folder, _OWNER)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.fsencode(common_dir))
        return True
    with open(path, "rb") as file:
        owner = os.fsdecode(file.read())
    # Names are unique in the folder, so that a repository that was moved and one that came after it can share it.
    return owner == common_dir or not os.path.isdir(owner)


def names(playbook: str, now: float) -> Iterator[str]:
    """Names for a new work tree and its branch, the one to be preferred first: ``mmm-performance-1708123456``."""
    plain = re.sub(r"[^a-z0-9]+", "-", playbook.lower()).strip("-")[:_LONGEST].strip("-") or "session"
    return _numbered(f"mmm-{plain}-{int(now)}", "-")


def _numbered(name: str, between: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}{between}{number}"
        number += 1
