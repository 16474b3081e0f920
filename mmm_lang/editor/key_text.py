"""Keys in words, for hover and completion, from the rows of the table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mmm_lang.editor.ground import Ground, key_at
from mmm_lang.syntax.keys import Key, Place, ValueKind

KINDS: Mapping[ValueKind, str] = MappingProxyType(
    {
        "text": "text",
        "template": "text with references",
        "condition": "a condition",
        "identifier": "a name",
        "integer": "an integer",
        "number": "a number",
        "boolean": "`true` or `false`",
        "duration": "a duration: seconds, or `90s`, `10m`, `2h`",
        "texts": "a list of texts",
        "variables": "a list of environment variables",
        "templates": "a list of texts with references",
        "codes": "a list of exit codes",
        "steps": "a list of steps",
        "handler": "a step, a list of steps, or options",
        "exit-handlers": "exit codes, each with a handler",
        "env": "names, each with a value",
        "outputs": "names, each with where it is found",
        "inputs": "names, each with a default",
        "schema": "a JSON Schema",
        "block": "a mapping",
        "source": "a glob, a list of globs, or a mapping",
        "sort": "a name in items, or a list of them",
        "loop": "a reference to a list, a list, or a mapping with `shell`",
        "passed": "names of inputs, each with a value",
        "results": "names, each with a reference",
        "any": "",
    }
)
"""What a value is, with its article."""

_PLACES: Mapping[Place, str] = MappingProxyType(
    {
        "header": "at the top of a playbook",
        "step": "in a step",
        "handler": "in a handler",
        "defaults": "in `defaults`",
        "until": "in `until`",
        "limits": "in `limits`",
        "retry": "in `retry`",
        "input": "in an entry of `inputs`",
        "output": "in an entry of `outputs`",
        "test": "in `test`",
        "analyze": "in `analyze`",
        "analysis": "in `analysis`",
        "map": "in `map`",
        "over": "in `over`",
        "foreach": "in `foreach`",
    }
)


def kind_title(row: Key) -> str:
    """What the value of a key is, in a few words without markup."""
    return " | ".join(row.choices) if row.choices else KINDS[row.value].replace("`", "")


def key_page(row: Key) -> str:
    """Markdown about a key: what it means, what its value is, where it stands."""
    lines = [f"**`{row.name}`** {_PLACES[row.place]}: {row.meaning}"]
    facts: list[str] = []
    if row.choices:
        facts.append(f"value: {', '.join(f'`{choice}`' for choice in row.choices)}")
    elif KINDS[row.value]:
        least = f", at least {row.minimum}" if row.minimum is not None else ""
        facts.append(f"value: {KINDS[row.value]}{least}")
    if row.actions is not None:
        known = [f"`{action}`" for action in row.actions if action != "test"]
        facts.append(f"on steps with {' or '.join(known)}")
    if row.feature is not None:
        facts.append(f"this version of mmm cannot run it: it has no {row.feature}")
    if row.instead is not None:
        facts.append(f"without effect: {row.instead}")
    return "\n".join([*lines, "", *(f"- {fact}" for fact in facts)]).rstrip()


def value_choices(ground: Ground, key: str) -> tuple[str, ...]:
    """The values of a key that can be listed."""
    row = key_at(ground, key)
    if row is None:
        return ()
    return ("true", "false") if row.value == "boolean" else row.choices
