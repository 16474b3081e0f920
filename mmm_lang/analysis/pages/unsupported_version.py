"""The playbook is written in a version of the language that this mmm does not know.

## What it does
Reports a `version` other than 1.

## Why
A later version may give the same words another meaning; guessing would cost money.

## Example
```yaml
version: 2
steps:
  - shell: "cargo test"
```

## Use instead
```yaml
version: 1
steps:
  - shell: "cargo test"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
