"""One mmm a map: a lock in the map's folder, which the system gives back when its holder dies.

Looking must not get in the way of a map that begins: the lock is only tried where the process that it names is alive.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mmm_lang.sessions.folders import sessions_path


class MapAtWork(Exception):
    """Another mmm runs that map now; the message says so, and what to do."""


def _path(common_dir: str, map: str) -> str:
    return os.path.join(sessions_path(common_dir), map, "lock")


@contextmanager
def map_at_work(common_dir: str, map: str) -> Iterator[None]:
    """Run the map of that id: as long as this is held nobody else does, and nobody removes work trees of its items.

    Raises `MapAtWork` and ``OSError``.
    """
    path = _path(common_dir, map)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MapAtWork(f"map {map} is running; wait for its end, or stop it with Ctrl-C") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def is_at_work(common_dir: str, map: str) -> bool:
    """Whether an mmm runs the map of that id now."""
    try:
        descriptor = os.open(_path(common_dir, map), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return _lives(os.pread(descriptor, 32, 0)) and _is_held(descriptor)
    finally:
        os.close(descriptor)


def _lives(written: bytes) -> bool:
    try:
        os.kill(int(written), 0)
    except (ValueError, OverflowError):
        return False
    except OSError as error:
        return error.errno == errno.EPERM
    return True


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
