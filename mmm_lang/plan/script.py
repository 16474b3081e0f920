"""Scripts with their values in place: shell source in which no value is source.

Every value becomes an environment variable, and the script says its name in the way that the quotes around
the hole need, so that whatever the author wrote, a value is one argument and stays text. Only ``| raw`` puts
text into the source, because its author asked for that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from attrs import field, frozen

from mmm_lang.plan.ir import Hole, Place, Template

LONGEST_VALUE = 100 * 1024
"""Bytes of UTF-8 that one value may have: the system's limit for one argument is 128 KiB."""

LARGEST_ENVIRONMENT = 1024 * 1024
"""Bytes that all values of a script may have, their names included: the system's limit is 2 MiB."""

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


@frozen
class _Bindings:
    """Values by the name of their variable, and the bytes that they take."""

    by_name: dict[str, str] = field(factory=dict)
    sizes: list[int] = field(factory=list)

    def bind(self, name: str, value: str, hole: Hole) -> str:
        """Keep a value; gives the expansion that stands for it."""
        self.by_name[name] = value
        self.sizes.append(len(name) + _size(value) + 16)
        if sum(self.sizes[-1:]) and self.total > LARGEST_ENVIRONMENT:
            raise ValueTooLong(
                f"the values up to `{hole.written}` take more than {LARGEST_ENVIRONMENT:,} bytes, too much "
                f"to hand to a program; {_instead(hole)}"
            )
        return f"${{{name}}}"

    @property
    def total(self) -> int:
        return sum(self.sizes)


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
    bindings = _Bindings()
    source: list[str] = []
    number = 0
    for part in script.parts:
        if isinstance(part, str):
            source.append(part)
        else:
            number += 1
            source.append(_placed(part, values[number - 1], f"MMM_V{number}", bindings))
    return RenderedScript("".join(source), bindings.by_name)
