"""The baseline excuses what is no longer there.

## What it does
Names entries of `.mmm/baseline.json` that excuse nothing in the playbooks that were checked: the mistake is mended,
or its line was changed.

## Why
An entry that is left in place would excuse the same mistake when it comes back. `mmm check --write-baseline` writes
the file anew.

## Example
```json
{
  "version": 1,
  "entries": [
    {"rule": "raw-filter", "path": "playbook.yml", "hash": "8c3d1f0a52e94b67", "occurrence": 1}
  ]
}
```

## Use instead
```json
{
  "version": 1,
  "entries": []
}
```

## Fix
None: `mmm check --write-baseline` mends the file.
"""

from __future__ import annotations

from mmm_lang.analysis.registry import Subject
from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "note"
SUBJECT: Subject = "baseline"
