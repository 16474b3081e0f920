"""The name of a slash command stands without its slash, and is a plain prompt.

## What it does
Warns about `claude:` with the name of a command that exists and no `/` before it.

## Why
Below `commands:` and in `name:` the slash may be left out; in `claude:` the text is a prompt, and the agent is asked to
make something of the words "mmm-lint".

## Example
```yaml
- claude: "mmm-lint --fix"
```

## Use instead
```yaml
- claude: "/mmm-lint --fix"
```

## Fix
The slash is put before it. Unsafe: the prompt becomes another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.commands import BUNDLED
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    around = facts.surroundings
    for step in facts.outline.steps:
        action = step.action
        if not isinstance(action, ClaudeAction) or action.form != "claude":
            continue
        found = re.match(r"\s*([A-Za-z0-9_]+(?:[-:][\w.]+)+)(?=\s*\Z|\s+(?:--|\$))", action.prompt.raw)
        if found is None or not (
            found[1] in BUNDLED or (around is not None and around.has_command(found[1]))
        ):
            continue
        span = action.prompt.span_of(*found.span(1))
        yield Diagnostic(
            rule="missing-slash",
            severity=SEVERITY,
            message=f"`{found[1]}` without a slash is a plain prompt",
            source=facts.source,
            primary=Label(span, "the name of a slash command"),
            help=(f"write `/{found[1]}`",),
            fix=Fix(f"write `/{found[1]}`", "unsafe", (Edit(Span(span.start, span.start), "/"),)),
        )
