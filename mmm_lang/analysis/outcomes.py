"""Whether a condition can be true and can be false, found out by trying.

Each reference gets every value that makes a difference: the ones that are known to be possible, or else the
constants that it is compared with and something beside them. A condition that comes out the same for all of them
is constant. What cannot be tried (a pattern against unknown text, two references compared) decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise, product
from typing import Literal

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.fields import declared_output
from mmm_lang.analysis.flow import forgiving
from mmm_lang.analysis.mismatches import mismatches
from mmm_lang.analysis.outline import INSIDE, Outline
from mmm_lang.analysis.scopes import StepTarget
from mmm_lang.analysis.types import STATUSES, type_of
from mmm_lang.analysis.variables import NUMBERS
from mmm_lang.syntax.nodes import (
    Both,
    Comparison,
    Constant,
    Expression,
    Hole,
    Membership,
    Not,
    Reference,
    Step,
    holes_in,
)

Outcome = Literal["always", "never"]
Verdict = Literal["always", "never", "contradiction", "unreachable"]
"""``contradiction``: never, because its parts exclude each other; ``unreachable``: never, because of what must have
happened before."""

_MOST_CASES = 300
_LONGEST_TRIED = 1000
_SHORT_TEXT = 12
"""Code points: as many as the longest status has, and a few more."""
_COUNTED_FROM_1 = {(name,) for name in NUMBERS}
_OTHER_TEXT = "\N{REPLACEMENT CHARACTER}"
_Key = tuple[object, ...]
_Values = tuple[str, ...]
_Cases = Mapping[_Key, str]


def verdict(facts: Facts, step: Step) -> Verdict | None:
    """What is certain about the `when` of a step; ``None`` where it decides something, or is wrong in itself."""
    if step.when is None or step.when.expression is None or any(mismatches(step.when, facts)):
        return None
    expression = step.when.expression
    outcome = _outcome(expression, lambda hole: _values_at_all(facts, hole))
    if outcome == "never":
        return "contradiction" if isinstance(expression, Both) and step.when.holes else "never"
    if outcome is None:
        now = _outcome(expression, lambda hole: _values_now(facts, step, hole) or _values_at_all(facts, hole))
        return "unreachable" if now == "never" else None
    return outcome


def never_failed(facts: Facts, step: Step) -> tuple[Step, ...]:
    """The steps that the `when` of ``step`` asks about, and that have not failed wherever it is asked."""
    found = []
    for hole in step.when.holes if step.when is not None else ():
        target = _asked(facts, hole)
        if target is not None and not _may_have_failed(facts.outline, step, target.step):
            found.append(target.step)
    return tuple(dict.fromkeys(found))


# --- what a reference can be ---


def _asked(facts: Facts, hole: Hole) -> StepTarget | None:
    """The status or exit code of a step that a hole stands for, just as it is."""
    resolution = facts.resolutions.get(hole)
    target = resolution.target if resolution is not None else None
    if not isinstance(target, StepTarget) or hole.filters or hole.default is not None:
        return None
    plain = target.field in ("status", "exit_code") and declared_output(target.step, target.field) is None
    return target if plain else None


def _values_at_all(facts: Facts, hole: Hole) -> _Values | None:
    resolution = facts.resolutions.get(hole)
    found = type_of(resolution) if resolution is not None else None
    return found.choices if found is not None else None


def _values_now(facts: Facts, step: Step, hole: Hole) -> _Values | None:
    """What a status or exit code can be, given that ``step`` is reached."""
    target = _asked(facts, hole)
    if target is None or _may_have_failed(facts.outline, step, target.step):
        return None
    if target.field == "status":
        return tuple(status for status in STATUSES if status != "failed")
    return tuple(str(code.value) for code in target.step.ok_exit_codes or ()) or ("0",)


def _may_have_failed(outline: Outline, step: Step, target: Step) -> bool:
    """Whether ``step`` can be reached although ``target``, which stands before it, has failed for good."""
    here, there = outline.lineage(step), outline.lineage(target)
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] is there[shared]:
        shared += 1
    if shared in (len(here), len(there)):
        return True
    mine, its = outline.homes[here[shared]], outline.homes[there[shared]]
    if mine.steps is not its.steps:
        return True
    inside = there[shared:]
    if any(outline.homes[one].relation not in INSIDE for one in inside[1:]):
        return True
    return any(forgiving(one) is not None for one in inside)


# --- trying ---


def _outcome(expression: Expression, values: Callable[[Hole], _Values | None]) -> Outcome | None:
    possible: dict[_Key, _Values] = {}
    for hole in holes_in(expression):
        key = _key(hole)
        known = values(hole)
        tried = known if known is not None else _tried(expression, key)
        if tried is None:
            return None
        # Of a step that was never reached, every field is empty in a condition.
        possible[key] = (*tried, "") if known and "" in _compared_with(expression, key) else tried
    cases = 1
    for tried in possible.values():
        cases *= len(tried)
    if cases > _MOST_CASES:
        return None
    results = {
        _truth(expression, dict(zip(possible, case, strict=True))) for case in product(*possible.values())
    }
    if results == {True}:
        return "always"
    return "never" if results == {False} else None


def _tried(expression: Expression, key: _Key) -> _Values | None:
    """The values of a reference that make a difference to a condition."""
    numbers: set[float] = set()
    texts: set[str] = set()
    for constant in _compared_with(expression, key):
        if constant is None:
            return None
        if isinstance(constant, bool):
            texts.add(str(constant).lower())
        elif isinstance(constant, float):
            numbers.add(constant)
        else:
            texts.add(constant)
    if not numbers:
        return (*sorted(texts), "", "0", "false", _OTHER_TEXT)
    line = sorted(numbers)
    between = [(low + high) / 2 for low, high in pairwise(line)]
    candidates = [line[0] - 1, *line, *between, line[-1] + 1, 0.0]  # nought by itself is false
    if key[0] in _COUNTED_FROM_1:
        candidates = [one for one in candidates if one >= 1] or [1.0]
    return (*sorted(texts), *(f"{one:g}" for one in candidates))


def _compared_with(expression: Expression, key: _Key) -> Iterator[str | float | bool | None]:
    """The constants that a reference is compared with; ``None`` for anything else that it meets."""
    match expression:
        case Not(operand=operand):
            yield from _compared_with(operand, key)
        case Both(left=left, right=right):
            yield from _compared_with(left, key)
            yield from _compared_with(right, key)
        case Comparison(operator=operator, left=left, right=right):
            for one, other in ((left, right), (right, left)):
                if isinstance(one, Reference) and _key(one.hole) == key:
                    plain = isinstance(other, Constant) and operator != "matches"
                    yield other.value if plain and isinstance(other, Constant) else None
        case Membership(left=left, choices=choices):
            if isinstance(left, Reference) and _key(left.hole) == key:
                yield from (one.value if isinstance(one, Constant) else None for one in choices)
            if any(key in map(_key, holes_in(one)) for one in choices):
                yield None
        case _:
            pass


def _truth(expression: Expression, case: _Cases) -> bool | None:
    """Whether a condition is true in one case, by the rules of the run; ``None`` where it could not be judged."""
    match expression:
        case Not(operand=operand):
            inner = _truth(operand, case)
            return None if inner is None else not inner
        case Both(operator=operator, left=left, right=right):
            first, second = _truth(left, case), _truth(right, case)
            decisive = operator == "||"
            if first is decisive or (first is not None and second is decisive):
                return decisive
            return None if first is None or second is None else not decisive
        case Comparison(operator=operator, left=left, right=right):
            return _compared(operator, _value(left, case), _value(right, case))
        case Membership(left=left, choices=choices):
            results = [_compared("==", _value(left, case), _value(one, case)) for one in choices]
            return True if True in results else None if None in results else False
        case _:
            return _value(expression, case) not in ("", "false", "0", False, 0)


def _value(expression: Expression, case: _Cases) -> str | float | bool | None:
    match expression:
        case Constant(value=value):
            return value
        case Reference(hole=hole):
            return case[_key(hole)]
    return _truth(expression, case)


def _compared(
    operator: str, left: str | float | bool | None, right: str | float | bool | None
) -> bool | None:
    if left is None or right is None:
        return None
    if operator == "matches":
        return _matched(str(right), _text(left))
    numeric = any(isinstance(one, float) for one in (left, right))
    if operator in ("==", "!=") and not numeric:
        return (_text(left) == _text(right)) == (operator == "==")
    try:
        a, b = float(left), float(right)
    except ValueError:
        return None
    return {"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _matched(pattern: str, text: str) -> bool | None:
    """Whether a pattern matches; ``None`` where trying it might take longer than anybody waits: repeats and choices
    inside each other double the work with every character."""
    signs, choices = (len(re.findall(kind, pattern)) for kind in (r"[*+?{]", r"\|"))
    is_quick = signs + choices <= 1 and max(len(text), len(pattern)) <= _LONGEST_TRIED
    if not is_quick and (len(text) > _SHORT_TEXT or signs > 2 or choices > 6):
        return None
    try:
        return re.search(pattern, text) is not None
    except (re.error, RecursionError, OverflowError):
        return None


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else value


def _key(hole: Hole) -> _Key:
    """Equal where two holes have the same value."""
    return (hole.path, hole.default, tuple((one.name, one.argument) for one in hole.filters))
