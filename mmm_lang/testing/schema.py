"""The JSON Schema of test files, made from the table of keys: what `mmm schema --test` prints, for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mmm_lang.tagged import Json
from mmm_lang.testing.keys import AT_MOST, CASE, COMMIT, EXPECT, FILE, OUTCOME, Key

_FILES: dict[str, Json] = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
_PLAIN: dict[str, Json] = {"type": ["string", "number", "boolean", "null"]}


def schema() -> Mapping[str, Json]:
    """The schema of a whole test file; valid as draft-07."""
    outcome = _object(OUTCOME)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Tests of an mmm playbook",
        "definitions": {
            "outcome": outcome,
            "commit": _object(COMMIT, ("message",)),
            "expect": _object(EXPECT),
            "at_most": _object(AT_MOST),
            "test": _object(CASE, ("name",)),
        },
        **_object(FILE, ("tests",)),
    }


def schema_text() -> str:
    """The schema as it is printed and kept in ``spec/test.schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _object(keys: tuple[Key, ...], required: tuple[str, ...] = ()) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {key.name: {**_value(key), "description": key.meaning} for key in keys},
        "additionalProperties": False,
    }
    if required:
        schema["required"] = list(required)
    return schema


def _value(key: Key) -> dict[str, Json]:
    match key.kind:
        case "text":
            return {"type": "string"}
        case "count":
            return {"type": "integer", "minimum": key.least}
        case "number":
            return {"type": ["number", "null"], "minimum": 0}
        case "money":
            return {"type": "number", "exclusiveMinimum": 0}
        case "duration":
            return {"type": ["string", "number"]}
        case "truth":
            return {"type": ["boolean", "null"] if key.name == "answer" else "boolean"}
        case "choice":
            return {"enum": list(key.choices)}
        case "texts":
            return {"type": "array", "items": {"type": "string"}}
        case "texts_by_name":
            return {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
        case "files":
            return {**_FILES}
        case "values":
            return {"type": "object", "additionalProperties": {**_PLAIN}}
        case "commits":
            return {"type": "array", "items": {"$ref": "#/definitions/commit"}}
        case "stops":
            stop: Json = {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": {**_PLAIN},
            }
            return {"type": "array", "items": stop}
        case "outcomes":
            one: Json = {"$ref": "#/definitions/outcome"}
            several: Json = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/outcome"}}
            return {"type": "object", "additionalProperties": {"anyOf": [one, several]}}
        case "cases":
            return {"type": "array", "items": {"$ref": "#/definitions/test"}}
        case "expect" | "at_most" as name:
            return {"allOf": [{"$ref": f"#/definitions/{name}"}]}
    return {}
