"""A file holds more than one document.

## What it does
Reports the `---` that begins a second document.

## Why
A playbook is one document; a second one would be ignored.

## Example
```yaml
- shell: "cargo test"
---
- shell: "cargo bench"
```

## Use instead
```yaml
- shell: "cargo test"
- shell: "cargo bench"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
