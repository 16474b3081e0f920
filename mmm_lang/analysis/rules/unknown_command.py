"""A slash command does not exist.

## What it does
Warns about a slash command that has no file in `.claude/commands` or `.claude/skills`, of the repository or of the user,
and that is neither the agent's own nor one that mmm describes. It needs the repository around the playbook.

## Why
`mmm cook` refuses to start without it.

## Example
```yaml
- claude: "/mmm-lnit"
  commit_required: false
```

## Use instead
```yaml
- claude: "/mmm-lint"
  commit_required: false
```

## Fix
Where there is a command with a similar name: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.commands import BUNDLED, calls_of
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import nearest

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    around = facts.surroundings
    if around is None:
        return
    for call in calls_of(facts):
        if call.name in BUNDLED or around.has_command(call.name):
            continue
        similar = nearest(call.name, (*BUNDLED, *around.command_names()))
        path = f".claude/commands/{call.name.replace(':', '/')}.md"
        advice = [f"write its prompt into `{path}`"]
        if similar is not None:
            advice.insert(0, f"there is a command with a similar name: `/{similar}`")
        yield Diagnostic(
            rule="unknown-command",
            severity=SEVERITY,
            message=f"there is no slash command `/{call.name}`",
            source=facts.source,
            primary=Label(call.span, "no such command"),
            help=tuple(advice),
            fix=Fix(f"replace with `{similar}`", "unsafe", (Edit(call.span, similar),)) if similar else None,
        )
