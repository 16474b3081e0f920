"""A failure goes by unnoticed.

## What it does
Notes a step that may fail and let the playbook go on (`fail_workflow: false`) without any later step that asks for its
`status` or `exit_code`, and a script that ends in `|| true`.

## Why
The session succeeds although a part of it did not. That may be just what is wanted; then say why in a comment.

## Example
```yaml
- shell: "make bench"
  id: bench
  on_failure: {fail_workflow: false}
- claude: "/mmm-performance"
```

## Use instead
```yaml
- shell: "make bench"
  id: bench
  on_failure: {fail_workflow: false}
- claude: "/mmm-performance"
  when: ${bench.status} == "succeeded"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.flow import forgiving
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.analysis.scripts import read_script
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ShellAction, Step

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    noticed = {
        resolution.target.step
        for resolution in facts.resolutions.values()
        if isinstance(resolution.target, StepTarget) and resolution.target.field in ("status", "exit_code")
    }
    for step in facts.outline.steps:
        place = forgiving(step)
        if place is not None and step not in noticed:
            yield _diagnostic(
                facts, place, "the playbook goes on after this failure, and no step asks for it"
            )
        swallowed = _swallowed(step)
        if swallowed is not None:
            yield _diagnostic(facts, swallowed, "this script succeeds whatever happens in it")


def _diagnostic(facts: Facts, span: Span, message: str) -> Diagnostic:
    return Diagnostic(
        rule="ignored-failure",
        severity=SEVERITY,
        message=message,
        source=facts.source,
        primary=Label(span, "a failure is passed by"),
        help=("ask for `${id.status}` in a later `when`, or let the failure count",),
    )


def _swallowed(step: Step) -> Span | None:
    """The `|| true` at the end of a script."""
    if not isinstance(step.action, ShellAction) or "||" not in step.action.script.raw:
        return None
    commands = read_script(step.action.script.raw).commands
    if len(commands) < 2 or commands[-1].name not in ("true", ":") or commands[-2].operator != "||":
        return None
    return step.action.script.span_of(commands[-2].end, commands[-1].end)
