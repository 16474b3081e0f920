"""A step has no action.

## What it does
Reports a step with none of `claude`, `shell`, `name`, `steps` or another action, an empty entry in a list of
steps, an empty prompt or script, and an action whose `:` or the space after it is missing.

## Why
There is nothing to run, and a call with an empty prompt is paid for all the same.

## Example
```yaml
- id: tests
  timeout: 5m
```

## Use instead
```yaml
- shell: "cargo test"
  id: tests
  timeout: 5m
```

## Fix
None, but a missing space after `:` is inserted (safe), and a missing `:` (unsafe).
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
