"""A key has no value.

## What it does
Warns about keys such as `on_failure:` with nothing below them, and empty texts such as `cwd: ""`.

## Why
Often the lines below are not indented enough, or were deleted.

## Example
```yaml
- shell: "cargo test"
  on_failure:
```

## Use instead
```yaml
- shell: "cargo test"
  on_failure:
    claude: "/mmm-fix-test"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
