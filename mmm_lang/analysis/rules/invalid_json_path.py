"""The path of a `json` output cannot be read.

## What it does
Reports a `json` output whose path is more than names and indexes after the `$`: `$.score`,
`$.results[0].name`.

## Why
The step would run, and be paid for, before anybody noticed.

## Example
```yaml
- shell: "cargo metadata --format-version 1"
  id: meta
  outputs:
    root: {json: "$..workspace_root"}
```

## Use instead
```yaml
- shell: "cargo metadata --format-version 1"
  id: meta
  outputs:
    root: {json: "$.workspace_root"}
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"

_PATH = re.compile(r"\$(?:\.[\w-]+|\[\d+\])*")


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        for output in step.outputs:
            if output.kind == "json" and not _PATH.fullmatch(output.pattern.value):
                yield Diagnostic(
                    rule="invalid-json-path",
                    severity=SEVERITY,
                    message=f"the path of output `{output.name.value}` cannot be read",
                    source=facts.source,
                    primary=Label(output.pattern.span, "not a path into JSON"),
                    help=("write `$`, then names and indexes: `$.results[0].name`; `$` alone is the whole",),
                )
