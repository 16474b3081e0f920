"""The shell cannot read a script.

## What it does
Reports a script with a mistake of syntax: a quote that is not closed, an `if` without `fi`, or an array or `<(…)`, which
only bash and its like know, in a script for `sh`. Where shellcheck is found, it says so itself, and more exactly.

## Why
The step fails as soon as it is run, after all steps before it have been paid for.

## Example
```yaml
- shell: |
    if test -f Makefile; then
      make
```

## Use instead
```yaml
- shell: |
    if test -f Makefile; then
      make
    fi
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
SUBJECT = "script"
