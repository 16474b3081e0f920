"""An entry of `allowed_tools` cannot be the name of a tool.

## What it does
Reports entries that do not begin with a letter, such as `*`, and such with control characters.

## Why
The agent's call fails before it starts. Tools are named one by one; for all of them there is `permissions: bypass`.

## Example
```yaml
- claude: "/mmm-code-review"
  allowed_tools: ["*"]
```

## Use instead
```yaml
- claude: "/mmm-code-review"
  allowed_tools: ["Read", "Grep", "Bash(git diff:*)"]
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    playbook = facts.playbook
    levels = (playbook.settings, playbook.defaults, *(step.settings for step in facts.outline.steps))
    wrong = {
        tool.span: tool
        for settings in levels
        for tool in settings.allowed_tools or ()
        if not _can_be_a_tool(tool.value)
    }
    for span in wrong:
        yield Diagnostic(
            rule="invalid-tool",
            severity=SEVERITY,
            message="this cannot be the name of a tool",
            source=facts.source,
            primary=Label(span, "does not begin with a letter"),
            help=("name the tools one by one, such as `Edit` or `Bash(npm test:*)`",),
        )


def _can_be_a_tool(text: str) -> bool:
    return (
        text[:1].isascii()
        and text[:1].isalpha()
        and not any(ord(one) < 32 or ord(one) == 127 for one in text)
    )
