"""A playbook has no name.

## What it does
Notes a playbook with a header and without `name:`.

## Why
People read the name while it runs and in the list of sessions; without one they read the name of the file.

## Example
```yaml
description: Find untested code and write tests
steps:
  - claude: "/mmm-coverage"
```

## Use instead
```yaml
name: Test coverage
description: Find untested code and write tests
steps:
  - claude: "/mmm-coverage"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook = facts.playbook
    if playbook.form != "list" and playbook.keys and "name" not in playbook.keys:
        yield Diagnostic(
            rule="missing-name",
            severity=SEVERITY,
            message="this playbook has no name",
            source=facts.source,
            primary=Label(min(playbook.keys.values())),
            help=("add `name:` at the top",),
        )
