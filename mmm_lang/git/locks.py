"""Lock files that a killed git left behind, removed only where nobody living can own them.

A step that is stopped in the middle of a ``git commit`` leaves ``index.lock`` or a ref's lock, and every git
command fails from then on. Such a file is taken to be the step's where it was made while the step ran, and where no
running git works in this repository. Where processes cannot be looked at (no ``/proc``) nothing is removed, and
git's own message speaks.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping

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

_OF_ONE_TREE = frozenset({"index.lock", "HEAD.lock", "ORIG_HEAD.lock"})
"""Those that only gits of this work tree take; the others are taken in every work tree of the repository."""

_QUIET = 2.0
"""Seconds that are waited for a moment in which no git works in any of them."""

_AT_THE_START = 3.0
"""Seconds that a session waits for a lock before it begins: somebody sits there and can be told."""


def clear_left_locks(git: Git, since: float, until: float) -> tuple[str, ...]:
    """Remove the locks made between ``since`` and ``until`` (seconds since 1970) that no living git can own.

    To be called when all processes of the step have ended. The paths removed, absolute.
    """
    left = {path: seen for path in _locks(git) if (seen := _made_between(path, since, until)) is not None}
    return _removed(git, left, since, until)


def clear_locks_of_refs(git: Git, refs: Iterable[str]) -> tuple[str, ...]:
    """Remove the locks of refs that only gits of mmm take, or of a folder of them, where no git works in the repository.

    Whenever they were made. The paths removed, absolute.
    """
    places = tuple(os.path.join(git.common_dir, ref) for ref in refs)
    found = [
        path
        for path in _locks(git)
        if any(path == f"{place}.lock" or path.startswith(os.path.join(place, "")) for place in places)
    ]
    ever = float("-inf"), float("inf")
    left = {path: seen for path in found if (seen := _made_between(path, *ever)) is not None}
    return _removed(git, left, *ever)


def _removed(git: Git, left: Mapping[str, tuple[int, int]], since: float, until: float) -> tuple[str, ...]:
    """Remove those of them that no living git can own."""
    own = [path for path in left if os.path.basename(path) in _OF_ONE_TREE and _beside(path, git.git_dir)]
    shared = [path for path in left if path not in own]
    doomed = own if own and gits_at(git.places) == () else []
    doomed += shared if shared and _quiet(git) else []
    removed = []
    for path in doomed:
        # One that was given back and taken again meanwhile is another's.
        if _made_between(path, since, until) == left[path]:
            os.unlink(path)
            removed.append(path)
    return tuple(removed)


def _quiet(git: Git) -> bool:
    """Whether there is a moment, soon, in which no git works in any work tree of the repository."""
    deadline = time.monotonic() + _QUIET
    while (holders := gits_at(git.shared_places)) != ():
        if holders is None or time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _beside(path: str, folder: str) -> bool:
    return os.path.dirname(path) == folder


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


def _made_between(path: str, since: float, until: float) -> tuple[int, int] | None:
    """What tells a file apart from a later one in its place; ``None`` where it was not made between these times."""
    try:
        seen = os.lstat(path)
    except FileNotFoundError:
        return None
    return (seen.st_ino, seen.st_mtime_ns) if since <= seen.st_mtime <= until else None
