"""What a declared `output_schema` says about a path into it: the part of JSON Schema that people write.

Understood are `type`, `properties`, `required`, `items`, `prefixItems`, `additionalProperties`, `patternProperties`,
`enum`, `const` and local `$ref`. Where a schema says more (`anyOf` and the like), nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from mmm_lang.syntax.nodes import Step

Schema = Mapping[str, object]
"""A JSON object that is a schema. An empty one allows everything."""

_ANYTHING: Schema = {}
_COMBINING = ("anyOf", "oneOf", "allOf", "not", "if", "$dynamicRef")
_MOST_REFERENCES = 20


class NoSuchProperty(NamedTuple):
    """The name at ``position`` of a path (from 0) is not in the schema. ``known`` are the properties there; ``kind``
    is what stands there instead of an object, such as ``string`` or ``array``, if that is why."""

    position: int
    known: tuple[str, ...]
    kind: str | None = None


class Found(NamedTuple):
    """The schema at the end of a path. ``optional``: the position of the first name that may be absent, if any."""

    schema: Schema
    optional: int | None


def schema_of(step: Step) -> Schema | None:
    """The schema of a step's answer, if it declares one that can be read."""
    if step.output_schema is None:
        return None
    import json  # few playbooks have a schema

    try:
        found: object = json.loads(step.output_schema.value)
    except (ValueError, RecursionError):
        return None
    return cast(Schema, found) if isinstance(found, dict) else None


def along(root: Schema, path: tuple[str, ...]) -> Found | NoSuchProperty:
    """What a path of names and indexes leads to."""
    here, optional = _resolved(root, root), None
    for position, name in enumerate(path):
        if _says_nothing(here):
            return Found(_ANYTHING, optional)
        properties = _properties(here)
        if name in properties:
            if optional is None and name not in _names(here.get("required")):
                optional = position
            here = _resolved(properties[name], root)
            continue
        inner = _undeclared(here, name)
        if inner is None:
            return NoSuchProperty(
                position, tuple(properties), None if "object" in kinds_of(here) else _kind(here)
            )
        here = _resolved(inner, root)
    return Found(here, optional)


def kinds_of(schema: Schema) -> frozenset[str]:
    """The JSON types that a value may have; empty where the schema does not say."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset((declared,))
    if isinstance(declared, list):
        return frozenset(_names(declared))
    return frozenset(("object",)) if "properties" in schema else frozenset()


def choices_of(schema: Schema) -> tuple[str, ...] | None:
    """The texts that a value may be, where the schema lists them and they are all texts."""
    listed = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if not isinstance(listed, list) or not listed or not all(isinstance(one, str) for one in listed):
        return None
    return tuple(str(one) for one in listed)


def _says_nothing(schema: Schema) -> bool:
    return not kinds_of(schema) or any(key in schema for key in _COMBINING)


def _properties(schema: Schema) -> Mapping[str, object]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _undeclared(schema: Schema, name: str) -> object | None:
    """The schema of a property that is not listed, or of an index; ``None`` where there can be none."""
    kinds = kinds_of(schema)
    if "array" in kinds and name.isdecimal():
        return _item(schema, int(name))
    if "object" not in kinds:
        return None
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        return others
    return _ANYTHING if others is True or "patternProperties" in schema or not _properties(schema) else None


def _item(schema: Schema, index: int) -> object:
    first = schema.get("prefixItems")
    if isinstance(first, list) and index < len(first):
        return first[index]
    return schema.get("items", _ANYTHING)


def _resolved(schema: object, root: Schema) -> Schema:
    """The schema behind local references; one that allows everything where they lead nowhere."""
    for _ in range(_MOST_REFERENCES):
        if not isinstance(schema, dict):
            return _ANYTHING
        reference = schema.get("$ref")
        if reference is None:
            return schema
        if not isinstance(reference, str) or not reference.startswith("#"):
            return _ANYTHING
        schema = root
        for name in reference.lstrip("#/").split("/") if reference != "#" else ():
            schema = schema.get(name) if isinstance(schema, dict) else None
    return _ANYTHING


def _names(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _kind(schema: Schema) -> str | None:
    return next(iter(sorted(kinds_of(schema) - {"null"})), None)
