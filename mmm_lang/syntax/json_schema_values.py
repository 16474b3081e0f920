"""JSON Schema of single values: what each kind of value in the table of keys looks like.

Where `mmm check` only warns of a key without a value, ``null`` is legal here too: an editor should not call a key an
error while its value is being written.
"""

from __future__ import annotations

from collections.abc import Mapping

from mmm_lang.syntax.keys import Key, ValueKind
from mmm_lang.tagged import Json

Schema = dict[str, Json]

IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_-]*$"
VARIABLE = "^[A-Za-z_][A-Za-z0-9_]*$"
_PARTS = "".join(rf"(?:[0-9]+(?:\.[0-9]+)?{unit})?" for unit in "hms")
_EXIT_CODE = "(?:0?[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_WRITTEN: list[Json] = ["string", "number", "boolean"]
_MAY_BE_NOTHING = frozenset({"backoff", "max_cache_age"})
"""Durations of which 0 makes sense."""
_ESSENCE = frozenset({"claude", "shell", "name", "command", "approve"})
"""Texts that a step is nothing without."""

_CHOICES: Mapping[str, Mapping[str, str]] = {
    "on_denied": {
        "fail": "a tool that the agent was refused fails the step",
        "warn": "a tool that the agent was refused is a warning",
    },
    "rerun": {
        "auto": "run it again where that is safe",
        "ask": "ask a person",
        "never": "never run it twice, as for a push or a release",
    },
    "type": {
        "text": "any text",
        "path": "a path, on one line and not empty",
        "number": "a number, such as 3 or 0.5",
        "boolean": "true or false",
        "list": "a list; as text, one item a line, or a JSON array",
        "json": "a JSON value",
    },
}


def reference(name: str) -> Schema:
    """A definition of the schema, by its name."""
    return {"$ref": f"#/definitions/{name}"}


def described(key: Key, value: Schema) -> Schema:
    """The schema of a key's value, with what editors show."""
    found: Schema = {**value, "description": key.meaning.replace("`", ""), "markdownDescription": _page(key)}
    if key.instead is not None:
        message = f"has no effect: {key.instead}".replace("`", "")
        found |= {"deprecated": True, "deprecationMessage": message, "doNotSuggest": True}
    elif key.name == "test":
        found |= {
            "deprecated": True,
            "deprecationMessage": "write shell: with the command",
            "doNotSuggest": True,
        }
    return found


def _page(key: Key) -> str:
    """What a key is, in Markdown."""
    text = f"**{key.name}**: {key.meaning}"
    if key.instead is not None:
        text += f"\n\nHas no effect: {key.instead}."
    return text


def value_schema(key: Key) -> Schema:
    """The value of a key."""
    if key.name == "version":
        return {"enum": [1, "1"]}
    if key.choices:
        return _choice(key)
    if key.name in ("on_success", "do"):
        return reference("followers")
    if key.value == "block":
        return reference(key.name)
    if key.place == "over" and key.name == "items":
        return {"type": "array", "minItems": 1, "items": {"not": {"type": "null"}}}
    if key.place == "over" and key.name == "file":
        return {"type": "string", "pattern": r"\S"}
    if key.value == "integer":
        return {"type": "integer"} | ({} if key.minimum is None else {"minimum": key.minimum})
    if key.value == "duration":
        return reference("pause" if key.name in _MAY_BE_NOTHING else "duration")
    if key.name == "playbook" or (key.value == "template" and key.name in _ESSENCE):
        return {"type": "string", "pattern": r"[^/\s]"}
    if key.place == "output":
        return {"type": "string", "pattern": r"^\$" if key.name == "json" else r"\S"}
    if key.place == "input" and key.name == "default":
        return {"type": [*_WRITTEN, "array", "object"]}
    return dict(_KINDS[key.value])


def _choice(key: Key) -> Schema:
    """One of a few words. Editors read ``enumDescriptions``, in the same order."""
    meanings = _CHOICES[key.name]
    return {
        "type": "string",
        "enum": [*key.choices],
        "enumDescriptions": [meanings[choice] for choice in key.choices],
    }


_KINDS: Mapping[ValueKind, Schema] = {
    "text": {"type": "string"},
    "template": {"type": "string"},
    "condition": {"type": _WRITTEN},
    # a name such as `true` is one, whatever YAML takes it for
    "identifier": {"type": ["string", "boolean"], "pattern": IDENTIFIER},
    "number": {"type": "number", "exclusiveMinimum": 0},
    "boolean": {"type": "boolean"},
    "texts": {"type": ["array", "null"], "items": {"type": "string"}},
    # what a shell can have as the name of a variable
    "variables": {
        "type": ["array", "null"],
        "items": {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]*$"},
    },
    "templates": {"type": ["array", "null"], "items": {"type": _WRITTEN}},
    "codes": {"type": ["array", "null"], "minItems": 1, "items": reference("exitCode")},
    "steps": {"anyOf": [reference("steps"), {"type": "null"}]},
    "handler": reference("handler"),
    "exit-handlers": reference("exitHandlers"),
    "env": reference("env"),
    "outputs": reference("outputs"),
    "inputs": reference("inputs"),
    "schema": {"type": ["object", "string"]},
    "source": {
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            reference("over"),
        ]
    },
    "loop": {
        "anyOf": [
            {"type": "string", "pattern": r"\$"},
            {"type": "array", "items": reference("loopItem"), "minItems": 1},
            reference("foreach"),
        ]
    },
    "sort": {"anyOf": [reference("sortKey"), {"type": "array", "items": reference("sortKey")}]},
    "passed": {"type": ["object", "null"], "propertyNames": {"pattern": IDENTIFIER}},
    "results": {
        "type": ["object", "null"],
        "propertyNames": {"pattern": IDENTIFIER},
        "additionalProperties": {"type": _WRITTEN},
    },
    "any": {},
}

DEFINITIONS: Mapping[str, Schema] = {
    "duration": {
        "description": "seconds, or 90s, 10m, 2h, 1h30m",
        "type": ["number", "string"],
        "exclusiveMinimum": 0,
        "pattern": f"^(?=[0-9])(?=.*[1-9]){_PARTS}$",
    },
    "pause": {
        "description": "seconds, or 90s, 10m, 2h, 1h30m; 0 is none",
        "type": ["number", "string"],
        "minimum": 0,
        "pattern": f"^(?=[0-9]){_PARTS}$",
    },
    "exitCode": {
        "description": "an exit code from 0 to 255",
        "type": ["integer", "string"],
        "minimum": 0,
        "maximum": 255,
        "pattern": f"^{_EXIT_CODE}$",
    },
    "loopItem": {
        "description": "text, or a mapping or list of texts, as far in as one likes",
        "type": ["string", "number", "boolean", "array", "object"],
        "items": reference("loopItem"),
        "additionalProperties": reference("loopItem"),
    },
    "sortKey": {
        "description": "item.NAME, or item itself; a minus in front is descending",
        "type": "string",
        "pattern": r"^ *-? *item(\.[A-Za-z0-9_-]+)* *$",
    },
    "env": {
        "type": ["object", "null"],
        "propertyNames": {"pattern": VARIABLE},
        "additionalProperties": {"type": _WRITTEN},
    },
    "exitHandlers": {
        "type": ["object", "null"],
        "properties": {
            "0": {"description": "steps that run once after success", **reference("followers")},
            "default": {"description": "every other code but 0", **reference("handler")},
        },
        "patternProperties": {f"^{_EXIT_CODE}$": reference("handler")},
        "additionalProperties": False,
    },
}
"""Values with a shape of their own, but for the ones that are made of keys."""
