"""The JSON Schema of playbooks, made from the table of keys; editors complete, explain and check with it.

It says what can be said about shape: which keys stand where, what their values look like, which fit which action.
What this version cannot run is not in it. It is valid as draft-07, which all editors know, and means the same as
2020-12; descriptions, snippets and deprecations are as VS Code and yaml-language-server read them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from mmm_lang.syntax.json_schema_values import (
    DEFINITIONS,
    IDENTIFIER,
    Schema,
    described,
    reference,
    value_schema,
)
from mmm_lang.syntax.keys import ACTIONS, KEYS, Key, Place
from mmm_lang.tagged import Json

_REQUIRED: Mapping[Place, tuple[str, ...]] = {
    "until": ("shell",),
    "retry": ("attempts",),
    "map": ("over",),
    "foreach": ("shell",),
    "test": ("command",),
}
_BLOCKS: tuple[Place, ...] = (
    "defaults",
    "until",
    "limits",
    "retry",
    "analyze",
    "analysis",
    "map",
    "over",
    "foreach",
)


def schema_text() -> str:
    """The schema as it is printed and kept in ``spec/playbook.schema.json``."""
    return json.dumps(playbook_schema(), indent=2, ensure_ascii=False) + "\n"


def playbook_schema() -> Schema:
    """The schema of a whole playbook: a list of steps, or a header with ``steps`` or ``commands``."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Playbook of mmm",
        "description": "A bounded program whose steps are agent calls and shell commands, and whose results are commits.",
        "type": ["array", "object"],
        "items": reference("item"),
        "minItems": 1,
        "properties": _properties("header")
        | {name: described(KEYS["header"][name], _list(1)) for name in ("steps", "commands")},
        "additionalProperties": False,
        "oneOf": [
            {"type": "array"},
            *({"type": "object", **_has((name,))} for name in ("steps", "commands")),
        ],
        "if": _has(("reduce",)),
        "then": _has(("map",)),
        "defaultSnippets": [_snippet("playbook", "name, bounds and steps", _PLAYBOOK)],
        "definitions": _definitions(),
    }


def _definitions() -> Schema:
    found: Schema = {
        "item": {"if": {"type": "string"}, "then": reference("command"), "else": reference("step")},
        "command": {
            "description": "a slash command without its /, which is expected to commit",
            "type": "string",
            "pattern": r"\S",
        },
        "steps": _list(0),
        "step": _step(),
        "followers": {
            "type": ["array", "object", "null"],
            "items": reference("item"),
            "if": {"type": "object"},
            "then": reference("step"),
        },
        "handler": {"if": {"type": "array"}, "then": reference("steps"), "else": reference("handlerStep")},
        "handlerStep": _handler(),
        "inputs": _named(_input(), "names of inputs, with what stands for each where --set says nothing"),
        "outputs": _named(_output(), "names of outputs, with where the value of each comes from"),
        "test": {
            **_object("test"),
            "type": ["object", "string"],
            "pattern": r"[^/\s]",
            "required": ["command"],
        },
    }
    for place in _BLOCKS:
        found[place] = _object(place)
    found["map"] = {**_object("map"), "type": "object"}
    found["over"] = _source()
    for name, definition in DEFINITIONS.items():
        found[name] = definition
    return found


def _list(least: int) -> Schema:
    return {"type": "array", "items": reference("item"), "minItems": least}


# --- keys ---


def _properties(*places: Place) -> Schema:
    return {
        key.name: described(key, value_schema(key))
        for place in places
        for key in KEYS[place].values()
        if _exists(key)
    }


def _exists(key: Key) -> bool:
    """Whether this version knows what to do with a key."""
    return key.feature is None and (key.actions is None or bool(_fitting(key)))


def _fitting(key: Key) -> tuple[str, ...]:
    """The actions beside which a key may stand."""
    fits = tuple(name for name in key.actions or () if KEYS["step"][name].feature is None)
    # `args` beside `claude` has no effect, and is no error.
    return (*fits, "claude") if key.name == "args" else fits


def _object(*places: Place) -> Schema:
    found: Schema = {
        "type": ["object", "null"],
        "properties": _properties(*places),
        "additionalProperties": False,
    }
    for place in places:
        if place in _REQUIRED:
            found |= _has(_REQUIRED[place])
    return found


def _source() -> Schema:
    """Where items are: one source, and what fits beside it."""
    return {
        **_object("over"),
        "type": "object",
        "oneOf": [_has((name,)) for name in ("items", "shell", "file")],
        "allOf": [
            {"if": _has(("json",)), "then": {"not": _has(("items",))}},
            {"if": _has(("timeout",)), "then": _has(("shell",))},
        ],
    }


def _named(value: Schema, description: str) -> Schema:
    return {
        "description": description,
        "type": ["object", "null"],
        "propertyNames": {"pattern": IDENTIFIER},
        "additionalProperties": value,
    }


def _input() -> Schema:
    return {**_object("input"), "type": ["object", "string", "number", "boolean", "null"]}


def _output() -> Schema:
    return {**_object("output"), "type": "object", "minProperties": 1, "maxProperties": 1}


# --- steps ---


def _step() -> Schema:
    return {
        "type": "object",
        "properties": _properties("step"),
        "additionalProperties": False,
        "oneOf": _one_action(),
        "allOf": _fits(),
        "defaultSnippets": [_snippet(*snippet) for snippet in _STEPS],
    }


def _handler() -> Schema:
    """A step with a handler's options among its keys, or these alone."""
    options: Json = [*KEYS["handler"]]
    return {
        "type": ["object", "null"],
        "properties": _properties("step", "handler"),
        "additionalProperties": False,
        "anyOf": [{"oneOf": _one_action()}, {"propertyNames": {"enum": options}}],
        "allOf": _fits(),
        "defaultSnippets": [_snippet(*snippet) for snippet in _HANDLERS],
    }


def _one_action() -> list[Json]:
    return [_has((name,)) for name in ACTIONS if KEYS["step"][name].feature is None]


def _fits() -> list[Json]:
    """Which keys want which action: one rule for all keys that want the same. And exit code 0 is `on_success`: no step
    has both. And a loop over what is not written out says how many items there are at most."""
    by_actions: dict[tuple[str, ...], list[str]] = {}
    for key in KEYS["step"].values():
        if key.actions is not None and _exists(key):
            by_actions.setdefault(_fitting(key), []).append(key.name)
    rules: list[Json] = [
        {
            "if": {"anyOf": [_has((name,)) for name in names]},
            "then": {"anyOf": [_has((one,)) for one in actions]},
        }
        for actions, names in by_actions.items()
    ]
    no_zero: Schema = {"not": {"type": "object", **_has(("0",))}}
    unwritten: Schema = {**_has(("foreach",)), "properties": {"foreach": {"type": ["string", "object"]}}}
    return [
        *rules,
        {"if": _has(("on_success",)), "then": {"properties": {"on_exit_code": no_zero}}},
        {"if": unwritten, "then": _has(("max_items",))},
    ]


def _has(names: Iterable[str]) -> Schema:
    return {"required": [*names]}


# --- snippets ---


def _snippet(label: str, description: str, body: Json) -> Schema:
    return {"label": label, "description": description, "body": body}


_PLAYBOOK: Json = {
    "name": "${1:General improvements}",
    "max_iterations": "${2:5}",
    "steps": [{"claude": "/${3:mmm-code-review}", "id": "${4:review}"}],
}
_STEPS: tuple[tuple[str, str, Json], ...] = (
    ("claude", "an agent call", {"claude": "/${1:mmm-code-review}"}),
    ("shell", "a script", {"shell": "${1:make test}"}),
    (
        "shell with repair",
        "a script, and an agent that mends what it finds",
        {
            "shell": "${1:make test}",
            "on_failure": {
                "claude": "/${2:mmm-fix-test} --error \\${shell.output\\}",
                "max_attempts": "${3:3}",
            },
        },
    ),
    (
        "foreach",
        "steps for every item of a list",
        {
            "foreach": "\\${${1:files}.json.${2:items}\\}",
            "max_items": "${3:20}",
            "do": [{"claude": "$4 \\${item\\}"}],
        },
    ),
    ("group", "steps under one condition", {"when": "$1", "steps": [{"claude": "$2"}]}),
)
_HANDLERS: tuple[tuple[str, str, Json], ...] = (
    ("repair", "an agent, then the step again", {"claude": "/${1:mmm-fix-test}", "max_attempts": "${2:3}"}),
    ("go on", "a failure is noted, and the session goes on", {"fail_workflow": False}),
)
