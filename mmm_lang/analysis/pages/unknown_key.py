"""A key is not known where it stands.

## What it does
Reports keys that the language does not have at that place, with a similar one that it has, or what to write
for a key that other tools have. A key that belongs elsewhere in the file is `misplaced-key`.

## Why
A misspelt key that is passed over, such as `on_failur`, is a handler that never runs.

## Example
```yaml
- shell: "cargo test"
  timout: 5m
```

## Use instead
```yaml
- shell: "cargo test"
  timeout: 5m
```

## Fix
Where a similar key is known: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
