"""The parts of a condition exclude each other.

## What it does
Warns about a `when` that is never true, whatever the values: one part rules out what another one asks for.

## Why
The step never runs. Often `||` was meant for `&&`, or one of two names is a slip.

## Example
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1, 2]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} == 1 && ${tests.exit_code} == 2
```

## Use instead
```yaml
- shell: "make test"
  id: tests
  ok_exit_codes: [0, 1, 2]
- claude: "/mmm-fix-test --error ${tests.output}"
  when: ${tests.exit_code} in [1, 2]
```

## Fix
None: nobody but the author knows what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if step.when is not None and facts.verdicts.get(step) == "contradiction":
            yield Diagnostic(
                rule="contradictory-condition",
                severity=SEVERITY,
                message="this condition is never true: its parts exclude each other",
                source=facts.source,
                primary=Label(step.when.span, "the step never runs"),
                help=("write `||` where either is enough, or `in […]` for several values",),
            )
