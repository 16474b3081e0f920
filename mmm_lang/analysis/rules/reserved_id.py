"""An id is a name that mmm uses itself.

## What it does
Reports ids that mean something else in references (`shell`, `last`, `item`, `map`, `inputs`, `env`, `run`),
that the plan uses for its own nodes (`start`, `end`, `until`), or that are the generated name of another
step (`step-2` on any step but the second).

## Why
`${shell.output}` is the output of the shell step under repair. If a step could be called `shell`, the same
text would mean two things.

## Example
```yaml
- shell: "cargo test"
  id: shell
```

## Use instead
```yaml
- shell: "cargo test"
  id: tests
```

## Fix
None: references to the step have to change with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.keys import PLAN_MARKS
from mmm_lang.analysis.variables import CONTEXTS
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if step.id is None:
            continue
        why = _reserved(facts, step.id.value)
        if why is not None:
            yield Diagnostic(
                rule="reserved-id",
                severity=SEVERITY,
                message=f"`{step.id.value}` cannot be the id of a step",
                source=facts.source,
                primary=Label(step.id.span, why),
                help=("give the step another id",),
            )


def _reserved(facts: Facts, name: str) -> str | None:
    """Why a name is not free for an id; ``None`` where it is."""
    if name in CONTEXTS:
        return "has a meaning of its own in references"
    if name in PLAN_MARKS:
        return "is a node of every plan"
    kind, _, number = name.partition("-")
    if kind == "step" and number.isascii() and number.isdigit() and number == str(int(number)):
        index = int(number) - 1
        steps = facts.playbook.steps
        if 0 <= index < len(steps) and steps[index].id is None:
            return f"is already the name of step {number}, which has no id"
    return None
