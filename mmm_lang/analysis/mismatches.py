"""Comparisons of a condition whose sides can never meet: a status with a word that is none, a list with a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.types import STATUSES, Type, is_number, type_of
from mmm_lang.source import Span
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
)

_OTHER_WORDS = {
    "success": "succeeded", "successful": "succeeded", "ok": "succeeded", "pass": "succeeded", "passed": "succeeded",
    "completed": "succeeded", "complete": "succeeded", "done": "succeeded", "failure": "failed", "fail": "failed",
    "error": "failed", "errored": "failed", "skip": "skipped", "ignored": "skipped",
}  # fmt: skip
"""What other tools call a status."""


class Mismatch(NamedTuple):
    """``span`` is the side that is wrong, ``label`` says why; ``instead`` is what was likely meant."""

    span: Span
    message: str
    label: str
    help: str
    instead: str | None = None


def conditions_of(facts: Facts) -> Iterator[Condition]:
    """The conditions of a playbook: the `filter` of its `map:`, and every `when`."""
    if facts.playbook.map is not None and facts.playbook.map.filter is not None:
        yield facts.playbook.map.filter
    yield from (step.when for step in facts.outline.steps if step.when is not None)


def mismatches(condition: Condition, facts: Facts) -> Iterator[Mismatch]:
    """Every mismatch of a condition, in the order of its text."""
    if condition.expression is not None:
        yield from _of(condition.expression, facts)


def _of(expression: Expression, facts: Facts) -> Iterator[Mismatch]:
    match expression:
        case Not(operand=operand):
            yield from _of(operand, facts)
        case Both(left=left, right=right):
            yield from _of(left, facts)
            yield from _of(right, facts)
        case Comparison(operator="==" | "!=", left=left, right=right):
            if isinstance(left, Constant):
                left, right = right, left
            yield from _of_equality(left, (right,), facts)
        case Comparison(operator="<" | "<=" | ">" | ">=" as operator, left=left, right=right):
            yield from _of_order(operator, left, facts)
            yield from _of_order(operator, right, facts)
        case Membership(left=left, choices=choices):
            yield from _of_equality(left, choices, facts)
        case _:
            pass


def _type(hole: Hole, facts: Facts) -> Type | None:
    resolution = facts.resolutions.get(hole)
    return type_of(resolution) if resolution is not None else None


# --- order ---


def _of_order(operator: str, side: Expression, facts: Facts) -> Iterator[Mismatch]:
    if isinstance(side, Constant):
        if isinstance(side.value, bool) or (isinstance(side.value, str) and not is_number(side.value)):
            yield Mismatch(
                side.span,
                f"`{operator}` compares numbers, and {_shown(side)} is none",
                "not a number",
                "compare with a number, or use `==`, `!=` or `in`",
            )
    elif isinstance(side, Reference):
        found = _type(side.hole, facts)
        if found is not None and not _may_be_number(found):
            yield Mismatch(
                side.span,
                f"`{operator}` compares numbers, and `{side.hole.written}` is {found.title}",
                f"is {found.title}",
                _advice_for_order(found, side.hole),
            )


def _may_be_number(found: Type) -> bool:
    if found.choices is not None:
        return any(is_number(choice) for choice in found.choices)
    return found.kind in ("text", "number")


def _advice_for_order(found: Type, hole: Hole) -> str:
    if found.kind == "list":
        return f'let a step count them, such as `wc -l`, or ask whether there are any: `${{{hole.written}}} != ""`'
    return "use `==`, `!=` or `in`"


# --- equality ---


def _of_equality(left: Expression, others: tuple[Expression, ...], facts: Facts) -> Iterator[Mismatch]:
    found = _type(left.hole, facts) if isinstance(left, Reference) else None
    if found is None or not isinstance(left, Reference):
        return
    for other in others:
        if isinstance(other, Constant):
            yield from _never_equal(left.hole, found, other)


def _never_equal(hole: Hole, found: Type, other: Constant) -> Iterator[Mismatch]:
    if isinstance(other.value, float):
        if not _may_be_number(found):
            advice = _advice_for_order(found, hole) if found.choices is None else _one_of(found.choices)
            yield Mismatch(
                other.span, f"`{hole.written}` is {found.title}, never a number", "a number", advice
            )
        return
    word = str(other.value).lower() if isinstance(other.value, bool) else other.value
    if not word:  # any field of a step that was not reached is empty
        return
    if found.choices is not None:
        if word not in found.choices:
            yield _no_such_word(hole, found.choices, word, other)
    elif found.kind == "number" and not _is_written_so(word):
        instead = f"{float(word):g}" if is_number(word) else None
        yield Mismatch(
            other.span,
            f"`{hole.written}` is a number, and never the text `{word}`",
            "never equal",
            f"compare with the number: `{instead}`" if instead else "compare with a number",
            instead,
        )


def _no_such_word(hole: Hole, choices: tuple[str, ...], word: str, other: Constant) -> Mismatch:
    from mmm_lang.diagnostics.similar import nearest

    meant = _OTHER_WORDS.get(word.lower()) if choices == STATUSES else None
    meant = meant or nearest(word, choices)
    what = "is not a status" if choices == STATUSES else "never equal"
    return Mismatch(
        other.span,
        f"`{hole.written}` is never `{word}`",
        what,
        f"replace with `{meant}`" if meant else _one_of(choices),
        f'"{meant}"' if meant else None,
    )


def _one_of(choices: tuple[str, ...]) -> str:
    words = ", ".join(f"`{choice}`" for choice in dict.fromkeys(choices))
    return f"it is one of {words}"


def _is_written_so(word: str) -> bool:
    """Whether a number could be put in as exactly this text."""
    return is_number(word) and word == f"{float(word):g}"


def _shown(constant: Constant) -> str:
    return f"`{str(constant.value).lower() if isinstance(constant.value, bool) else constant.value}`"
