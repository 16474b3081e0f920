"""A script prints a secret.

## What it does
Warns about `echo` and `printf` of a variable whose name says that it is a secret (`$API_KEY`, `$GITHUB_TOKEN`), of such
an input, and about a bare `env` or `printenv`, where nothing takes the output up.

## Why
What a script prints is kept in mmm's journal, shown on the screen, and handed to the agent that mends a failed step.

## Example
```yaml
- shell: 'echo "deploying with $DEPLOY_TOKEN"'
```

## Use instead
```yaml
- shell: 'test -n "$DEPLOY_TOKEN" && echo "deploying"'
```

## Fix
None.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.analysis.script_texts import ScriptText, scripts_of
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.analysis.taint import action_span, is_secret_name, secret_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Hole

SEVERITY: Severity = "warning"
TAGS = ("security",)

_PRINTERS = frozenset({"echo", "printf"})
_WORTH_READING = r"\$|\b(?:env|printenv)\b"
_VARIABLE = r"(?<!\\)\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for script in scripts_of(facts):
        raw = script.template.raw
        if not any(word in raw for word in _PRINTERS) and "env" not in raw:
            continue
        if re.search(_WORTH_READING, raw) is None:
            continue
        before = ""
        holes = script.template.holes
        for command, depth in _with_depth(raw, read_script(raw).commands):
            # A group or substitution around the command may take its output up.
            taken_up = command.is_redirected or command.operator in ("|", "|&") or depth > 0
            if not taken_up:
                yield from _printed(facts, script, _inside(command, holes), command, before)
            before = command.operator


def _with_depth(raw: str, commands: Iterable[Command]) -> Iterator[tuple[Command, int]]:
    """Each command with the number of brackets that are open before it."""
    depth = at = 0
    for command in commands:
        if command.start < at:
            depth = at = 0
        depth += raw.count("(", at, command.start) - raw.count(")", at, command.start)
        at = command.start
        yield command, depth


def _inside(command: Command, holes: tuple[Hole, ...]) -> tuple[Hole, ...]:
    """The references that begin in a command; ``holes`` are those of its script, in order."""
    first, last = (
        bisect_left(holes, place, key=lambda hole: hole.start) for place in (command.start, command.end)
    )
    return holes[first:last]


def _printed(
    facts: Facts, script: ScriptText, holes: tuple[Hole, ...], command: Command, before: str
) -> Iterator[Diagnostic]:
    if command.name in ("env", "printenv") and not command.arguments and before not in ("|", "|&"):
        yield _diagnostic(facts, script, command.start, command.end, "all variables, secrets too,")
        return
    if command.name not in _PRINTERS:
        return
    raw = script.template.raw
    for found in re.compile(_VARIABLE).finditer(raw, command.start, command.end):
        name = found[1] or found[2]
        is_shown = is_secret_name(name) and not _is_literal(raw, command.start, found.start())
        if is_shown and not _is_assigned(raw, name):
            yield _diagnostic(facts, script, *found.span(), f"the secret `{name}`")
    for hole in holes:
        if len(hole.path) > 1:
            secret = secret_of(facts.resolutions[hole]) if hole in facts.resolutions else None
            if secret is not None:
                target = facts.resolutions[hole].target
                made = action_span(target.step) if isinstance(target, StepTarget) else None
                yield _diagnostic(facts, script, hole.start, hole.end, secret, made)


def _is_assigned(raw: str, name: str) -> bool:
    """Whether the script gives the variable a value itself: then it may be anything."""
    return re.search(rf"\b(?:{name}=|for\s+{name}\b|read\b[^\n]*\b{name}\b)", raw) is not None


def _is_literal(raw: str, start: int, at: int) -> bool:
    """Whether ``at`` is in single quotes of the command that begins at ``start``."""
    single = double = False
    for sign in raw[start:at]:
        if sign == '"' and not single:
            double = not double
        elif sign == "'" and not double:
            single = not single
    return single


def _diagnostic(
    facts: Facts, script: ScriptText, start: int, end: int, what: str, made: Span | None = None
) -> Diagnostic:
    """``made``: where the value comes from, if it is a step's."""
    here = Label(script.span_of(start, end), "goes into the log")
    return Diagnostic(
        rule="secret-in-log",
        severity=SEVERITY,
        message=f"{what} is printed" if not what.startswith("all") else f"{what} are printed",
        source=facts.source,
        primary=here,
        help=("print that it is there, not what it is",),
        flow=() if made is None else (Label(made, "it is printed here"), here),
    )
