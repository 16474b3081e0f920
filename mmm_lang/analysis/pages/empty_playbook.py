"""A playbook has no steps.

## What it does
Reports a file without any step.

## Why
There is nothing to run.

## Example
```yaml
steps: []
```

## Use instead
```yaml
steps:
  - claude: "/mmm-code-review"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
