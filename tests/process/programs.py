"""Programs to be run under the keeper, and ways to wait for what they do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from mmm_lang.process import sweep

PATIENCE = 20.0
"""Seconds after which something that must happen is said not to."""


def eventually(holds: Callable[[], object], within: float = PATIENCE):
    """The first true value of ``holds``; polled, with a deadline."""
    deadline = time.monotonic() + within
    while not (value := holds()):
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.01)
    return value


def python(source: str, *args: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", source, *args)


def number_in(path: Path) -> int:
    """A pid that a program writes, with a newline at its end, once it is there."""

    def read() -> int:
        text = path.read_text() if path.exists() else ""
        return int(text) if text.endswith("\n") else 0

    return eventually(read)


def runs(pid: int) -> bool:
    seen = sweep.status(pid)
    return seen is not None and seen.runs
