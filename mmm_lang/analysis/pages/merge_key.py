"""A merge key is not part of YAML 1.2.

## What it does
Reports `<<:`. Anchors and aliases for whole values are fine.

## Why
Merge keys were a proposal for YAML 1.1; what wins in them is a matter of the reader.

## Example
```yaml
- shell: "cargo test"
  env: &env {CI: "1"}
- shell: "cargo bench"
  env:
    <<: *env
```

## Use instead
```yaml
- shell: "cargo test"
  env: &env {CI: "1"}
- shell: "cargo bench"
  env: *env
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
