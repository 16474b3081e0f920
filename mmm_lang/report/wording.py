"""Words that every report shares, and texts of programs made fit to be shown."""

from __future__ import annotations

import os
import re
import unicodedata

from mmm_lang.figures import duration, measured, money, plural
from mmm_lang.plan.bounds import Bound
from mmm_lang.plan.ir import AgentCall, Step
from mmm_lang.runtime.events import BackedOff, SessionResumed, SessionStarted

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*(?:[@-~]|$)|\][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]+(?:[0-~]|$)|[@-_])"
)
"""Of a terminal, whole or cut off at the end of the text."""


AWAITING = "waiting for what other agent calls hold of the limits"
"""Why a step does not begin, though nothing is in its way but calls of other sessions."""


def elapsed(seconds: float) -> str:
    """A duration that grows while one looks at it: `3 s`, `3 min 5 s`, in whole seconds."""
    return measured(int(seconds)).replace(".0", "")


def bound(most: Bound) -> str:
    """A bound in a few words: `at most 12 agent calls and 4 shell runs`."""
    calls, runs = plural(most.agent_calls, "agent call"), plural(most.shell_runs, "shell run")
    money_part = ""
    if most.cost_usd is not None and most.agent_calls:
        money_part = f", {money(most.cost_usd)}"
    return f"at most {calls} and {runs}{money_part}"


def silence(seconds: float, patience: float) -> str:
    """That an agent's model says nothing, and when that will have been enough."""
    return f"no sign of life for {elapsed(seconds)}, ended after {duration(patience)}"


def waiting(event: BackedOff) -> str:
    """Why a call is made again, and when: `waiting 12 s after an overloaded API, call 2 of 4`."""
    wait = measured(event.wait).replace(".0 ", " ")
    return f"waiting {wait} after {event.after}, call {event.call} of {event.most}"


def icon(step: Step) -> str:
    """The sign at the start of a running step's line, as the seed has them."""
    if isinstance(step.action, AgentCall):
        command = step.action.command or ""
        if "lint" in command:
            return "🧹"
        if "implement" in command or "fix" in command:
            return "🔧"
        return "🤖"
    return "🔄"


def printable(text: str) -> str:
    """Text of a program as one may print it: without escape sequences and control characters."""
    plain = _ESCAPES.sub("", text).replace("\t", "    ")
    return "".join(one for one in plain if one.isprintable())


def cells(text: str) -> int:
    """Columns of a terminal that a line takes."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(unicodedata.combining(one) > 0 for one in text)


def cut(text: str, room: int) -> str:
    """``text`` in at most ``room`` columns (2 at least), its end left out where it is longer."""
    if cells(text) <= room:
        return text
    kept = text[: room - 1].rstrip("…")
    while kept and cells(kept) > room - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def last_lines(path: str, most: int, limit: int = 16 * 1024) -> list[str]:
    """The last lines of a file, printable, blank ones left out; reads no more than ``limit`` bytes."""
    try:
        with open(path, "rb") as file:
            left_out = max(0, os.fstat(file.fileno()).st_size - limit)
            file.seek(left_out)
            content = file.read(limit).decode("utf-8", "replace")
    except OSError:
        return []
    first, *others = (_as_shown(line) for line in content.split("\n"))
    lines = [f"…{first}" if left_out else first, *others]
    return [line for line in lines if line.strip()][-most:]


def _as_shown(line: str) -> str:
    """What a terminal shows of a line in the end: a carriage return starts it anew (progress bars)."""
    return printable(line.rstrip("\r").rpartition("\r")[2])


def limits(event: SessionStarted | SessionResumed) -> list[str]:
    """The limits of a session, a few words each."""
    found = []
    if event.agent_calls is not None:
        found.append(plural(event.agent_calls, "agent call"))
    if event.cost_usd is not None:
        found.append(money(event.cost_usd))
    if event.duration is not None:
        found.append(duration(event.duration))
    return found
