"""A slash command is given an option that it does not know.

## What it does
Warns about an option such as `--dry-rnu` where the command's `argument-hint` lists options, and this one is not among
them. It needs the repository around the playbook.

## Why
The agent gets a word that the command's prompt says nothing about.

## Example
```yaml
- claude: "/release 1.2.0 --dry-rnu"
```

## Use instead
```yaml
- claude: "/release 1.2.0 --dry-run"
```

## Fix
Where the hint has a similar option: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.commands import calls_of
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.diagnostics.similar import nearest

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    around = facts.surroundings
    if around is None:
        return
    for call in calls_of(facts):
        file = around.command(call.name) if call.flags else None
        hint = file.argument_hint or "" if file is not None else ""
        known = re.findall(r"--[A-Za-z][\w-]*", hint)
        if file is None or not known:
            continue
        for flag, span in call.flags:
            if flag in known:
                continue
            similar = nearest(flag, known)
            yield Diagnostic(
                rule="unknown-argument",
                severity=SEVERITY,
                message=f"`/{call.name}` has no option `{flag}`",
                source=facts.source,
                primary=Label(span, "not in its hint"),
                help=(f"replace with `{similar}`" if similar else f"its arguments are `{hint}`",),
                notes=(f"that is what `argument-hint` says in {file.path}",),
                fix=Fix(f"replace with `{similar}`", "unsafe", (Edit(span, similar),)) if similar else None,
            )
