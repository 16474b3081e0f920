"""What is known to be true where a step runs: the conditions of ``when`` in force there.

A step under a condition may be read where the same condition holds, or where its ``status`` has been asked
for. Of a condition, the parts joined by ``&&`` are known; what one says of a status is followed through ``||`` and ``!``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mmm_lang.analysis.fields import declared_output
from mmm_lang.analysis.outline import Outline
from mmm_lang.analysis.sites import Site
from mmm_lang.syntax.nodes import (
    Both,
    Comparison,
    Condition,
    Constant,
    Expression,
    Hole,
    Membership,
    Not,
    Reference,
    Step,
    holes_in,
)

Shape = tuple[object, ...]
"""An expression without its places: equal where the text means the same."""

_STATUSES = frozenset({"succeeded", "failed", "skipped"})
_CHANGING = frozenset({"shell", "last", "CAPTURED_OUTPUT"})
"""First names that may mean something else in the next step."""


def in_force(outline: Outline, site: Site) -> tuple[Expression, ...]:
    """The conditions that hold wherever the text at ``site`` is read.

    Inside ``when`` these are those of the steps around it and what stands to the left of the hole.
    """
    if site.step is None:
        return ()
    found: list[Expression] = []
    loop = outline.loop_around(site.step)
    for step in outline.lineage(site.step):
        if step.when is not None and asks_for_item(step.when) and outline.loop_around(step) is not loop:
            continue  # it asked for another item
        if step is site.step and site.key == "when":
            found += _left_of(site.hole, step.when)
        else:
            found += conjuncts(step.when)
    return tuple(found)


def asks_for_item(condition: Condition) -> bool:
    """Whether a condition reads the item of a loop."""
    return any(hole.path[0] == "item" for hole in condition.holes)


def conjuncts(condition: Condition | None) -> tuple[Expression, ...]:
    """The parts of a condition that must all be true: ``a && (b && c)`` has three."""
    if condition is None or condition.expression is None:
        return ()
    return tuple(_split(condition.expression))


def holds(condition: Condition, known: tuple[Expression, ...]) -> bool:
    """Whether a condition is true because every part of it is among the known ones."""
    shapes = {_shape(one) for one in known if not any(_changes(hole) for hole in holes_in(one))}
    parts = conjuncts(condition)
    return bool(parts) and all(_shape(part) in shapes for part in parts)


def possible_statuses(known: tuple[Expression, ...], step: Step) -> frozenset[object]:
    """The statuses that ``step`` can have where the known conditions hold.

    Where it declares an output of that name, ``${id.status}`` is the output and says nothing of it.
    """
    possible: frozenset[object] = _STATUSES
    if step.id is not None and declared_output(step, "status") is None:
        for one in known:
            possible &= _allowed(one, step.id.value, True)
    return possible


def _allowed(expression: Expression, name: str, outcome: bool) -> frozenset[object]:
    """The statuses of the step ``name`` that are open where a condition has that outcome."""
    match expression:
        case Not(operand=operand):
            return _allowed(operand, name, not outcome)
        case Both(operator=joined, left=left, right=right):
            one, other = _allowed(left, name, outcome), _allowed(right, name, outcome)
            return one & other if (joined == "&&") == outcome else one | other
        case Comparison(operator="==" | "!=" as operator, left=left, right=right):
            if isinstance(left, Constant):
                left, right = right, left
            if _is_status(left, name) and isinstance(right, Constant):
                return _among({right.value}, (operator == "==") == outcome)
        case Membership(left=left, choices=choices) if _is_status(left, name):
            values = [choice.value for choice in choices if isinstance(choice, Constant)]
            if len(values) == len(choices):
                return _among(values, outcome)
        case _:
            pass
    return _STATUSES


def _among(values: Iterable[object], is_one: bool) -> frozenset[object]:
    return _STATUSES.intersection(values) if is_one else _STATUSES.difference(values)


def _is_status(expression: Expression, name: str) -> bool:
    return isinstance(expression, Reference) and expression.hole.path == (name, "status")


def _split(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, Both) and expression.operator == "&&":
        yield from _split(expression.left)
        yield from _split(expression.right)
    else:
        yield expression


def _left_of(hole: Hole, condition: Condition | None) -> list[Expression]:
    left: list[Expression] = []
    for part in conjuncts(condition):
        if any(other is hole for other in holes_in(part)):
            return left
        left.append(part)
    return left


def _changes(hole: Hole) -> bool:
    return hole.path[0] in _CHANGING


def _shape(expression: Expression) -> Shape:
    match expression:
        case Constant(value=value):
            return ("constant", type(value).__name__, value)
        case Reference(hole=hole):
            filters = tuple((one.name, one.argument) for one in hole.filters)
            return ("reference", hole.path, hole.default, filters)
        case Not(operand=operand):
            return ("not", _shape(operand))
        case (
            Both(operator=operator, left=left, right=right)
            | Comparison(operator=operator, left=left, right=right)
        ):
            return (operator, _shape(left), _shape(right))
        case Membership(left=left, choices=choices):
            return ("in", _shape(left), tuple(_shape(choice) for choice in choices))
