"""A program: remove all that lies in a trash folder, while nobody waits for it. ``python -I -S remover.py FOLDER``.

One works at a time. What one that was killed has left is the next one's. Nothing here imports mmm, so that it begins
at once, and goes on where mmm itself is removed or updated.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import sys

LOCK = ".lock"
_NICE = 10


def remove_all(folder: str) -> None:
    """Remove what is there, and what is put there meanwhile; what cannot be removed stays."""
    stuck: set[str] = set()
    while _waiting(folder) - stuck:
        descriptor = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            while names := _waiting(folder) - stuck:
                for name in names:
                    _remove(os.path.join(folder, name))
                stuck |= names & _waiting(folder)
        except BlockingIOError:
            return  # who has the lock looks again when it has given it back
        finally:
            os.close(descriptor)


def _waiting(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder)) - {LOCK}
    except OSError:
        return set()


def _remove(path: str) -> None:
    if os.path.islink(path) or not os.path.isdir(path):
        with contextlib.suppress(OSError):
            os.unlink(path)
        return
    _open_up(path)
    shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        for place, folders, _ in os.walk(path):
            for name in folders:
                _open_up(os.path.join(place, name))
        shutil.rmtree(path, ignore_errors=True)


def _open_up(folder: str) -> None:
    """Let folders be emptied that were made read-only, as those of some package caches are."""
    with contextlib.suppress(OSError):
        if not os.path.islink(folder):
            os.chmod(folder, stat.S_IRWXU)


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    with contextlib.suppress(OSError):
        remove_all(sys.argv[1])
