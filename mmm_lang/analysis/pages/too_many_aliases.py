"""Aliases stand for too many values.

## What it does
Reports the alias that takes a file over the bound for values that aliases stand for.

## Why
A few lines of aliases of aliases can stand for billions of values.

## Example
```yaml
- &a {shell: "make", env: {A: "1", B: "2", C: "3", D: "4", E: "5", F: "6", G: "7"}}
- &b {steps: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]}
- &c {steps: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]}
- {steps: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]}
```

## Use instead
```yaml
- shell: "for i in $(seq 1000); do make; done"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
