"""An older way to write a step or a map.

## What it does
Warns about `test:`, and once about a playbook in `mode: mapreduce`, which is read as one with `map:` and `reduce:`.

## Why
`shell:` does the same and has all keys of a step. A map of the older dialect says in other words what `map:`, `steps:`
and `reduce:` say, and some of its keys never had a counterpart.

## Example
```yaml
- test:
    command: "cargo test"
```

## Use instead
```yaml
- shell: "cargo test"
```

## Fix
It is written as `shell:`. Safe. `mmm fmt --upgrade` writes a whole playbook in the words of today.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
