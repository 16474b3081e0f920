"""The nodes of texts with references, and of conditions: what the values of a playbook are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, Literal, TypeVar

from mmm_lang.record import field, frozen
from mmm_lang.source import Span

T = TypeVar("T")


@frozen(eq=False)
class Located(Generic[T]):
    """A plain value (text, number, switch) and where it stands."""

    value: T
    span: Span


# --- templates ---


@frozen(eq=False)
class Text:
    """Literal text of a template, as it is after YAML and after ``$$``."""

    value: str
    span: Span
    start: int
    """Index of its first character in the decoded scalar."""


@frozen(eq=False)
class Filter:
    """``| name`` or ``| name(argument)`` of a hole."""

    name: str
    argument: int | None
    span: Span


@frozen(eq=False)
class Hole:
    """A reference in a template: ``${a.b}``, ``$<a.b>``, ``$NAME`` or ``${NAME}``.

    ``names`` are its dotted names with their places; ``default`` is the text after ``:-``. ``start`` and
    ``end`` are indexes into the decoded scalar, ``span`` is the place in the file.
    """

    names: tuple[Located[str], ...]
    spelling: Literal["braced", "angled", "bare"]
    span: Span
    start: int
    end: int
    default: str | None = None
    filters: tuple[Filter, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The names alone: ``("coverage", "spec")``."""
        return tuple(name.value for name in self.names)

    @property
    def written(self) -> str:
        """The reference as people say it: ``coverage.spec``."""
        return ".".join(self.path)


@frozen(eq=False)
class Template:
    """A string that may hold references, split once after YAML.

    ``raw`` is the decoded scalar, ``span`` its place; ``offset_of`` gives the source offset of an index of
    ``raw`` (``len(raw)`` included), exact in every scalar style.
    """

    parts: tuple[Text | Hole, ...]
    raw: str
    span: Span
    offset_of: Callable[[int], int] = field(repr=False)

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))

    def span_of(self, start: int, end: int) -> Span:
        """Source span of ``raw[start:end]``."""
        return Span(self.offset_of(start), max(self.offset_of(start), self.offset_of(end)))


# --- conditions (spec/language.md, 3.4) ---


@frozen(eq=False)
class Constant:
    """A number, string, truth value or (right of ``matches``) a pattern."""

    value: str | float | bool
    span: Span


@frozen(eq=False)
class Reference:
    """A hole as an operand."""

    hole: Hole
    span: Span


@frozen(eq=False)
class Not:
    operand: Expression
    span: Span


@frozen(eq=False)
class Both:
    """``left && right`` or ``left || right``."""

    operator: Literal["&&", "||"]
    left: Expression
    right: Expression
    span: Span


@frozen(eq=False)
class Comparison:
    """``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``matches``."""

    operator: Literal["==", "!=", "<", "<=", ">", ">=", "matches"]
    left: Expression
    right: Expression
    span: Span


@frozen(eq=False)
class Membership:
    """``left in [a, b]``."""

    left: Expression
    choices: tuple[Expression, ...]
    span: Span


Expression = Constant | Reference | Not | Both | Comparison | Membership


def holes_in(expression: Expression) -> Iterator[Hole]:
    """Every reference of a condition, from left to right."""
    match expression:
        case Reference(hole=hole):
            yield hole
        case Not(operand=operand):
            yield from holes_in(operand)
        case Both(left=left, right=right) | Comparison(left=left, right=right):
            yield from holes_in(left)
            yield from holes_in(right)
        case Membership(left=left, choices=choices):
            for one in (left, *choices):
                yield from holes_in(one)


@frozen(eq=False)
class Condition:
    """The value of ``when:``. ``expression`` is ``None`` where the text could not be read."""

    expression: Expression | None
    holes: tuple[Hole, ...]
    raw: str
    span: Span
