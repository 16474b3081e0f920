"""Find processes by the mark in their environment, and end them.

Every command carries ``MMM_MARK=<session's mark>/<run>`` in its environment, and whatever it starts inherits that,
in whatever session or process group. A process within a run of mmm within another carries both marks, with a space
between. Linux shows environments in /proc; elsewhere nothing is found here, and process groups have to do.

Out of reach: a process that dropped its environment, and one of another user.

Used by mmm and by its keeper: the standard library only, nothing heavy.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

VARIABLE = "MMM_MARK"
HAS_PROC = sys.platform == "linux" and os.path.isdir("/proc/self/task")


class Status:
    """What /proc says of a process: ``state`` (one letter), ``parent``, ``session``, ``start`` (ticks since boot)."""

    __slots__ = ("parent", "session", "start", "state")

    def __init__(self, state: str, parent: int, session: int, start: str) -> None:
        self.state = state
        self.parent = parent
        self.session = session
        self.start = start

    @property
    def runs(self) -> bool:
        """Whether it is more than a zombie."""
        return self.state not in "ZXx"


def joined(outer: str | None, mark: str) -> str:
    """The variable's value for a process with ``mark`` that is started where ``outer`` is its value."""
    return f"{outer} {mark}" if outer else mark


def of_git(mark: str) -> str:
    """The mark of the gits that mmm itself runs, and of their hooks: they are ended where mmm was killed, but what they
    leave running after an orderly end (an agent for keys, say) is nobody's to end."""
    return f"{mark}.git"


def status(pid: int) -> Status | None:
    """``None`` where there is no such process, or no /proc."""
    content = _read(f"/proc/{pid}/stat")
    if not content:
        return None
    fields = content.rpartition(b")")[2].split()  # the name before it may hold anything, brackets too
    return Status(fields[0].decode(), int(fields[1]), int(fields[3]), fields[19].decode())


def carries(pid: int, mark: str) -> bool:
    """Whether a running process has ``mark`` (a run's, or a session's) in the environment it was started with.

    Raises ``ValueError`` for an empty mark.
    """
    if not mark:
        raise ValueError("an empty mark would be anybody's")
    variable, wanted = f"{VARIABLE}=".encode(), os.fsencode(mark)
    for item in _read(f"/proc/{pid}/environ").split(b"\0"):
        if item.startswith(variable):
            marks = item[len(variable) :].split(b" ")
            if any(each == wanted or each.startswith(wanted + b"/") for each in marks):
                return True
    return False


def in_session(pid: int, leader: int) -> bool:
    """Whether a running process is in the session that ``leader`` made."""
    seen = status(pid)
    return seen is not None and seen.runs and seen.session == leader


def is_child(pid: int, parent: int) -> bool:
    """Whether a running process is a child of ``parent``."""
    seen = status(pid)
    return seen is not None and seen.runs and seen.parent == parent


def marked(mark: str) -> list[int]:
    """Pids of all processes that carry ``mark``, without ours."""
    return [pid for pid in _pids() if carries(pid, mark)]


def end_marked(mark: str, within: float = 2.0) -> list[int]:
    """Kill all processes that carry ``mark``; those that did not go ``within`` that many seconds are returned.

    Looks twice: a process that is just being replaced by another program shows no environment for a moment.
    """
    return end_where(lambda pid: carries(pid, mark), within, passes=2)


def end_where(belongs: Callable[[int], bool], within: float = 2.0, passes: int = 1) -> list[int]:
    """Kill what ``belongs``, again and again (it may be starting more of itself), until ``passes`` looks find none.

    Returns what was still there after ``within`` seconds.
    """
    deadline = time.monotonic() + within
    while True:
        doomed = [pid for pid in _pids() if belongs(pid)]
        if not doomed:
            passes -= 1
            if passes <= 0:
                return []
            time.sleep(0.005)
            continue
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not _gone(doomed, deadline):
            return doomed


def _gone(pids: Iterable[int], deadline: float) -> bool:
    pause = 0.0005
    while any((seen := status(pid)) is not None and seen.runs for pid in pids):
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 2, 0.02)
    return True


def _pids() -> list[int]:
    if not HAS_PROC:
        return []
    spared = {1, os.getpid()}
    return [pid for name in os.listdir("/proc") if name.isdigit() and (pid := int(name)) not in spared]


def _read(path: str) -> bytes:
    """The whole of a file in /proc; nothing where the process is gone or not ours."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        content = b""
        while chunk := os.read(file, 1 << 16):
            content += chunk
    except OSError:
        return b""
    finally:
        os.close(file)
    return content
