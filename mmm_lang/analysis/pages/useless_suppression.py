"""A comment silences a rule that has nothing to say.

## What it does
Warns about rules in `# mmm: ignore[…]` and `# mmm: ignore-file[…]` that find nothing where the comment speaks of.
Mistakes of YAML itself cannot be silenced, nor can the warnings about such comments.

## Why
What the comment once excused is gone. Left in place, it would hide the next mistake of that kind.

## Example
```yaml
- shell: "cargo test" # mmm: ignore[raw-filter] the command answers with one of ours
```

## Use instead
```yaml
- shell: "cargo test"
```

## Fix
The name, or the whole comment, is removed. Safe.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
