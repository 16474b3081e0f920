"""An alias has no anchor.

## What it does
Reports `*name` where no `&name` comes before it.

## Why
The alias stands for nothing. Often it was meant as text: a file pattern needs quotes.

## Example
```yaml
protect:
  - *lockfiles
steps:
  - shell: "cargo update"
```

## Use instead
```yaml
protect:
  - "*lockfiles"
steps:
  - shell: "cargo update"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
