"""Which gits are at work at some folders: who may hold a lock there. Known on Linux only, where `/proc` tells."""

from __future__ import annotations

import os
from collections.abc import Iterable

from attrs import frozen

_SHOWN = 60


@frozen
class Holder:
    """A running git: its process id, and its command line, cut to a length for a message."""

    pid: int
    command: str


def gits_at(places: Iterable[str]) -> tuple[Holder, ...] | None:
    """The gits that run in one of ``places`` (absolute folders) or below; ``None`` where that cannot be told.

    A git whose folder may not be seen (another user's) counts as running here.
    """
    folders = tuple(places)
    try:
        processes = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    except OSError:
        return None
    found = (_git_at(folders, pid) for pid in processes)
    return tuple(holder for holder in found if holder is not None)


def _git_at(places: tuple[str, ...], pid: int) -> Holder | None:
    process = f"/proc/{pid}"
    try:
        with open(f"{process}/comm", encoding="utf-8", errors="replace") as file:
            if not file.read().startswith("git"):
                return None
        with open(f"{process}/cmdline", "rb") as command:
            words = command.read().rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")
        holder = Holder(pid, _short(words))
        cwd = os.readlink(f"{process}/cwd")
    except (FileNotFoundError, ProcessLookupError):
        return None
    except PermissionError:
        return Holder(pid, "git")
    return holder if any(os.path.commonpath((place, cwd)) == place for place in places) else None


def _short(command: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in command)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"
