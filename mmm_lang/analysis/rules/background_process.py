"""A script leaves a program running in the background.

## What it does
Warns about a script that ends while a program it has started with `&` is still running.

## Why
A step ends when its script ends, and what it left running is ended then. A server that is started so is gone before the
next step can talk to it.

## Example
```yaml
- shell: "npm start &"
- shell: "npm run smoke-test"
```

## Use instead
```yaml
- shell: |
    npm start &
    npm run smoke-test
```

## Fix
None: what needs the program has to move into the same script.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"

_IDLE = frozenset({"echo", "printf", "sleep", "true", ":", "disown"})


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if not isinstance(step.action, ShellAction) or "&" not in step.action.script.raw:
            continue
        script = step.action.script
        left = _left_running(read_script(script.raw).commands)
        if left is not None:
            yield Diagnostic(
                rule="background-process",
                severity=SEVERITY,
                message=f"`{left.name}` is ended when this script ends",
                source=facts.source,
                primary=Label(script.span_of(left.start, left.end), "left running in the background"),
                help=("use it in the same script, or wait for it with `wait`",),
            )


def _left_running(commands: tuple[Command, ...]) -> Command | None:
    """The last command in the background, where nothing comes after it that could need it."""
    for command in reversed(commands):
        if command.operator == "&" and command.name:
            return command
        if command.name not in _IDLE:
            return None
    return None
