"""A step may run for ever.

## What it does
Notes `claude:`, `name:` and `shell:` steps that have no `timeout`, neither their own nor one under `defaults:`; once a
playbook, at the first of them.

## Why
An agent that waits, or a test that hangs, holds the session until somebody looks. With a timeout for every step the
longest time of the whole playbook is known before it runs.

## Example
```yaml
- claude: "/mmm-code-review"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  timeout: 30m
```

## Fix
None: how long it may take is for the author to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction, ShellAction, Step

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    if "defaults.timeout" in facts.playbook.keys:
        return
    steps = [step for step in facts.outline.steps if isinstance(step.action, ClaudeAction | ShellAction)]
    endless = [step for step in steps if "timeout" not in step.keys]
    if not endless:
        return
    others = len(endless) - 1
    which = "this step has" if not others else f"this step and {others} other{'s' if others > 1 else ''} have"
    yield Diagnostic(
        rule="missing-timeout",
        severity=SEVERITY,
        message=f"{which} no timeout",
        source=facts.source,
        primary=Label(_place(endless[0]), "may run for ever"),
        help=("add `defaults: {timeout: 30m}` for every step, or `timeout:` to each",),
    )


def _place(step: Step) -> Span:
    """The key of the action; of a bare string the string."""
    return next(
        (step.keys[key] for key in ("claude", "name", "shell", "test") if key in step.keys), step.span
    )
