"""Project context is not refreshed by this version of mmm.

## What it does
Notes `analyze:` steps and `analysis:` on steps. They are checked, and passed by when the playbook runs.

## Why
Commands that read `.mmm/context` find it as it is.

## Example
```yaml
- claude: "/mmm-code-review"
  analysis: {max_cache_age: 300}
```

## Use instead
```yaml
- claude: "/mmm-code-review"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "note"
