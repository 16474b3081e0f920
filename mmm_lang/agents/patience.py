"""How long mmm waits for an agent's model: settings of the environment, each with a default that needs no thought."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

IDLE_TIMEOUT = 600.0
"""Seconds without a sign of life from a model, after which its call is ended."""
FIRST_WAIT = 15.0
"""Seconds that the wait after a first transient error takes at most."""

_LONGEST = 86400.0
_TIME = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s|m|h)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


def idle_timeout(environ: Mapping[str, str]) -> float | None:
    """`MMM_IDLE_TIMEOUT` in seconds, else `IDLE_TIMEOUT`; ``None`` for `0`: a model may be silent for ever."""
    return _time(environ, "MMM_IDLE_TIMEOUT", IDLE_TIMEOUT) or None


def first_wait(environ: Mapping[str, str]) -> float:
    """`MMM_API_WAIT` in seconds, else `FIRST_WAIT`."""
    return _time(environ, "MMM_API_WAIT", FIRST_WAIT)


def unreadable(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Settings that hold no time: what is wrong, and what to write."""
    for name, default in (("MMM_IDLE_TIMEOUT", IDLE_TIMEOUT), ("MMM_API_WAIT", FIRST_WAIT)):
        if name in environ and _seconds(environ[name]) is None:
            advice = (
                f"write a time of at most a day, such as `90s` or `10m`; without it, it is `{default:g}s`"
            )
            yield f"the environment variable {name} is {environ[name][:40]!r}, which is no time", advice


def _time(environ: Mapping[str, str], name: str, default: float) -> float:
    found = _seconds(environ[name]) if name in environ else None
    return default if found is None else found


def _seconds(written: str) -> float | None:
    found = _TIME.fullmatch(written.strip())
    if found is None:
        return None
    seconds = float(found[1]) * _UNITS[found[2]]
    return seconds if seconds <= _LONGEST else None
