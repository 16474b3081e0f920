"""`output_schema` is not a JSON Schema.

## What it does
Reports a `type` that does not exist, `properties` that are no mapping, and `required` that is no list of names or names a
property that the schema forbids.

## Why
The agent refuses the schema, or no answer can ever fit it.

## Example
```yaml
- claude: "Grade the tests from 1 to 10."
  output_schema:
    type: object
    properties: {grade: {type: int}}
```

## Use instead
```yaml
- claude: "Grade the tests from 1 to 10."
  output_schema:
    type: object
    properties: {grade: {type: integer}}
```

## Fix
None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.schemas import schema_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity

SEVERITY: Severity = "error"

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_OTHER_NAMES = {"int": "integer", "float": "number", "double": "number", "str": "string", "text": "string",
                "bool": "boolean", "dict": "object", "map": "object", "list": "array", "none": "null"}  # fmt: skip
_DEEPEST = 30


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        schema = schema_of(step) if step.output_schema is not None else None
        flaws = () if schema is None or step.output_schema is None else _flaws(schema, "the schema", 0)
        for message, advice in flaws:
            assert step.output_schema is not None
            yield Diagnostic(
                rule="invalid-schema",
                severity=SEVERITY,
                message=message,
                source=facts.source,
                primary=Label(step.output_schema.span, "not a JSON Schema"),
                help=(advice,),
            )


def _flaws(schema: Mapping[str, object], where: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        return
    declared = schema.get("type")
    for one in declared if isinstance(declared, list) else [declared]:
        if one is not None and one not in _TYPES:
            yield _wrong_type(one, where)
    properties = schema.get("properties")
    if properties is not None and not isinstance(properties, dict):
        yield f"`properties` of {where} is no mapping", "write `properties: {name: {type: string}}`"
    inner = properties if isinstance(properties, dict) else {}
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(one, str) for one in required):
        yield f"`required` of {where} is no list of names", "write `required: [name]` beside `properties`"
    elif schema.get("additionalProperties") is False and "patternProperties" not in schema:
        for name in required:
            if name not in inner:
                yield (
                    f"{where} requires `{name}`, which it does not allow",
                    f"declare `{name}` under `properties`",
                )
    for name, one in inner.items():
        if isinstance(one, dict):
            yield from _flaws(one, f"`{name}`", depth + 1)
        elif not isinstance(one, bool):
            yield f"`{name}` of {where} is no schema", f"write `{name}: {{type: string}}`"
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _flaws(items, f"the items of {where}", depth + 1)


def _wrong_type(one: object, where: str) -> tuple[str, str]:
    from mmm_lang.diagnostics.similar import nearest

    word = str(one)
    meant = _OTHER_NAMES.get(word.lower()) or nearest(word, _TYPES)
    known = ", ".join(f"`{name}`" for name in _TYPES)
    return (
        f"the type of {where}, `{word}`, is none of JSON's",
        f"write `{meant}`" if meant else f"write one of {known}",
    )
