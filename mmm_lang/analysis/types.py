"""The types of references: what a value is, before anything has run.

A type is a promise about the text that is put in: a number, a path, one of a few words, a list of lines, JSON.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

from mmm_lang.analysis.fields import NUMBER_FIELDS, declared_output
from mmm_lang.analysis.schemas import NoSuchProperty, Schema, along, choices_of, kinds_of, schema_of
from mmm_lang.analysis.scopes import InputTarget, ItemTarget, Resolution, StepTarget, VariableTarget
from mmm_lang.analysis.variables import NUMBERS
from mmm_lang.syntax.nodes import ClaudeAction, Hole, Map, Step

Kind = Literal["text", "path", "number", "boolean", "word", "list", "json"]
"""``word``: one of a few known words; ``list``: one value a line; ``json``: an object or array, as JSON text."""

STATUSES = ("succeeded", "failed", "skipped")
_PATH_FIELDS = frozenset({"spec", "output_file"})
_PATH_VARIABLES = frozenset({"FILE", "PROJECT_ROOT", "WORKTREE"})
_LIST_FIELDS = frozenset({"commits", "files"})
_TITLES: dict[Kind, str] = {
    "text": "text",
    "path": "a path",
    "number": "a number",
    "boolean": "`true` or `false`",
    "word": "one of a few words",
    "list": "a list",
    "json": "a JSON object or list",
}


class Type(NamedTuple):
    """The type of a value. ``choices`` are all the texts that it can be, where they are known."""

    kind: Kind
    choices: tuple[str, ...] | None = None

    @property
    def title(self) -> str:
        """What people call it, with an article."""
        return _TITLES[self.kind]


TEXT = Type("text")


def type_of(resolution: Resolution) -> Type | None:
    """The type of what a hole stands for, with its default and filters; ``None`` where nothing is known."""
    found = _type_of_target(resolution)
    return None if found is None else _as_written(found, resolution.site.hole)


def _type_of_target(resolution: Resolution) -> Type | None:
    match resolution.target:
        case StepTarget(kind=kind) | InputTarget(kind=kind) if kind:
            return _of_kind(kind)
        case StepTarget(step=step, field=name, path=path):
            return _type_of_field(step, name, path)
        case VariableTarget(name=name) if name in NUMBERS:
            return Type("number")
        case VariableTarget(name="map.results"):
            return Type("json")
        case VariableTarget(name=name):
            return Type("path") if name in _PATH_VARIABLES else TEXT
        case ItemTarget(loop=Step()) as item:
            from mmm_lang.analysis.loops import type_of_loop_item  # it asks us about the loop's source

            return type_of_loop_item(item)
        case ItemTarget(map=Map() as source) as item:
            return _type_of_item(item, source)
        case _:
            return None


def _of_kind(kind: str) -> Type:
    """The type of an input, or of an output of a playbook that is called."""
    return Type("boolean", ("true", "false")) if kind == "boolean" else Type(cast(Kind, kind))


def _type_of_item(item: ItemTarget, source: Map) -> Type | None:
    """What an item of `map:` holds at a path: known of files, of lines, and of items that the playbook lists."""
    from mmm_lang.analysis.item_values import seen_at
    from mmm_lang.analysis.items import shape_of

    shape = shape_of(source)
    if shape in ("file", "text"):
        plain = Type("path") if shape == "file" else TEXT
        return None if item.path else plain
    seen = seen_at(item)
    if seen is None or not seen.values:
        return None
    values = seen.values
    if all(isinstance(one, bool) for one in values):
        return Type("boolean", ("true", "false"))
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        return Type("number")
    if all(isinstance(one, str) for one in values):
        return TEXT
    return Type("json") if all(isinstance(one, dict | list) for one in values) else None


def _type_of_field(step: Step, name: str, path: tuple[str, ...]) -> Type | None:
    output = declared_output(step, name)
    if output is not None:
        if output.kind == "json":
            return type_of_json(step, json_path(output.pattern.value))
        return Type("path") if output.kind == "file_pattern" else TEXT
    if name == "json":
        return type_of_json(step, path)
    if name == "status":
        return Type("word", STATUSES)
    if name in NUMBER_FIELDS:
        return Type("number")
    if name in _LIST_FIELDS:
        return Type("list")
    return Type("path") if name in _PATH_FIELDS else TEXT


def json_path(pattern: str) -> tuple[str, ...]:
    """The names and indexes of the path of a `json` output: `$.a[0].b` has three."""
    return tuple(part for part in pattern.replace("[", ".").replace("]", "").split(".")[1:] if part)


def type_of_json(step: Step, path: tuple[str, ...]) -> Type | None:
    """What the answer of a step holds at a path, by the step's `output_schema`."""
    schema = schema_of(step) if isinstance(step.action, ClaudeAction) else None
    if schema is None:
        return None
    found = along(schema, path)
    return None if isinstance(found, NoSuchProperty) else _type_of_schema(found.schema)


def _type_of_schema(schema: Schema) -> Type | None:
    choices = choices_of(schema)
    if choices is not None:
        return Type("word", choices)
    kinds = kinds_of(schema) - {"null"}
    if kinds and kinds <= {"integer", "number"}:
        return Type("number")
    if kinds == {"boolean"}:
        return Type("boolean", ("true", "false"))
    if kinds == {"string"}:
        return TEXT
    return Type("json") if kinds and kinds <= {"array", "object"} else None


def _as_written(found: Type, hole: Hole) -> Type:
    """The type after filters, and with the default that may stand for the value."""
    for one in hole.filters:
        if one.name == "lines":
            found = Type("list")
        elif one.name in ("json", "head", "tail", "words"):
            found = TEXT
    if hole.default is None or found.kind in ("text", "path"):
        return found
    if found.choices is not None:
        return Type(found.kind, (*found.choices, hole.default))
    return found if found.kind == "number" and is_number(hole.default) else TEXT


def is_number(text: str) -> bool:
    """Whether a text is read as a number beside one."""
    try:
        float(text)
    except ValueError:
        return False
    return True
