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

import re
from collections.abc import Iterator, Mapping

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.schemas import schema_of
from mmm_lang.diagnostics.model import Diagnostic, Label, Severity
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import Step

SEVERITY: Severity = "error"

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_OTHER_NAMES = {"int": "integer", "float": "number", "double": "number", "str": "string", "text": "string",
                "bool": "boolean", "dict": "object", "map": "object", "list": "array", "none": "null"}  # fmt: skip
_DEEPEST = 30
_Flaw = tuple[str, str, str]
"""What is wrong, what to write, and the word that is wrong."""


def check(facts: Facts) -> Iterator[Diagnostic]:
    for step in facts.outline.steps:
        schema = schema_of(step) if step.output_schema is not None else None
        for message, advice, word in _flaws(schema, "the schema", 0) if schema is not None else ():
            yield Diagnostic(
                rule="invalid-schema",
                severity=SEVERITY,
                message=message,
                source=facts.source,
                primary=Label(_place(facts.source, step, word), "not a JSON Schema"),
                help=(advice,),
            )


def _place(source: Source, step: Step, word: str) -> Span:
    """Where the word stands in the schema, if it stands there once; else the key."""
    schema = step.output_schema.span if step.output_schema is not None else step.span
    found = list(re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", source.slice(schema)))
    if word and len(found) == 1:
        return Span(schema.start + found[0].start(), schema.start + found[0].end())
    return step.keys.get("output_schema", schema)


def _flaws(schema: Mapping[str, object], where: str, depth: int) -> Iterator[_Flaw]:
    if depth > _DEEPEST:
        return
    declared = schema.get("type")
    for one in declared if isinstance(declared, list) else [declared]:
        if one is not None and one not in _TYPES:
            yield _wrong_type(one, where)
    properties = schema.get("properties")
    if properties is not None and not isinstance(properties, dict):
        advice = "write `properties: {name: {type: string}}`"
        yield f"`properties` of {where} is no mapping", advice, "properties"
    inner = properties if isinstance(properties, dict) else {}
    yield from _of_required(schema, inner, where)
    for name, one in inner.items():
        if isinstance(one, dict):
            yield from _flaws(one, f"`{name}`", depth + 1)
        elif not isinstance(one, bool):
            yield f"`{name}` of {where} is no schema", f"write `{name}: {{type: string}}`", name
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _flaws(items, f"the items of {where}", depth + 1)


def _of_required(schema: Mapping[str, object], known: Mapping[str, object], where: str) -> Iterator[_Flaw]:
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(one, str) for one in required):
        yield (
            f"`required` of {where} is no list of names",
            "write `required: [name]` beside `properties`",
            "required",
        )
    elif schema.get("additionalProperties") is False and "patternProperties" not in schema:
        for name in required:
            if name not in known:
                advice = f"declare `{name}` under `properties`"
                yield f"{where} requires `{name}`, which it does not allow", advice, name


def _wrong_type(one: object, where: str) -> _Flaw:
    from mmm_lang.diagnostics.similar import nearest

    word = str(one)
    meant = _OTHER_NAMES.get(word.lower()) or nearest(word, _TYPES)
    known = ", ".join(f"`{name}`" for name in _TYPES)
    advice = f"write `{meant}`" if meant else f"write one of {known}"
    return f"the type of {where}, `{word}`, is none of JSON's", advice, word
