"""A declared output hides a field that every step has.

## What it does
Warns about an entry of `outputs:` with the name of a field, such as `status` or `output`. `spec` is fine:
declaring it is how one says where the spec is found. Under `outputs:` in the header the same goes for the fields of a
call, such as `status`.

## Why
`${id.status}` is the declared output then, and the field cannot be read any more.

## Example
```yaml
- shell: "cargo bench"
  id: bench
  outputs:
    status: {regex: 'status: (\\w+)'}
```

## Use instead
```yaml
- shell: "cargo bench"
  id: bench
  outputs:
    verdict: {regex: 'status: (\\w+)'}
```

## Fix
None: references to the output have to change with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import GROUP_FIELDS, STEP_FIELDS
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.syntax.nodes import Located

SEVERITY: Severity = "warning"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        for output in step.outputs:
            name = output.name.value
            if name in (*STEP_FIELDS, "outputs") and name != "spec":
                yield _hidden(facts, output.name, "its step")
    for one in facts.playbook.outputs if facts.scope.part.name == "body" else ():
        name = one.name.value
        if name in (*GROUP_FIELDS, "outputs") and name not in ("spec", "spec_id"):
            yield _hidden(facts, one.name, "a step that calls this playbook")


def _hidden(facts: Facts, name: Located[str], owner: str) -> Diagnostic:
    return Diagnostic(
        rule="shadowed-field",
        severity=SEVERITY,
        message=f"output `{name.value}` hides the field `{name.value}` of {owner}",
        source=facts.source,
        primary=Label(name.span, "the name of a field"),
        help=("give the output another name",),
    )
