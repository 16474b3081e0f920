"""A step reads its own result.

## What it does
Reports a reference to the very step that it stands in, or to a group or loop from inside it.

## Why
The step has no result before it has ended. In its `on_failure` and `on_success` it has one: there, such a
reference is fine.

## Example
```yaml
- shell: "echo ${tests.output}"
  id: tests
```

## Use instead
```yaml
- shell: "cargo test"
  id: tests
- shell: "echo ${tests.output}"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import SelfReference
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ForEachAction

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for site, problem in facts.problems(SelfReference):
        name = facts.keys.of(problem.step)
        itself = problem.step is site.step
        around = "loop" if isinstance(problem.step.action, ForEachAction) else "group"
        yield Diagnostic(
            rule="self-reference",
            severity=SEVERITY,
            message=f"step `{name}` reads its own result"
            if itself
            else f"{around} `{name}` has not ended here",
            source=facts.source,
            primary=Label(
                site.hole.names[0].span,
                "this step itself" if itself else f"the {around} that this step is in",
            ),
            help=(
                "name a step that has ended before this one; `on_failure` and `on_success` of a step may read it",
            ),
        )
