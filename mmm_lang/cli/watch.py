"""Checking again whenever something changes, in one process: a look at the files' times, a few times a second."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import is_terminal, write_message, write_output
from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import plural

LOOK = 0.25
"""Seconds between two looks at the files."""
QUIET = 0.1
"""Seconds without a change after which a burst of them is over."""

_CLEAR = "\x1b[2J\x1b[3J\x1b[H"

Stamps = Mapping[str, tuple[int, int, int] | None]


def watch(
    paths: Callable[[], Iterable[str]],
    once: Callable[[], object],
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Run ``once``, and again whenever one of the ``paths`` has changed, come or gone, until Ctrl-C; return 0.

    ``wait`` lets that many seconds pass.
    """
    try:
        while True:
            # Taken before the check: a change during it leads to another one.
            before = _stamps(paths())
            if is_terminal(sys.stdout):
                write_output(_CLEAR)
            _run(once)
            # the check itself finds out which other files matter, such as playbooks that are called
            before = {**_stamps(paths()), **before}
            write_message(f"watching {plural(len(before), 'file')}; Ctrl-C ends it")
            _wait_for_change(paths, before, wait)
    except KeyboardInterrupt:
        write_message("")
        return 0


def _run(once: Callable[[], object]) -> None:
    try:
        once()
    except UsageFailure as failure:  # such as a configuration that is being written
        write_message(f"error: {visible(str(failure))}")


def _wait_for_change(
    paths: Callable[[], Iterable[str]], before: Stamps, wait: Callable[[float], None]
) -> None:
    now = _stamps(paths())
    while now == before:
        wait(LOOK)
        now = _stamps(paths())
    while True:
        wait(QUIET)
        later = _stamps(paths())
        if later == now:
            return
        now = later


def _stamps(paths: Iterable[str]) -> Stamps:
    """What tells one state of a file from another: time, size and which file it is."""
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
