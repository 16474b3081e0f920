"""An output takes something from the answer that its schema does not have.

## What it does
Reports a `json` output whose path leads to nothing in the step's own `output_schema`.

## Why
The answer fits the schema, so the path finds nothing in it, and a step that lacks a declared output has failed.

## Example
```yaml
- claude: "Grade the tests from 1 to 10."
  id: grade
  output_schema: {type: object, properties: {grade: {type: integer}}}
  outputs: {grade: {json: "$.garde"}}
- shell: "echo ${grade.grade}"
```

## Use instead
```yaml
- claude: "Grade the tests from 1 to 10."
  id: grade
  output_schema: {type: object, properties: {grade: {type: integer}}}
  outputs: {grade: {json: "$.grade"}}
- shell: "echo ${grade.grade}"
```

## Fix
Where the schema has a property with a similar name: it is put there. Unsafe, for it is a guess.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.schemas import NoSuchProperty, along, schema_of
from mmm_lang.analysis.types import json_path
from mmm_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Severity
from mmm_lang.syntax.nodes import ClaudeAction, Located

SEVERITY: Severity = "error"


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        wanted = [output for output in step.outputs if output.kind == "json"]
        if not wanted or step.output_schema is None or not isinstance(step.action, ClaudeAction):
            continue
        schema = schema_of(step)
        for output in wanted if schema is not None else ():
            assert schema is not None
            path = json_path(output.pattern.value)
            found = along(schema, path)
            if isinstance(found, NoSuchProperty):
                yield _diagnostic(facts, output.pattern, path, found)


def _diagnostic(
    facts: Facts, pattern: Located[str], path: tuple[str, ...], found: NoSuchProperty
) -> Diagnostic:
    from mmm_lang.diagnostics.similar import nearest

    name = path[found.position]
    similar = nearest(name, found.known)
    written = facts.source.slice(pattern.span)
    fix = None
    if similar is not None and written.count(name) == 1:
        fix = Fix(
            f"replace with `{similar}`", "unsafe", (Edit(pattern.span, written.replace(name, similar)),)
        )
    known = ", ".join(f"`{one}`" for one in found.known)
    return Diagnostic(
        rule="unknown-output-path",
        severity=SEVERITY,
        message=f"`output_schema` has no `{name}` there",
        source=facts.source,
        primary=Label(pattern.span, "finds nothing"),
        help=(
            f"replace `{name}` with `{similar}`"
            if similar is not None
            else f"it has {known}"
            if known
            else f"what stands there is of type `{found.kind}`",
        ),
        fix=fix,
    )
