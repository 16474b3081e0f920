"""A step can never run, because of what must have happened before.

## What it does
Warns about a `when` that asks whether an earlier step has failed, where such a failure has ended the session already;
and about what stands after a script that always fails.

## Why
A step that fails for good ends the session, unless `on_failure` says `fail_workflow: false`. A later step cannot pick
up the pieces; a handler can.

## Example
```yaml
- shell: "cargo test"
  id: tests
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} != 0
```

## Use instead
```yaml
- shell: "cargo test"
  on_failure:
    claude: "/mmm-fix-test --error ${shell.output}"
```

## Fix
None: the step has to move into the handler.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.flow import forgiving
from mmm_lang.analysis.outcomes import never_failed
from mmm_lang.analysis.outline import handlers_of
from mmm_lang.analysis.scripts import certain_exit_code
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction, Step

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step, home in facts.outline.homes.items():
        if facts.verdicts.get(step) == "unreachable":
            yield _after_success(facts, step)
        if home.index > 0 and _always_fails(home.steps[home.index - 1]):
            yield _after_failure(facts, step, home.steps[home.index - 1])


def _after_success(facts: Facts, step: Step) -> Diagnostic:
    asked = never_failed(facts, step)
    name = facts.keys.of(asked[0]) if asked else "the step before"
    span = step.when.span if step.when is not None else step.span
    return Diagnostic(
        rule="unreachable-step",
        severity=SEVERITY,
        message=f"this step never runs: where it is reached, `{name}` has not failed",
        source=facts.source,
        primary=Label(span, "never true"),
        secondary=tuple(
            Label(one.id.span, "a failure of this step ends the session")
            for one in asked
            if one.id is not None
        ),
        help=(
            f"put the step under `on_failure:` of `{name}`",
            f"or let the playbook go on after a failure: `on_failure: {{fail_workflow: false}}` on `{name}`",
        ),
    )


def _after_failure(facts: Facts, step: Step, before: Step) -> Diagnostic:
    key = next(iter(step.keys.values()), step.span)
    return Diagnostic(
        rule="unreachable-step",
        severity=SEVERITY,
        message="this step never runs: the one before always fails",
        source=facts.source,
        primary=Label(key, "never reached"),
        secondary=(Label(before.action.span, "always fails"),),
        help=("remove what cannot run, or give the failing step a `when`",),
    )


def _always_fails(step: Step) -> bool:
    """Whether a step fails for good each time: its script is nothing but `false` or `exit` with such a code."""
    action = step.action
    if not isinstance(action, ShellAction) or step.when is not None or forgiving(step) is not None:
        return False
    if any(handler.steps for handler in handlers_of(step)):
        return False
    code = certain_exit_code(action.script.raw)
    accepted = [one.value for one in step.ok_exit_codes or ()] or [0]
    return code is not None and code not in accepted
