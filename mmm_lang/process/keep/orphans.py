"""What a command leaves running: found and ended.

On Linux the keeper asks to be the parent of every orphan below it (a child subreaper), so no descendant of a command
can slip away, whatever sessions it makes: after a command's end the keeper's children tell at once whether anything
is left. What is left belongs to that command if it carries its mark, or is in its session, or if no other command is
running. Elsewhere there are only process groups.
"""

from __future__ import annotations

import os

from mmm_lang.process import sweep

_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class Orphans:
    """The keeper's children that it did not start itself."""

    def __init__(self) -> None:
        self._adopting = _adopt_orphans()

    def reap(self, commands: set[int]) -> None:
        """Take notice of the dead ones. ``commands``: pids of living commands, which are waited for elsewhere."""
        for pid in self._strays(commands):
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue

    def end(self, command: int, mark: str, others: set[int]) -> None:
        """End what the ``command`` (a pid, ended by now) left. ``others``: pids of living commands."""
        if not sweep.HAS_PROC:
            return
        self.reap(others)
        if self._adopting and not self._strays(others):
            return
        if self._adopting and not others:
            self.end_all()
            return
        sweep.end_where(lambda pid: sweep.in_session(pid, command) or sweep.carries(pid, mark))
        self.reap(others)

    def end_all(self) -> None:
        """End whatever was adopted; for when no command runs, so that all of it is left over."""
        if not self._adopting:
            return
        own = os.getpid()
        sweep.end_where(lambda pid: sweep.is_child(pid, own))
        self.reap(set())

    def _strays(self, commands: set[int]) -> list[int]:
        return [pid for pid in _children() if pid not in commands] if self._adopting else []


def _adopt_orphans() -> bool:
    if not sweep.HAS_PROC:
        return False
    try:
        import ctypes  # may be missing from a small Python

        refused: int = ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        return False
    return refused == 0


def _children() -> list[int]:
    own = os.getpid()
    try:
        with open(f"/proc/{own}/task/{own}/children", "rb") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:  # a kernel built without that list
        return [
            int(name)
            for name in os.listdir("/proc")
            if name.isdigit() and (seen := sweep.status(int(name))) is not None and seen.parent == own
        ]
