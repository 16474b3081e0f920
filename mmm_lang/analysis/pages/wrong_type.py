"""A value has the wrong type.

## What it does
Reports text where a number is expected, a single value where a list is, and the like. `yes`, `no`, `on` and
`off` are text.

## Why
Guessing what was meant is how `timeout: ten` becomes no timeout at all.

## Example
```yaml
- claude: "/mmm-lint"
  commit_required: no
```

## Use instead
```yaml
- claude: "/mmm-lint"
  commit_required: false
```

## Fix
`true` or `false` for a word that meant it, a list around a single value, quotes around a number, `NAME: value`
for `NAME=value`. Safe. The words of a list joined into one text: unsafe.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
