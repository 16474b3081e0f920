"""An input is declared and never used.

## What it does
Warns about an entry of `inputs:` that no reference names and no script mentions.

## Why
Whoever runs the playbook is asked for a value that changes nothing. Often a reference is missing, or misspelt as a
variable of the shell's.

## Example
```yaml
inputs:
  target: {default: src}
steps:
  - claude: "/mmm-code-review src"
```

## Use instead
```yaml
inputs:
  target: {default: src}
steps:
  - claude: "/mmm-code-review ${inputs.target}"
```

## Fix
None: whoever sets it with `--set` would get an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import InputTarget
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    if not facts.playbook.inputs:
        return
    used = {
        resolution.target.name
        for resolution in facts.resolutions.values()
        if isinstance(resolution.target, InputTarget)
    }
    for one in facts.playbook.inputs:
        if one.name.value not in used and not _is_mentioned(facts, one.name.value):
            yield Diagnostic(
                rule="unused-input",
                severity=SEVERITY,
                message=f"nothing uses the input `{one.name.value}`",
                source=facts.source,
                primary=Label(one.name.span, "never read"),
                help=(f"write `${{inputs.{one.name.value}}}` where it is meant, or remove it",),
            )


def _is_mentioned(facts: Facts, name: str) -> bool:
    """Whether a script may read it from its environment."""
    scripts = [step.action.script.raw for step in facts.outline.steps if isinstance(step.action, ShellAction)]
    if facts.playbook.until is not None:
        scripts.append(facts.playbook.until.script.raw)
    return any(re.search(rf"\b{re.escape(name)}\b", script) for script in scripts)
