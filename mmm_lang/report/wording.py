"""Words and figures that every report shares."""

from __future__ import annotations

import os
import re

from mmm_lang.plan.bounds import Bound
from mmm_lang.plan.ir import AgentCall, Step

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")


def plural(number: int, noun: str) -> str:
    """`1 commit`, `2 commits`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def money(cost: float) -> str:
    """US dollars, with more places where cents would hide it."""
    return f"${cost:.2f}" if cost >= 0.1 or cost == 0 else f"${cost:.4f}".rstrip("0")


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def bound(most: Bound) -> str:
    """A bound in a few words: `at most 12 agent calls and 4 shell runs`."""
    calls, runs = plural(most.agent_calls, "agent call"), plural(most.shell_runs, "shell run")
    money_part = ""
    if most.cost_usd is not None and most.agent_calls:
        money_part = f", {money(most.cost_usd)}"
    return f"at most {calls} and {runs}{money_part}"


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


def last_lines(path: str, most: int, limit: int = 16 * 1024) -> list[str]:
    """The last lines of a file, printable, blank ones left out; reads no more than ``limit`` bytes."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - limit))
            content = file.read(limit)
    except OSError:
        return []
    # a carriage return starts a line anew: progress bars
    lines = [printable(line.rsplit("\r", 1)[-1]) for line in content.decode("utf-8", "replace").split("\n")]
    return [line for line in lines if line.strip()][-most:]
