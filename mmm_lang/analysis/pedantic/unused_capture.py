"""`capture_output: true` sets a variable that nothing reads.

## What it does
Notes `capture_output: true` where `$CAPTURED_OUTPUT` is not read later.

## Why
The output of every step is kept, and `${id.output}` reads it. `capture_output` only sets `$CAPTURED_OUTPUT` as well.

## Example
```yaml
- shell: "make bench"
  id: bench
  capture_output: true
- claude: "/mmm-analyze-results --data ${bench.output}"
```

## Use instead
```yaml
- shell: "make bench"
  id: bench
- claude: "/mmm-analyze-results --data ${bench.output}"
```

## Fix
The key is removed. Safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.removal import removal
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    if "CAPTURED_OUTPUT" in facts.source.text:
        return
    for step in facts.outline.steps:
        capture = step.capture_output
        if capture is not None and capture.value:
            yield Diagnostic(
                rule="unused-capture",
                severity=SEVERITY,
                message="nothing reads `$CAPTURED_OUTPUT`",
                source=facts.source,
                primary=Label(step.keys["capture_output"], "output is always kept"),
                help=("remove it; `${id.output}` reads the output of any step",),
                fix=removal(facts.source, step.keys["capture_output"], capture.span),
            )
