"""A default looks like more than text.

## What it does
Warns about references, braces and filters in the text after `:-`.

## Why
The default of a reference is plain text; nothing in it is replaced.

## Example
```yaml
- claude: "/mmm-code-review ${ARG:-$FILE}"
```

## Use instead
```yaml
- claude: "/mmm-code-review ${ARG:-src}"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
