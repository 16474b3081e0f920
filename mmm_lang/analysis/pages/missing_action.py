"""A step has no action.

## What it does
Reports a step with none of `claude`, `shell`, `name`, `steps` or another action, an empty entry in a list of
steps, and an empty prompt or script.

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
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
