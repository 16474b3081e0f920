"""A keeper that an mmm which died left behind: wait for the commands that it sees to their end, or end it.

It cannot be given orders any more; what it does is in its folders, and it goes when its last command has ended.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from mmm_lang.process import sweep
from mmm_lang.process.bell import Bell
from mmm_lang.process.errors import KeeperDied
from mmm_lang.process.identity import Identity, is_running, signal_to
from mmm_lang.process.model import Ended
from mmm_lang.process.records import read_ended

_LOOK = 0.2
"""Seconds between looks at a keeper that ends, where the system does not tell."""


def attend(
    keeper: Identity,
    folder: str,
    *,
    until: Callable[[], bool] | None = None,
    tick: float = 0.2,
    on_tick: Callable[[], None] | None = None,
) -> Ended | None:
    """Wait for the end of the command of ``folder`` under a ``keeper`` that is not ours; as ``Keeper.wait`` otherwise.

    An end that is on record is returned at once, whether the keeper still lives or not.

    Raises ``KeeperDied`` where that keeper is gone (or its pid is another's by now) and no end is on record.
    """
    bell, handle = Bell(), _handle(keeper)
    try:
        with bell:
            while True:
                alive = is_running(keeper)  # asked first: it records before it goes
                if (ended := read_ended(folder)) is not None:
                    return ended
                if not alive:
                    raise KeeperDied(
                        f"the keeper (pid {keeper.pid}) is gone and left no record in `{folder}`"
                    )
                if until is not None and until():
                    return None
                bell.wait(handle, tick)
                if on_tick is not None:
                    on_tick()
    finally:
        bell.close()
        if handle is not None:
            os.close(handle)


def dismiss(keeper: Identity, mark: str, *, within: float = 10.0) -> bool:
    """End a ``keeper`` that was left behind and all that it runs: TERM, then KILL after its grace, all recorded.

    It has ``within`` seconds, or is killed itself. What carries the session's ``mark`` is ended in any
    case, also where the keeper is long gone. Returns whether nothing of it is left.
    """
    if signal_to(keeper, signal.SIGTERM):
        bell, handle = Bell(), _handle(keeper)
        try:
            deadline = time.monotonic() + within
            while is_running(keeper) and (rest := deadline - time.monotonic()) > 0:
                bell.wait(handle, min(rest, _LOOK))
        finally:
            bell.close()
            if handle is not None:
                os.close(handle)
        signal_to(keeper, signal.SIGKILL)
    left = [*sweep.end_marked(mark), *sweep.end_marked(sweep.of_git(mark))]
    return not left and not is_running(keeper)


def _handle(keeper: Identity) -> int | None:
    """A descriptor that can be read when the process has ended, on systems that have such."""
    try:
        return os.pidfd_open(keeper.pid)
    except (AttributeError, OSError):
        return None
