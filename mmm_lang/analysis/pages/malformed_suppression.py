"""A comment was to silence a rule, and is not written as one.

## What it does
Warns about comments that begin like `# mmm: ignore[rule] reason` and do not have that form: no rule is named, the
brackets are missing, another word stands there, or `ignore-file` stands below the first step.

At the end of a line, `# mmm: ignore[rule]` speaks of that line and of the values on it; on a line of its own, of
the step, key or value that comes next. `# mmm: ignore-file[rule]` among the comments at the top speaks of the whole
file. Inside a script a `#` belongs to the script: put the comment behind `shell: |`.

## Why
The comment silences nothing, though somebody thinks that it does. There is no form that silences everything: it
would hide tomorrow's mistakes too.

## Example
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: "${advice.output | raw}" # mmm: ignore
```

## Use instead
```yaml
- claude: "/mmm-suggest-command"
  id: advice
- shell: "${advice.output | raw}" # mmm: ignore[raw-filter] the command answers with one of ours
```

## Fix
Where no rule is named: the rules that have something to say there are put in. Unsafe, for it silences them.
"""

from __future__ import annotations

from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "warning"
