"""The playbook can do more than it is allowed to.

## What it does
Reports a playbook whose proved worst case is above `--max-calls`, `--max-cost` or `--max-duration` of `mmm check`, or
has no bound where one of these asks for it. The playbook's own `limits:` count: they are enforced while it runs.

## Why
It is the gate for a pipeline: nobody merges a playbook that can spend more than the team has agreed on.

## Example
Under `mmm check --max-calls 40`:
```yaml
- claude: "/mmm-code-review"
- claude: "/mmm-implement-spec"
- shell: "cargo test"
  on_failure: {claude: "/mmm-fix-test --error ${shell.output}"}
```

## Use instead
```yaml
max_iterations: 8
steps:
  - claude: "/mmm-code-review"
  - claude: "/mmm-implement-spec"
  - shell: "cargo test"
    on_failure: {claude: "/mmm-fix-test --error ${shell.output}"}
```

## Fix
None: which bound to lower is a decision.
"""

from __future__ import annotations

from mmm_lang.analysis.registry import Subject
from mmm_lang.diagnostics.model import Severity

SEVERITY: Severity = "error"
SUBJECT: Subject = "bound"
