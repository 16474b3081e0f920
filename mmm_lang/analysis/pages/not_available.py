"""This version of mmm cannot run it yet.

## What it does
Reports keys of the language that are read and cannot be run, such as `parallel:` and `foreach:`.

## Why
Passing over a step that somebody wrote would be worse than saying so.

## Example
```yaml
- parallel:
    - shell: "make lint"
    - shell: "make test"
```

## Use instead
```yaml
- shell: "make lint"
- shell: "make test"
```

## Fix
None.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
