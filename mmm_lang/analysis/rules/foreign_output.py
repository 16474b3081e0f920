"""A script hands a value on in the way of another tool.

## What it does
Warns about `$GITHUB_OUTPUT`, `$GITHUB_ENV` and `::set-output` in scripts.

## Why
They hand values to later steps of a GitHub workflow. Steps of a playbook read them as fields of an earlier step, whose
output is always kept.

## Example
```yaml
- shell: echo "version=$(cat VERSION)" >> "$GITHUB_OUTPUT"
```

## Use instead
```yaml
- shell: "cat VERSION"
  id: version
- claude: "Write the release notes of version ${version.output}"
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if not isinstance(step.action, ShellAction):
            continue
        script = step.action.script
        if "GITHUB_" not in script.raw and "::set-output" not in script.raw:
            continue
        found = re.search(r"\$\{?GITHUB_(?:OUTPUT|ENV)\b\}?|::set-output", script.raw)
        if found is not None:
            yield Diagnostic(
                rule="foreign-output",
                severity=SEVERITY,
                message=f"`{found[0]}` hands nothing to the later steps of a playbook",
                source=facts.source,
                primary=Label(script.span_of(*found.span()), "of GitHub's workflows"),
                help=("print the value, give the step an `id`, and read `${id.output}`",),
            )
