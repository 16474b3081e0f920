"""A step calls a playbook that has errors.

## What it does
Reports `playbook:` whose file is a playbook with errors, and shows the first of them where they are.

## Why
The steps of what is called become steps of the caller: it cannot run as long as they cannot.

## Example
```yaml
- playbook: lib/broken.yml
```

## Use instead
```yaml
- playbook: lib/plain.yml
```

## Fix
None here: `mmm check --fix` with the path of the other file mends what it can there.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.diagnostics.ordering import in_order
from mmm_lang.figures import plural
from mmm_lang.syntax.nodes import CallAction

SEVERITY: Severity = "error"

_MOST_SHOWN = 3


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step, called in facts.calls.items():
        if not isinstance(called, Callee) or called.analysis.ok or not isinstance(step.action, CallAction):
            continue
        errors = [one for one in in_order(called.analysis.diagnostics) if one.severity == "error"]
        more = len(errors) - _MOST_SHOWN
        yield Diagnostic(
            rule="playbook-with-errors",
            severity=SEVERITY,
            message=f"the playbook that is called here has {plural(len(errors), 'error')}",
            source=facts.source,
            primary=Label(step.action.playbook.span, "called here"),
            secondary=tuple(
                Label(one.primary.span, f"{one.rule}: {one.message}", one.source)
                for one in errors[:_MOST_SHOWN]
            ),
            help=(f"`mmm check {visible(called.source.path)}` says what to do",),
            notes=(f"{plural(more, 'error')} more in that file",) if more > 0 else (),
        )
