"""An input has the name of a variable of the session.

## What it does
Reports an entry of `inputs:` named like a variable that mmm sets itself, such as `ARG` or `FILE`.

## Why
`$FILE` is the path of this item of `--map`, in prompts and in the environment of scripts; the input could
not be seen.

## Example
```yaml
inputs:
  FILE: {default: README.md}
steps:
  - claude: "/mmm-docs-generate ${inputs.FILE}"
```

## Use instead
```yaml
inputs:
  document: {default: README.md}
steps:
  - claude: "/mmm-docs-generate ${inputs.document}"
```

## Fix
None: references to the input have to change with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.variables import SESSION_VARIABLES
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for one in facts.playbook.inputs:
        name = one.name.value
        if name in SESSION_VARIABLES:
            yield Diagnostic(
                rule="reserved-input",
                severity=SEVERITY,
                message=f"`{name}` cannot be the name of an input",
                source=facts.source,
                primary=Label(one.name.span, f"is {SESSION_VARIABLES[name]}"),
                help=("give the input another name",),
            )
