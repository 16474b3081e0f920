"""A pattern in a condition cannot be read.

## What it does
Reports a pattern after `matches` that is no regular expression. The syntax is that of Python's `re`.

## Why
The condition could never be judged.

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
