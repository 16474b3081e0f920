"""A value of the right type is not a legal one.

## What it does
Reports numbers out of range, durations that cannot be read, words that are not among the choices, patterns
that are no regular expression, and the like.

## Why
The step would fail, or do something else, after others have been paid for.

## Example
```yaml
- shell: "cargo test"
  timeout: 5 minutes
```

## Use instead
```yaml
- shell: "cargo test"
  timeout: 5m
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
