"""A key has no effect.

## What it does
Warns about keys of older playbooks that never did anything: `options` and `metadata` on steps, `args` on
`claude:`, `config` at the top, `save` and `format` under `analyze`. In a playbook in `mode: mapreduce` also about keys
that have no counterpart and change nothing of what is done, such as `retry_on_failure` and `error_collection`.

## Why
Somebody wrote it and relies on it.

## Example
```yaml
- claude: "/mmm-lint"
  options:
    fix: true
```

## Use instead
```yaml
- claude: "/mmm-lint --fix"
```

## Fix
None: what it was meant to do is written elsewhere.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
