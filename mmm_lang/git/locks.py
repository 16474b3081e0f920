"""Lock files that a killed git left behind, removed only where nobody living can own them.

A step that is stopped in the middle of a ``git commit`` leaves ``index.lock`` or a ref's lock, and every git
command fails from then on. Such a file is taken to be the step's where it was made while the step ran, and where no
running git works in this repository. Where processes cannot be looked at (no ``/proc``) nothing is removed, and
git's own message speaks.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from mmm_lang.git.call import Git, held, whose
from mmm_lang.git.holders import gits_at
from mmm_lang.git.problem import Problem

_NAMES = (
    "index.lock",
    "HEAD.lock",
    "ORIG_HEAD.lock",
    "packed-refs.lock",
    "config.lock",
    "shallow.lock",
    "reftable/tables.list.lock",
)

_AT_THE_START = 3.0
"""Seconds that a session waits for a lock before it begins: somebody sits there and can be told."""


def clear_left_locks(git: Git, since: float, until: float) -> tuple[str, ...]:
    """Remove the locks made between ``since`` and ``until`` (seconds since 1970) that no living git can own.

    To be called when all processes of the step have ended. The paths removed, absolute.
    """
    left = tuple(path for path in _locks(git) if _made_between(path, since, until))
    if not left or gits_at(git.places) != ():
        return ()
    for path in left:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
    return left


def held_lock(git: Git) -> Problem | None:
    """The lock that keeps a session from committing here, if it is still held after a few seconds.

    ``index.lock``, and the locks of HEAD and of the branch that it is on.
    """
    deadline = time.monotonic() + min(git.patience, _AT_THE_START)
    while (lock := _hindrance(git)) is not None:
        if time.monotonic() >= deadline:
            return Problem(f"git is {held(lock)}", whose(gits_at(git.places)))
        time.sleep(0.05)
    return None


def _hindrance(git: Git) -> str | None:
    names = [os.path.join(git.git_dir, name) for name in ("index", "HEAD")]
    try:
        with open(os.path.join(git.git_dir, "HEAD"), "rb") as file:
            ref = os.fsdecode(file.read().removeprefix(b"ref:").strip())
    except OSError:
        ref = ""
    if ref.startswith("refs/"):
        names.append(os.path.join(git.common_dir, ref))
    return next((f"{name}.lock" for name in names if os.path.lexists(f"{name}.lock")), None)


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
