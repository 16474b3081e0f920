"""A reference of another tool is plain text here.

## What it does
Warns about `{{ name }}`.

## Why
It is given to the agent or the shell as it is written.

## Example
```yaml
- claude: "/mmm-code-review {{ target }}"
```

## Use instead
```yaml
inputs:
  target: src
steps:
  - claude: "/mmm-code-review ${target}"
```

## Fix
None: where the value is to come from is for you to say.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
