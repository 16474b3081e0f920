"""Which process is meant, for good: a pid alone is given to another one day."""

from __future__ import annotations

import contextlib
import os

from attrs import frozen

from mmm_lang.process import sweep
from mmm_lang.process.errors import ProcessError
from mmm_lang.process.short import run_short


@frozen
class Identity:
    """A process, told apart from all others that ever had or will have its ``pid``.

    ``start`` is when it started and ``boot`` which boot of the machine that was in; both are the system's own words.
    """

    pid: int
    start: str
    boot: str


def identity_of(pid: int) -> Identity | None:
    """``None`` where no such process runs (a zombie does not)."""
    if sweep.HAS_PROC:
        seen = sweep.status(pid)
        return Identity(pid, seen.start, boot()) if seen is not None and seen.runs else None
    state, _, start = _said("ps", "-o", "stat=,lstart=", "-p", str(pid)).partition(" ")
    return Identity(pid, start.strip(), boot()) if state and not state.startswith("Z") else None


def is_running(identity: Identity) -> bool:
    """Whether that very process still runs."""
    return identity_of(identity.pid) == identity


def signal_to(identity: Identity, number: int) -> bool:
    """Send a signal to that very process; false where it is gone."""
    if not is_running(identity):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, number)
        return True
    return False


def boot() -> str:
    """Which boot of the machine this is, in the system's own words; empty where it does not tell."""
    if not sweep.HAS_PROC:
        return _said("sysctl", "-n", "kern.bootsessionuuid")
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return ""


def _said(*argv: str) -> str:
    try:
        return run_short(argv, cwd="/", env={**os.environ, "LC_ALL": "C"}, timeout=5).stdout.decode().strip()
    except ProcessError:
        return ""
