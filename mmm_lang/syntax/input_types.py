"""The types of inputs: which texts are values of each, and what a list is made of.

A value that is given on the command line, written as a default or passed by a caller is text; its type says what text
it may be.
"""

from __future__ import annotations

import re
from typing import Literal

InputType = Literal["text", "path", "number", "boolean", "list", "json"]

INPUT_TYPES: tuple[InputType, ...] = ("text", "path", "number", "boolean", "list", "json")

TITLES: dict[InputType, str] = {
    "text": "text",
    "path": "a path",
    "number": "a number",
    "boolean": "`true` or `false`",
    "list": "a list",
    "json": "JSON",
}
"""What people call a value of a type, with an article."""

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"


def input_type(word: str | None) -> InputType:
    """The type that a word names; ``text`` where nothing, or nothing known, is said."""
    return next((one for one in INPUT_TYPES if one == word), "text")


def fits(kind: InputType, text: str) -> bool:
    """Whether a text is a value of a type."""
    match kind:
        case "number":
            return re.fullmatch(_NUMBER, text.strip()) is not None
        case "boolean":
            return text in ("true", "false")
        case "path":
            return bool(text.strip()) and not set("\0\n\r") & {*text}
        case "json":
            return _json(text) is not _NOTHING
        case "list":
            return not text.lstrip().startswith("[") or isinstance(_json(text), list)
    return True


def items_of(text: str) -> tuple[str, ...]:
    """The items of a list: those of a JSON array (texts as they are, other values as JSON), or the lines of any other
    text that are not blank."""
    found = _json(text) if text.lstrip().startswith("[") else _NOTHING
    if isinstance(found, list):
        return tuple(one if isinstance(one, str) else _json_text(one) for one in found)
    return tuple(line.removesuffix("\r") for line in text.split("\n") if line.strip())


def list_text(items: tuple[str, ...]) -> str:
    """A list as the text that `items_of` reads."""
    return _json_text(list(items))


class _Nothing:
    """What a text that is no JSON holds."""


_NOTHING = _Nothing()


def _json(text: str) -> object:
    import json  # few playbooks have such inputs, and every check would pay for it

    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING
    return found


def _json_text(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
