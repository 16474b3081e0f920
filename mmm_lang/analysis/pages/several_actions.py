"""A step has several actions.

## What it does
Reports a second action key in one step. `name:` is one: a slash command, not a title.

## Why
A step is one call or one script; which would run first is anybody's guess.

## Example
```yaml
- claude: "/mmm-code-review"
  shell: "cargo test"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
- shell: "cargo test"
```

## Fix
A `-` before the second one, where it stands on a line of its own. Unsafe: the keys after it go along.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
