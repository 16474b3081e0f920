"""Lock files that a killed git left behind, removed only where nobody living can own them.

A step that is stopped in the middle of a ``git commit`` leaves ``index.lock`` or a ref's lock, and every git
command fails from then on. Such a file is taken to be the step's where it was made while the step ran, and where no
running git works in this repository. Where processes cannot be looked at (no ``/proc``) nothing is removed, and
git's own message speaks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from mmm_lang.git.call import Git

_NAMES = ("index.lock", "HEAD.lock", "ORIG_HEAD.lock", "packed-refs.lock", "config.lock", "shallow.lock")


def clear_left_locks(git: Git, since: float, until: float) -> tuple[str, ...]:
    """Remove the locks made between ``since`` and ``until`` (seconds since 1970) that no living git can own.

    To be called when all processes of the step have ended. The paths removed, absolute.
    """
    left = tuple(path for path in _locks(git) if _made_between(path, since, until))
    if not left or _somebody_works_here(git):
        return ()
    for path in left:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
    return left


def _locks(git: Git) -> Iterator[str]:
    for folder in dict.fromkeys((git.git_dir, git.common_dir)):
        for name in _NAMES:
            path = os.path.join(folder, name)
            if os.path.lexists(path):
                yield path
    for folder, _, names in os.walk(os.path.join(git.common_dir, "refs")):
        for name in names:
            if name.endswith(".lock"):
                yield os.path.join(folder, name)


def _made_between(path: str, since: float, until: float) -> bool:
    try:
        return since <= os.lstat(path).st_mtime <= until
    except FileNotFoundError:
        return False


def _somebody_works_here(git: Git) -> bool:
    """Whether a git may be at work in this repository: one whose folder lies in it, or cannot be seen."""
    try:
        processes = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return True
    return any(_is_git_at(git, f"/proc/{name}") for name in processes)


def _is_git_at(git: Git, process: str) -> bool:
    try:
        with open(f"{process}/comm", encoding="utf-8", errors="replace") as file:
            if not file.read().startswith("git"):
                return False
        cwd = os.readlink(f"{process}/cwd")
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    places = (git.root, git.git_dir, git.common_dir)
    return any(os.path.commonpath((place, cwd)) == place for place in places)
