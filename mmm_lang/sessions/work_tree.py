"""A work tree kept to ourselves for a moment, so that no session begins while files are put back.

The lock is the one that sessions take. What it says about the last session stays: the next session looks there for
leftovers of one that was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mmm_lang.runtime.requirements import Problem, RequirementsMissing


@contextmanager
def kept_still(git_dir: str) -> Iterator[None]:
    """Hold the lock of the work tree whose git folder is ``git_dir``; never waits.

    Raises ``RequirementsMissing`` where a session holds it, and ``OSError``.
    """
    folder = os.path.join(git_dir, "mmm")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = Problem(f"{_holder(descriptor)} is running in this work tree", "wait for its end")
            raise RequirementsMissing((problem,)) from None
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        return f"session {said['session']} (process {said['pid']})"
    except (ValueError, KeyError, TypeError):
        return "another session"
