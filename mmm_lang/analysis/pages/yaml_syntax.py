"""The text is not YAML.

## What it does
Reports the place where the text stops being YAML, in words of playbooks: quotes or brackets that are not
closed, a tab in the indentation, `: ` inside a text without quotes, a key after a list, an action without its
`:`. Reading goes on behind it where that is possible.

## Why
What cannot be read cannot be run. YAML's own messages rarely name the cause.

## Example
```yaml
- shell: echo "a: b": c
```

## Use instead
```yaml
- shell: 'echo "a: b": c'
```

## Fix
Where the cause is known, the quotes or the indentation are put right. Each fix says whether it is safe.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
