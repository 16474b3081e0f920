"""An agent may do everything.

## What it does
Warns about `permissions: bypass`, and about `allowed_tools` with `Bash` alone or `Bash(*)`.

## Why
Nobody is there to say no: whatever the agent takes into its head, or reads somewhere, is run with your rights, in your
folder and with your keys.

## Example
```yaml
- claude: "/mmm-lint"
  allowed_tools: ["Edit", "Bash"]
```

## Use instead
```yaml
- claude: "/mmm-lint"
  allowed_tools: ["Edit", "Bash(npm run lint:*)"]
```

## Fix
None: which commands it needs is for you to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.publishing import is_anything, settings_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Span

SEVERITY: Severity = "warning"
TAGS = ("security",)


def check(facts: Facts) -> Iterator[Diagnostic]:
    seen: set[Span] = set()
    for settings in settings_of(facts):
        found: list[tuple[Span, str, str]] = []
        if settings.permissions is not None and settings.permissions.value == "bypass":
            advice = "leave it out, and name in `allowed_tools` what the agent needs: `Bash(make test)`"
            found.append((settings.permissions.span, "asks for nothing", advice))
        for tool in settings.allowed_tools or ():
            if is_anything(tool) and tool.value.strip() != "*":  # no agent takes that: rule `invalid-tool`
                advice = "name the commands that it needs, such as `Bash(make test)` or `Bash(npm run:*)`"
                found.append((tool.span, "allows every command", advice))
        for span, label, advice in found:
            if span not in seen:
                seen.add(span)
                yield Diagnostic(
                    rule="excessive-permissions",
                    severity=SEVERITY,
                    message="the agent may run whatever it likes without asking",
                    source=facts.source,
                    primary=Label(span, label),
                    help=(advice,),
                )
