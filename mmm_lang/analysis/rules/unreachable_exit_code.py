"""A handler waits for an exit code that counts as success.

## What it does
Warns about an entry of `on_exit_code` for a code that is also in `ok_exit_codes`.

## Why
A step that ends with such a code has succeeded; the handler never runs.

## Example
```yaml
- shell: "grep -q TODO src/main.rs"
  ok_exit_codes: [0, 1]
  on_exit_code:
    1:
      claude: "/mmm-cleanup-tech-debt"
```

## Use instead
```yaml
- shell: "grep -q TODO src/main.rs"
  on_exit_code:
    1:
      claude: "/mmm-cleanup-tech-debt"
```

## Fix
None: either of the two may be meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        accepted = {one.value: one.span for one in step.ok_exit_codes or ()}
        for entry in step.on_exit_code:
            if entry.code is None or entry.code.value not in accepted:
                continue
            code = entry.code.value
            yield Diagnostic(
                rule="unreachable-exit-code",
                severity=SEVERITY,
                message=f"the handler for exit code {code} never runs: {code} counts as success",
                source=facts.source,
                primary=Label(entry.code.span, "waits for this code"),
                secondary=(Label(accepted[code], "accepted here"),),
                help=(f"take {code} out of `ok_exit_codes`, or put the steps under `on_success`",),
            )
