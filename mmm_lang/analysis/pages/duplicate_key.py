"""A key is written twice.

## What it does
Reports a key that its block has already, an exit code that `on_exit_code` has already, and an `on_failure`
both beside and inside `test:`.

## Why
Only one of the two could count, and YAML readers disagree which.

## Example
```yaml
- shell: "cargo test"
  timeout: 5m
  timeout: 10m
```

## Use instead
```yaml
- shell: "cargo test"
  timeout: 10m
```

## Fix
None: which of the two is meant is for you to say.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
