"""A playbook or an input is not described.

## What it does
Notes a playbook with a header and without `description:`, and inputs without one.

## Why
`mmm plan` prints the description, and whoever has to give an input reads what it is for.

## Example
```yaml
name: Test coverage
inputs:
  target: {default: src}
steps:
  - claude: "/mmm-coverage ${inputs.target}"
```

## Use instead
```yaml
name: Test coverage
description: Find untested code and write tests
inputs:
  target: {default: src, description: folder to cover}
steps:
  - claude: "/mmm-coverage ${inputs.target}"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook = facts.playbook
    if playbook.form != "list" and playbook.keys and "description" not in playbook.keys:
        yield _diagnostic(facts, min(playbook.keys.values()), "this playbook has no description")
    for one in playbook.inputs:
        if not one.description:
            yield _diagnostic(facts, one.name.span, f"the input `{one.name.value}` has no description")


def _diagnostic(facts: Facts, span: Span, message: str) -> Diagnostic:
    return Diagnostic(
        rule="missing-description",
        severity=SEVERITY,
        message=message,
        source=facts.source,
        primary=Label(span),
        help=("add `description:` with one sentence",),
    )
