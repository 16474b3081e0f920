"""A configuration has a key that does not exist.

## What it does
Warns about keys in `.mmm/config.yml` or `[tool.mmm]` of `pyproject.toml` that are no settings.

## Why
The key has no effect. It may be misspelt, or belong to a newer version.

## Example
```yaml
ignored: [raw-filter]
```

## Use instead
```yaml
ignore: [raw-filter]
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.analysis.registry import Subject
from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
SUBJECT: Subject = "configuration"
