"""Scripts with their values in place: shell source in which no value is source.

Every value becomes an environment variable, and the script says its name in the way that the quotes around
the hole need, so that whatever the author wrote, a value is one argument and stays text. Only ``| raw`` puts
text into the source, because its author asked for that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from mmm_lang.plan.ir import Hole, Place, StepField, Template

LONGEST_VALUE = 100 * 1024
"""Bytes of UTF-8 that one value may have: the system's limit for one argument is 128 KiB."""

LARGEST_ENVIRONMENT = 1024 * 1024
"""Bytes that all values of a script may have, their names included: the system's limit is 2 MiB."""

_PER_VARIABLE = 16
"""Bytes that the system adds to each variable."""
_BLANKS = re.compile(r"[ \t\n\r\v\f]+")
_INTEGER = re.compile(r"[ \t\n\r]*([+-]?[0-9]{1,19})[ \t\n\r]*")
_INTEGERS = range(-(2**63), 2**63)
_SHOWN = 40


class ScriptProblem(Exception):
    """A value that a script cannot take. The message says which, why, and what to do."""


class ValueTooLong(ScriptProblem):
    """A value, or all values together, are longer than a program can be handed."""


class ValueHasNul(ScriptProblem):
    """A value has a NUL character, which no argument and no variable can hold."""


class ValueNotInteger(ScriptProblem):
    """A value that is no integer stands where the shell computes."""


class RenderedScript(NamedTuple):
    """Shell source for ``program -c`` and the variables that it reads, by name."""

    source: str
    bindings: dict[str, str]


def render_script(script: Template, values: Sequence[str]) -> RenderedScript:
    """Shell source and environment for a script.

    ``values`` are those of ``script.holes``, in order, after every filter but ``words`` and ``raw``, which
    say how a value is placed and are applied here. Each hole has its ``place``. The variables are called
    ``MMM_V1``, ``MMM_V2``, …, and ``MMM_V1_1``, … for the words of one value.

    Raises `ValueTooLong`, `ValueHasNul`, `ValueNotInteger` (all `ScriptProblem`), and ``ValueError``
    where the values are not as many as the holes or a hole has no place.
    """
    if len(values) != len(script.holes):
        raise ValueError(f"{len(script.holes)} holes and {len(values)} values")
    bindings: dict[str, str] = {}
    source: list[str] = []
    waiting = iter(enumerate(values, 1))
    for part in script.parts:
        if isinstance(part, Hole):
            number, value = next(waiting)
            source.append(_placed(part, value, f"MMM_V{number}", bindings))
        else:
            source.append(part)
    _check_total(script, bindings)
    return RenderedScript("".join(source), bindings)


def _placed(hole: Hole, value: str, variable: str, bindings: dict[str, str]) -> str:
    """The source that stands for one value; what it reads is put into ``bindings``."""
    if hole.place is None:
        raise ValueError(f"`{hole.written}` has no place in the script")
    if hole.place == "comment":
        return ""
    _check(hole, value)
    filters = {one.name for one in hole.filters}
    if "raw" in filters:
        return value
    if hole.place == "arithmetic":
        value = _integer(hole, value)
    if "words" not in filters:
        return _bound(hole, hole.place, variable, value, bindings)
    words = [word for word in _BLANKS.split(value) if word]
    if hole.place != "bare":
        return _bound(hole, hole.place, variable, " ".join(words), bindings)
    each = (_bound(hole, "bare", f"{variable}_{at}", word, bindings) for at, word in enumerate(words, 1))
    return " ".join(each)


def _bound(hole: Hole, place: Place, variable: str, value: str, bindings: dict[str, str]) -> str:
    bindings[variable] = value
    expansion = f"${{{variable}}}"
    match place:
        case "bare":
            return f'"{expansion}"'
        case "single":
            return f"'\"{expansion}\"'"
        case "ansi":
            return f"'\"{expansion}\"$'"
    return expansion


def _check(hole: Hole, value: str) -> None:
    if "\0" in value:
        raise ValueHasNul(
            f"the value of `{hole.written}` has a NUL character, which no argument can hold; {_instead(hole)}"
        )
    check_size(hole, _size(value))


def check_size(hole: Hole, size: int) -> None:
    """Raise `ValueTooLong` where a value of ``size`` bytes does not fit: before it is read, where it lies in a file."""
    if size > LONGEST_VALUE:
        raise ValueTooLong(
            f"the value of `{hole.written}` has {size:,} bytes, and a script takes {LONGEST_VALUE:,}; "
            f"{_instead(hole)}"
        )


def _check_total(script: Template, bindings: dict[str, str]) -> None:
    """Many values, or many words, are too much where each of them is not."""
    total = sum(len(name) + _size(value) + _PER_VARIABLE for name, value in bindings.items())
    if total > LARGEST_ENVIRONMENT:
        names = ", ".join(dict.fromkeys(f"`{hole.written}`" for hole in script.holes))
        raise ValueTooLong(
            f"the values of {names} take {total:,} bytes together, and a script takes "
            f"{LARGEST_ENVIRONMENT:,}; {_instead(script.holes[0])}"
        )


def _integer(hole: Hole, value: str) -> str:
    """The value as a shell computes with it: without blanks around it and leading zeros."""
    match = _INTEGER.fullmatch(value)
    if match is None or int(match[1]) not in _INTEGERS:
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        raise ValueNotInteger(
            f"the value of `{hole.written}` is no integer, and the shell computes where it stands: {shown!r}; "
            "put the reference into an argument instead, or print a number in the step"
        )
    return str(int(match[1]))


def _size(value: str) -> int:
    return len(value.encode("utf-8", "surrogatepass"))


def _instead(hole: Hole) -> str:
    """What to do about a value that does not fit."""
    if isinstance(hole.target, StepField):
        return f"use `${{{hole.written.split('.')[0]}.output_file}}`, the path of the full output"
    return "put it into a file and hand over the path"
