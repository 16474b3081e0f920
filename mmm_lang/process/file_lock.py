"""Locks on files, which the system gives back when their holder dies.

Whoever opens the file may look who has the lock. Looking takes the lock for a moment, together with others that look, so
it must not get in the way of one that begins: a lock whose holder has written its process number into the file is only
tried where that process is alive.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def open_lock(path: str) -> int:
    """A descriptor of the file, which is made where there is none, and its folder, too; nobody else can read them.

    Raises ``OSError``.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def take(descriptor: int) -> bool:
    """Take the lock without waiting, until the descriptor is closed; false where somebody has it. Raises ``OSError``."""
    return _locked(descriptor, fcntl.LOCK_EX)


def is_held(descriptor: int) -> bool:
    """Whether somebody has the lock. Where nobody has, nobody can take it until the descriptor is closed.

    Raises ``OSError``.
    """
    return not _locked(descriptor, fcntl.LOCK_SH)


def is_held_by(descriptor: int, pid: int) -> bool:
    """Whether a process, which the file names, lives and the lock is held: the number may be another process's by now.

    Raises ``OSError``.
    """
    return _is_alive(pid) and is_held(descriptor)


@contextmanager
def in_turn(path: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of a file, as ``open_lock`` makes it. Where somebody has it, ``waiting`` is called, and then it is
    waited for. Raises ``OSError``.
    """
    descriptor = open_lock(path)
    try:
        if not take(descriptor):
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OverflowError:
        return False
    except OSError as error:
        return error.errno == errno.EPERM
    return True
