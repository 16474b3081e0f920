"""A script assigns a name that is a variable of mmm elsewhere.

## What it does
Warns about `$NAME` in a script that assigns NAME itself, where NAME is a variable of the session or an
input.

## Why
In such a script the name is the shell's all the way, also before the assignment, and also where mmm's value
was meant.

## Example
```yaml
- shell: |
    FILE=$(mktemp)
    echo "$FILE"
```

## Use instead
```yaml
- shell: |
    scratch=$(mktemp)
    echo "$scratch"
```

## Fix
None: which of the two was meant is for you to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import ShellsOwn
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import Template

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    told: set[tuple[Template | None, str]] = set()
    for resolution in facts.resolutions.values():
        site, target = resolution.site, resolution.target
        name = site.hole.path[0]
        if not isinstance(target, ShellsOwn) or target.assigned is None or (site.template, name) in told:
            continue
        told.add((site.template, name))
        yield Diagnostic(
            rule="shadowed-variable",
            severity=SEVERITY,
            message=f"`{name}` is the script's own variable here, not mmm's",
            source=facts.source,
            primary=Label(site.hole.span, "the shell's value, whatever mmm has set"),
            secondary=(Label(target.assigned, "the script assigns it here"),),
            help=(
                f"give the script's variable another name; an input is also `${{inputs.{name}}}`"
                if name in facts.scope.inputs
                else "give the script's variable another name",
            ),
        )
