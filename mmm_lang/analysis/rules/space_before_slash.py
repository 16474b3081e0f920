"""A blank before the slash makes a command a plain prompt.

## What it does
Warns about `claude:` whose text begins with blanks or empty lines, and then a slash command.

## Why
The slash must be the very first character. With anything before it the agent reads a text about a command, and the
command's own prompt is never looked up.

## Example
```yaml
- claude: " /mmm-code-review"
```

## Use instead
```yaml
- claude: "/mmm-code-review"
```

## Fix
The blanks are removed. Unsafe: the prompt becomes another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.syntax.nodes import ClaudeAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        action = step.action
        if (
            not isinstance(action, ClaudeAction)
            or action.form != "claude"
            or not action.prompt.raw[:1].isspace()
        ):
            continue
        found = re.match(r"(\s+)/[A-Za-z0-9_][\w.:-]*(?=\s|\Z)", action.prompt.raw)
        if found is None:
            continue
        blanks = action.prompt.span_of(*found.span(1))
        on_one_line = not set(found[1]) & set("\r\n")
        yield Diagnostic(
            rule="space-before-slash",
            severity=SEVERITY,
            message=f"`{found[0].strip()}` is plain text here: something stands before its slash",
            source=facts.source,
            primary=Label(action.prompt.span_of(found.end(1), found.end()), "not a slash command"),
            help=("begin the prompt with the slash",),
            fix=Fix("remove the blanks", "unsafe", (Edit(blanks, ""),)) if on_one_line else None,
        )
