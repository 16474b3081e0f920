"""A slash command stands in a script.

## What it does
Warns about a script that is nothing but a slash command, such as `shell: "/mmm-lint"`.

## Why
The shell looks for a program of that path in the root of the file system, and the step fails.

## Example
```yaml
- shell: "/mmm-code-review"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
```

## Fix
`shell` is replaced by `claude`. Unsafe: an agent is called then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.commands import BUNDLED
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.syntax.nodes import ShellAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        if not isinstance(step.action, ShellAction) or not step.action.script.raw.startswith("/"):
            continue
        script = step.action.script
        found = re.match(r"/([\w-]+)(?=\s|\Z)", script.raw)
        if found is None or not (found[1] in BUNDLED or found[1].startswith("mmm-")):
            continue
        key = step.keys.get("shell")
        yield Diagnostic(
            rule="command-in-shell",
            severity=SEVERITY,
            message=f"`{found[0]}` is a slash command, and no program",
            source=facts.source,
            primary=Label(script.span_of(*found.span()), "a shell does not know it"),
            help=("write `claude:` for `shell:`",),
            fix=Fix("write `claude:`", "unsafe", (Edit(key, "claude"),)) if key is not None else None,
        )
