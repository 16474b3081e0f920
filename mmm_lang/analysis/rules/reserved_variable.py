"""An environment variable has a name of mmm's own.

## What it does
Warns about an entry of `env:` that is named like a variable of the session, such as `FILE` or `ITERATION`.

## Why
`$FILE` in a script is then still the variable of mmm, and only what the script starts sees the entry. The two are easily
mixed up.

## Example
```yaml
- shell: "./scripts/convert $FILE"
  env: {FILE: "report.md"}
```

## Use instead
```yaml
- shell: "./scripts/convert $REPORT"
  env: {REPORT: "report.md"}
```

## Fix
None: what reads the variable has to change as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.variables import SESSION_VARIABLES
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    entries = [*facts.playbook.env, *(entry for step in facts.outline.steps for entry in step.env)]
    for entry in entries:
        name = entry.name.value
        if name in SESSION_VARIABLES:
            yield Diagnostic(
                rule="reserved-variable",
                severity=SEVERITY,
                message=f"`${name}` in a playbook is not this entry, but a variable of mmm",
                source=facts.source,
                primary=Label(entry.name.span, f"is {SESSION_VARIABLES[name]}"),
                help=("give the entry another name",),
            )
