"""A filter does not exist.

## What it does
Reports a name after `|` in a reference that is none of `json`, `lines`, `words`, `raw`, `head(n)` and
`tail(n)`.

## Why
The value would go in as it is, whatever was wanted of it.

## Example
```yaml
- shell: "cargo test"
- claude: "/mmm-fix-test ${last.output | hed(20)}"
```

## Use instead
```yaml
- shell: "cargo test"
- claude: "/mmm-fix-test ${last.output | head(20)}"
```

## Fix
Where a similar filter exists: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
