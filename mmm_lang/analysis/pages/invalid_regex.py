"""A regular expression cannot be read.

## What it does
Reports the place inside a pattern, of an output's `regex` or after `matches` in a condition, where it stops being
a regular expression. The syntax is that of Python's `re`.

## Why
The step would run, and be paid for, before anybody noticed.

## Example
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-implement-spec"
  when: ${review.output} matches /severity (high|critical/
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  id: review
- claude: "/mmm-implement-spec"
  when: ${review.output} matches /severity (high|critical)/
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
