"""A slash command is called without the argument that it needs.

## What it does
Warns about a call without arguments where the command's `argument-hint` asks for one in angle brackets, such as
`<version>`. It needs the repository around the playbook.

## Why
The command's prompt has a gap then, and the agent fills it with a guess.

## Example
```yaml
- claude: "/release"
```

## Use instead
```yaml
- claude: "/release 1.2.0"
```

## Fix
None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.commands import IMPLEMENT, calls_of
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    around = facts.surroundings
    if around is None:
        return
    for call in calls_of(facts):
        file = None if call.has_arguments or call.name == IMPLEMENT else around.command(call.name)
        wanted = _required(file.argument_hint or "") if file is not None else None
        if file is not None and wanted is not None:
            yield Diagnostic(
                rule="missing-argument",
                severity=SEVERITY,
                message=f"`/{call.name}` needs an argument: `{wanted}`",
                source=facts.source,
                primary=Label(call.span, "called without"),
                help=(f"its arguments are `{file.argument_hint}`",),
                notes=(f"that is what `argument-hint` says in {file.path}",),
            )


def _required(hint: str) -> str | None:
    """The first argument of a hint that is not optional: in ``<…>``, outside of ``[…]``; none where there are
    alternatives."""
    if "|" in hint:
        return None
    outside = re.sub(r"\[[^\[\]]*\]", "", hint)
    found = re.search(r"(?:--[\w-]+[ =])?<[^<>]+>", outside)
    return found[0] if found else None
