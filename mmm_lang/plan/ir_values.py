"""What the values of a plan are made of: text with references, lists that are written out, conditions."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Place = Literal["bare", "double", "single", "ansi", "heredoc", "arithmetic", "comment"]
"""Where a hole stands in a script: its quoting context (spec/language.md, 3.3)."""


@frozen
class StepField:
    """A field of a step: ``coverage.spec``, or inside it: ``x.json.a.b``, ``x.outputs.score``.

    ``step`` is a node key; ``field`` one of ``STEP_FIELDS`` or the name of an output; ``path`` goes on
    into JSON.
    """

    step: str
    field: str
    path: tuple[str, ...] = ()


@frozen
class Variable:
    """A value of the session: ``ARG``, ``ITERATION``, ``SPEC_ID``, …, or an input as ``inputs.NAME``; ``path`` goes on
    into JSON."""

    name: str
    path: tuple[str, ...] = ()


@frozen
class Environment:
    """A variable of the caller's environment (in ``env:`` only)."""

    name: str


@frozen
class Item:
    """The item of a loop, or inside it: `${item}`, `${item.a.b}`. ``loop`` is the key of a `ForEach` step around the
    reader; ``None`` means the item that the session runs for (its variable ``item``, JSON text)."""

    loop: str | None
    path: tuple[str, ...] = ()


@frozen
class Argument:
    """An input of a playbook that is called: what was given where ``call``, the key of a `Call` step around the reader,
    began; ``path`` goes on into JSON."""

    call: str
    name: str
    path: tuple[str, ...] = ()


@frozen
class Filter:
    name: Literal["json", "lines", "words", "raw", "head", "tail"]
    argument: int | None = None


Target = StepField | Variable | Environment | Item | Argument


@frozen
class Hole:
    """A reference in a template. ``written`` is how the author wrote it; ``place`` is set in scripts only."""

    target: Target
    written: str
    default: str | None = None
    filters: tuple[Filter, ...] = ()
    place: Place | None = None


@frozen
class Template:
    """Text and holes, in order."""

    parts: tuple[str | Hole, ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))


# --- items of a loop, as they are written ---


@frozen
class Listed:
    """A list: the items of a loop, or a list inside one of them."""

    entries: tuple[ItemValue, ...]


@frozen
class Mapped:
    """An item that is a mapping, or a mapping inside one: names and values."""

    entries: tuple[tuple[str, ItemValue], ...]


ItemValue = Template | Listed | Mapped

# --- conditions ---


@frozen
class Constant:
    value: str | float | bool


@frozen
class Operand:
    hole: Hole


@frozen
class Not:
    operand: Expression


@frozen
class Both:
    operator: Literal["&&", "||"]
    left: Expression
    right: Expression


@frozen
class Comparison:
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "matches"]
    left: Expression
    right: Expression


@frozen
class Membership:
    left: Expression
    choices: tuple[Expression, ...]


Expression = Constant | Operand | Not | Both | Comparison | Membership
