"""A handler changes nothing, so the step fails again.

## What it does
Warns about an `on_failure` or `on_exit_code` whose steps only print something or end.

## Why
A handler is a repair: after it the step runs again. One that changes nothing makes the step fail two, three or four
times over. To note a failure and go on, `fail_workflow: false` is enough; mmm prints it.

## Example
```yaml
- shell: "cargo bench --no-run"
  on_failure:
    shell: "echo 'benchmarks do not build'"
```

## Use instead
```yaml
- shell: "cargo bench --no-run"
  on_failure: {fail_workflow: false}
```

## Fix
None: whether the playbook is to go on is for the author to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.outline import handlers_of
from mmm_lang.analysis.scripts import is_inert
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction, Step

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        for handler in handlers_of(step):
            if handler.steps and all(_changes_nothing(one) for one in handler.steps):
                yield Diagnostic(
                    rule="handler-cannot-help",
                    severity=SEVERITY,
                    message="this handler changes nothing, and the step runs again after it",
                    source=facts.source,
                    primary=Label(handler.steps[0].action.span, "changes nothing"),
                    secondary=(Label(handler.key_span, "a repair, followed by the step again"),),
                    help=(
                        "write `on_failure: {fail_workflow: false}` to go on after a failure",
                        "or `retry: {attempts: 3}` where another try may help",
                    ),
                )


def _changes_nothing(step: Step) -> bool:
    inside = step.on_success or any(handler.steps for handler in handlers_of(step))
    return isinstance(step.action, ShellAction) and not inside and is_inert(step.action.script.raw)
