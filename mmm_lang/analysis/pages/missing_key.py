"""A key is missing.

## What it does
Reports a playbook with keys and without `steps:`, steps without their `-` at the top, and blocks that
lack the key they are for: `attempts` in `retry`, `shell` in `until`, `command` in `test`.

## Why
Without it the block means nothing.

## Example
```yaml
- claude: "/mmm-lint"
  retry: {backoff: 10s}
```

## Use instead
```yaml
- claude: "/mmm-lint"
  retry: {attempts: 3, backoff: 10s}
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
