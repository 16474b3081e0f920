"""A call does not give a playbook an input that it needs.

## What it does
Reports `playbook:` without an entry under `inputs:` for an input that the other file declares without a default.

## Why
The other playbook cannot do without it. What `--set` gives is for the playbook that is started, not for those it calls.

## Example
```yaml
- playbook: lib/test.yml
```

## Use instead
```yaml
- playbook: lib/test.yml
  inputs: {target: src}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.callees import Callee
from mmm_lang.analysis.facts import Facts
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.figures import series
from mmm_lang.syntax.nodes import CallAction

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step, called in facts.calls.items():
        if not isinstance(called, Callee) or not isinstance(step.action, CallAction):
            continue
        given = {one.name.value for one in step.action.inputs}
        declared = {one.name.value for one in called.playbook.inputs}
        needed = [
            one for one in called.playbook.inputs if one.default is None and one.name.value not in given
        ]
        if not needed or len(given - declared) >= len(needed):
            continue  # what is missing is likely given under a wrong name, and that has been said
        more = [f"{len(needed) - 3} more"] if len(needed) > 3 else []
        names = series([*(f"`{one.name.value}`" for one in needed[:3]), *more])
        example = ", ".join(f"{one.name.value}: …" for one in needed[:3])
        yield Diagnostic(
            rule="missing-input",
            severity=SEVERITY,
            message=f"`{step.action.playbook.value}` needs its {_inputs(len(needed))} {names}",
            source=facts.source,
            primary=Label(step.keys.get("inputs", step.action.playbook.span), "not given here"),
            secondary=tuple(
                Label(one.name.span, "declared without a default", called.source) for one in needed[:3]
            ),
            help=(f"write `inputs: {{{example}}}` beside `playbook:`, or give it a default there",),
        )


def _inputs(number: int) -> str:
    return "input" if number == 1 else "inputs"
