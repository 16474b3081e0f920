"""A property is read that the answer need not have.

## What it does
Notes `${id.json.name}` without a default where the step's `output_schema` has `name` under `properties` and not under
`required`.

## Why
An answer without it fits the schema, and the step that reads it fails.

## Example
```yaml
- claude: "Grade the tests from 1 to 10."
  id: review
  output_schema: {type: object, properties: {grade: {type: integer}}}
- shell: "test ${review.json.grade} -gt 5"
```

## Use instead
```yaml
- claude: "Grade the tests from 1 to 10."
  id: review
  output_schema: {type: object, properties: {grade: {type: integer}}, required: [grade]}
- shell: "test ${review.json.grade} -gt 5"
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.schemas import Found, along, schema_of
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "note"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for hole, resolution in facts.resolutions.items():
        target = resolution.target
        if not isinstance(target, StepTarget) or target.field != "json" or not target.path:
            continue
        schema = schema_of(target.step)
        found = along(schema, target.path) if schema is not None else None
        if not isinstance(found, Found) or found.optional is None or hole.default is not None:
            continue
        at = len(hole.path) - len(target.path) + found.optional
        name = hole.names[at]
        yield Diagnostic(
            rule="optional-property",
            severity=SEVERITY,
            message=f"the answer need not have `{name.value}`",
            source=facts.source,
            primary=Label(name.span, "not required by `output_schema`"),
            help=(f"add `{name.value}` to `required` in `output_schema`",),
        )
