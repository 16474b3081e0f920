"""Code is changed, and nothing tests it.

## What it does
Notes a playbook whose agents may change code where no script runs: neither a `shell:` step nor `until:`, nor a command
that tests or validates by its name.

## Why
An agent that says that all is well is no evidence. A test that ran is: "code computes, agents judge".

## Example
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-implement-spec ${review.spec}"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-implement-spec ${review.spec}"
- shell: "make test"
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ClaudeAction, ShellAction

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    steps = facts.outline.steps
    calls = [step.action for step in steps if isinstance(step.action, ClaudeAction)]
    if (
        not calls
        or facts.playbook.until is not None
        or any(isinstance(one.action, ShellAction) for one in steps)
    ):
        return
    if any(re.search(r"test-run|validat|verif|\btest\b", call.prompt.raw) for call in calls):
        return
    yield Diagnostic(
        rule="missing-success-criterion",
        severity=SEVERITY,
        message="agents change code here, and nothing tests it",
        source=facts.source,
        primary=Label(calls[0].prompt.span, "the first of them"),
        help=("add a `shell:` step that runs the tests, or `until: {shell: …}`",),
    )
