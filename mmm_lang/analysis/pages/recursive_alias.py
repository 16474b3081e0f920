"""An alias stands for a value that contains it.

## What it does
Reports `*name` inside the value that `&name` marks.

## Why
Such a value has no end.

## Example
```yaml
- &again
  steps:
    - shell: "cargo test"
    - *again
```

## Use instead
```yaml
- steps:
    - shell: "cargo test"
    - shell: "cargo test"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
