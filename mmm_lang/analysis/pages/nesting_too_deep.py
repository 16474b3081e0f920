"""Lists and keys are nested too deep.

## What it does
Reports the place that is nested more than 64 deep.

## Why
Every list of steps multiplies what a session may run, and nobody reads so deep a text.

## Example
```yaml
- shell: "make"
  metadata: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
    ]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
```

## Use instead
```yaml
- shell: "make"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
