"""One session a work tree: a lock that the system gives back when its holder dies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mmm_lang.process.file_lock import is_held, open_lock, take
from mmm_lang.runtime.requirements import Problem, RequirementsMissing, nothing_has_run


@contextmanager
def session_lock(git_dir: str, session: str) -> Iterator[None]:
    """Hold the lock of the work tree whose git folder is ``git_dir``, in the name of a session.

    Raises `RequirementsMissing`, naming the session and process that hold it.
    """
    with kept_still(git_dir) as descriptor:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "session": session}).encode(), 0)
        yield


@contextmanager
def kept_still(git_dir: str) -> Iterator[int]:
    """Hold the same lock for a moment, so that no session begins meanwhile; never waits. Gives its descriptor.

    What the lock says about the last session stays: the next one looks there for leftovers of one that was killed.
    Raises as ``session_lock``.
    """
    with nothing_has_run():
        descriptor = open_lock(os.path.join(git_dir, "mmm", "lock"))
    try:
        if not take(descriptor):
            raise RequirementsMissing((_held(descriptor),))
        yield descriptor
    finally:
        os.close(descriptor)


def last_session(git_dir: str) -> str | None:
    """The session that had the lock last, and has it no more; ``None`` where there was none, or one that runs."""
    try:
        descriptor = os.open(os.path.join(git_dir, "mmm", "lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        holder = None if is_held(descriptor) else _written(descriptor)
        return None if holder is None else holder[0]
    except OSError:
        return None
    finally:
        os.close(descriptor)


def running_in(git_dir: str) -> tuple[str, int] | None:
    """The session that has the lock now, and its process; ``None`` where nobody has it. Raises ``OSError``."""
    try:
        descriptor = os.open(os.path.join(git_dir, "mmm", "lock"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return (_written(descriptor) or ("", 0)) if is_held(descriptor) else None
    finally:
        os.close(descriptor)


def _held(descriptor: int) -> Problem:
    holder = _written(descriptor)
    who = "another session" if holder is None else f"session {holder[0]} (process {holder[1]})"
    return Problem(
        f"{who} is running in this work tree",
        "wait for its end, or work beside it: `mmm cook --worktree`",
    )


def _written(descriptor: int) -> tuple[str, int] | None:
    """Session and process that took the lock last."""
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return str(holder["session"]), int(holder["pid"])
    except (ValueError, KeyError, TypeError):
        return None
