"""No rule has this name.

## What it does
Warns about a name in `# mmm: ignore[…]` or in the configuration that is not the name of a rule.

## Why
Nothing is silenced or set by it, though somebody thinks so.

## Example
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: "${advice.output | raw}" # mmm: ignore[raw-filtre] the command answers with one of ours
```

## Use instead
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: "${advice.output | raw}" # mmm: ignore[raw-filter] the command answers with one of ours
```

## Fix
In a comment, where a rule has a similar name: that name is put there. Unsafe, for it silences that rule.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
