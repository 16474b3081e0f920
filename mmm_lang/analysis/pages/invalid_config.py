"""A setting has a value that it cannot have.

## What it does
Reports values in `.mmm/config.yml` or `[tool.mmm]` of `pyproject.toml` that are of the wrong kind or none of the
words that are possible, patterns that fit no file, and two configurations in one folder. The settings are `select`
and `ignore` (lists of rules), `level` (a rule and `error`, `warning`, `note` or `off`), `per_file` (a pattern and
what to `ignore` there), `preset` (`default`, `pedantic` or `audit`) and `fail_on` (`error`, `warning` or `note`).

## Why
The setting is left out, and the check is not the one that was asked for.

## Example
```yaml
level:
  raw-filter: fatal
```

## Use instead
```yaml
level:
  raw-filter: error
```

## Fix
None: what is meant is for you to say.
"""

from __future__ import annotations

from mmm_lang.analysis.registry import Subject
from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
SUBJECT: Subject = "configuration"
