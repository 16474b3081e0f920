"""A key does not fit where it stands.

## What it does
Reports keys that belong to another kind of step or to another part of the file: `max_attempts` beside
`on_failure` and not inside it, `max_iterations` on a step, `timeout` on a group (which runs no process of its
own; put it on the steps inside, or under `defaults`). Also both `steps` and `commands` at the top, an
`on_success` beside exit code 0, and `max_attempts` of a handler without steps (a warning).

## Why
It would have no effect, or two meanings.

## Example
```yaml
- claude: "/mmm-lint"
  cwd: tools
```

## Use instead
```yaml
- shell: "make lint"
  cwd: tools
```

## Fix
None, but keys that belong below an empty `on_failure:` are indented. Unsafe.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
