"""An older way to write a step.

## What it does
Warns about `test:`.

## Why
`shell:` does the same and has all keys of a step.

## Example
```yaml
- test:
    command: "cargo test"
```

## Use instead
```yaml
- shell: "cargo test"
```

## Fix
It is written as `shell:`. Safe.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
