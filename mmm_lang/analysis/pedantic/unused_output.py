"""An output is declared and never read.

## What it does
Notes an entry of `outputs:` that no reference names. `spec` is left out: commands find it by themselves.

## Why
A step that does not make a declared output has failed. An output that nobody reads is only that: a way to fail.

## Example
```yaml
- shell: "./scripts/scan --json"
  outputs: {worst: {json: "$.issues[0].severity"}}
```

## Use instead
```yaml
- shell: "./scripts/scan --json"
  id: scan
  outputs: {worst: {json: "$.issues[0].severity"}}
- shell: "echo ${scan.worst}"
```

## Fix
None: it may be meant as a test of the step.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    read = {
        (resolution.target.step, resolution.target.field)
        for resolution in facts.resolutions.values()
        if isinstance(resolution.target, StepTarget)
    }
    for step in facts.outline.steps:
        for output in step.outputs:
            if output.name.value != "spec" and (step, output.name.value) not in read:
                yield Diagnostic(
                    rule="unused-output",
                    severity=SEVERITY,
                    message=f"nothing reads the output `{output.name.value}`",
                    source=facts.source,
                    primary=Label(output.name.span, "never read"),
                    help=(f"write `${{id.{output.name.value}}}` where it is meant, or remove it",),
                )
