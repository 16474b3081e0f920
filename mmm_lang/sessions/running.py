"""Which sessions run now: the lock of each work tree names its holder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from mmm_lang.process.file_lock import is_held_by


def running_sessions(common_dir: str) -> frozenset[str]:
    """The ids of the sessions that run in any work tree of the repository."""
    return frozenset(holder for folder in _git_folders(common_dir) if (holder := _holder(folder)) is not None)


def _git_folders(common_dir: str) -> Iterator[str]:
    yield common_dir
    linked = os.path.join(common_dir, "worktrees")
    try:
        names = os.listdir(linked)
    except OSError:
        return
    for name in names:
        yield os.path.join(linked, name)


def _holder(git_dir: str) -> str | None:
    """The session that holds the lock of one work tree."""
    try:
        descriptor = os.open(os.path.join(git_dir, "mmm", "lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        session, pid = str(said["session"]), int(said["pid"])
        return session if is_held_by(descriptor, pid) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    finally:
        os.close(descriptor)
