"""One mmm a map: a lock in the map's folder, which the system gives back when its holder dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mmm_lang.process.file_lock import is_held_by, open_lock, take
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
    descriptor = open_lock(_path(common_dir, map))
    try:
        if not take(descriptor):
            raise MapAtWork(f"map {map} is running; wait for its end, or stop it with Ctrl-C")
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
        return is_held_by(descriptor, int(os.pread(descriptor, 32, 0)))
    except ValueError:
        return False  # nobody has written its number there
    finally:
        os.close(descriptor)
