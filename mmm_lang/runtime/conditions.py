"""Conditions at run time (spec/language.md, 3.4): comparison of texts and numbers, nothing else."""

from __future__ import annotations

import re
from typing import Protocol

from mmm_lang.plan import ir
from mmm_lang.runtime.values import Value, ValueProblem, read_text


class Reader(Protocol):
    """Who knows what references are worth: the renderer of a step, or the reader of an item."""

    def value(self, hole: ir.Hole) -> Value:
        """The value of a hole, with its default and filters."""


def holds(expression: ir.Expression, renderer: Reader) -> bool:
    """Whether a condition is true. Raises `ValueProblem` where text should be a number and is none."""
    match expression:
        case ir.Not(operand=operand):
            return not holds(operand, renderer)
        case ir.Both(operator="&&", left=left, right=right):
            return holds(left, renderer) and holds(right, renderer)
        case ir.Both(left=left, right=right):
            return holds(left, renderer) or holds(right, renderer)
        case ir.Comparison(operator=operator, left=left, right=right):
            return compared(operator, _operand(left, renderer), _operand(right, renderer))
        case ir.Membership(left=left, choices=choices):
            value = _operand(left, renderer)
            return any(compared("==", value, _operand(choice, renderer)) for choice in choices)
        case ir.Constant() | ir.Operand():
            return truth(_operand(expression, renderer))


def _operand(expression: ir.Expression, renderer: Reader) -> str | float | bool:
    match expression:
        case ir.Constant(value=value):
            return value
        case ir.Operand(hole=hole):
            return read_text(renderer.value(hole))
    return holds(expression, renderer)


def truth(value: str | float | bool) -> bool:
    """A value alone: empty text, `false` and 0 are false."""
    return value not in ("", "false", "0", False, 0)


def compared(operator: str, left: str | float | bool, right: str | float | bool) -> bool:
    """Compare two values. Text beside a number is read as a number; order of two texts is that of numbers."""
    if operator == "matches":
        return re.search(_text(right), _text(left)) is not None
    if operator in ("==", "!="):
        equal = _number(left) == _number(right) if _numeric(left, right) else _text(left) == _text(right)
        return equal == (operator == "==")
    a, b = _number(left), _number(right)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _numeric(left: str | float | bool, right: str | float | bool) -> bool:
    return any(isinstance(one, int | float) and not isinstance(one, bool) for one in (left, right))


def _number(value: str | float | bool) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueProblem(f"the condition compares numbers, and {_quoted(value)} is none") from None


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _quoted(value: object) -> str:
    text = str(value)
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`" if text else "an empty value"
