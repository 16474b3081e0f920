"""A YAML tag has no meaning here.

## What it does
Reports tags such as `!include` and `!!python/name`. The tags of YAML's own types are fine.

## Why
A tag asks the reader to do something with a value; mmm reads values as they stand.

## Example
```yaml
- shell: !cmd "cargo test"
```

## Use instead
```yaml
- shell: "cargo test"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
