"""`$CAPTURED_OUTPUT` is read where nothing has set it.

## What it does
Warns about `$CAPTURED_OUTPUT` where no step before has `capture_output: true`.

## Why
It is empty then. Older playbooks wrote it in handlers, where it never held anything.

## Example
```yaml
- shell: "cargo test"
  on_failure:
    claude: "/mmm-debug-test-failures '$CAPTURED_OUTPUT'"
```

## Use instead
```yaml
- shell: "cargo test"
  on_failure:
    claude: "/mmm-debug-test-failures '${shell.output}'"
```

## Fix
In the handler of a shell step: `${shell.output}` is put there. Unsafe, for the prompt changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.flow import order
from mmm_lang.analysis.scopes import VariableTarget
from mmm_lang.analysis.sites import Site
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.syntax.nodes import CallAction, ShellAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    capturing = [
        step
        for step in facts.outline.steps
        # a step of a playbook that is called may set it, too
        if (step.capture_output is not None and step.capture_output.value)
        or isinstance(step.action, CallAction)
    ]
    for resolution in facts.resolutions.values():
        site, target = resolution.site, resolution.target
        if not isinstance(target, VariableTarget) or target.name != "CAPTURED_OUTPUT":
            continue
        if site.hole.default is not None:
            continue
        if any(order(facts.outline, site, step) == "before" for step in capturing):
            continue
        in_repair = _in_repair(facts, site)
        yield Diagnostic(
            rule="unset-captured-output",
            severity=SEVERITY,
            message="`CAPTURED_OUTPUT` is empty here: no step before has `capture_output: true`",
            source=facts.source,
            primary=Label(site.hole.span, "nothing has set it"),
            help=(
                "write `${shell.output}` for the output of the step under repair"
                if in_repair
                else "give the step that you mean an `id` and write `${id.output}`",
            ),
            fix=Fix("replace with `${shell.output}`", "unsafe", (Edit(site.hole.span, "${shell.output}"),))
            if in_repair
            else None,
        )


def _in_repair(facts: Facts, site: Site) -> bool:
    """Whether the place is in a handler of a shell step."""
    if site.step is None:
        return False
    homes = [facts.outline.homes[step] for step in facts.outline.lineage(site.step)]
    return any(
        home.relation == "handler" and home.owner is not None and isinstance(home.owner.action, ShellAction)
        for home in homes
    )
