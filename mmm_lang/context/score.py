"""The score of a project: one number from 0 to 100 for `.mmm/state.json`, and the parts that it is the sum of.

Only the project's own code counts, tests and examples aside, so that a new test can lower nothing (spec/context.md).
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

WEIGHTS = {"tested": 40, "simple": 25, "acyclic": 15, "small": 10, "clear": 10}
"""Points of each part; together 100."""

SIMPLE = 10
"""Cyclomatic complexity up to which a function is simple; from three times that on, all its lines count against it."""
SMALL = 500
"""Lines of code up to which a file is small; from three times that on, all its lines count against it."""
CLEAR = 5
"""Markers in a thousand lines of code that cost half of what they can cost."""


@frozen
class CodeFile:
    """A file of the project's own code, as far as the score needs it.

    ``functions`` are pairs of lines and complexity; ``tested`` is from 0 to 1, ``None`` where nothing is to be tested.
    """

    code_lines: int
    functions: tuple[tuple[int, int], ...]
    markers: int
    tested: float | None
    in_cycle: bool


@frozen
class Score:
    """``parts`` are points by the names in `WEIGHTS`, ``value`` their sum; both rounded to one decimal."""

    value: float
    parts: dict[str, float]


def score_of(files: Iterable[CodeFile]) -> Score | None:
    """The score; ``None`` where there is no line of code."""
    files = tuple(one for one in files if one.code_lines > 0)
    code = sum(one.code_lines for one in files)
    if code == 0:
        return None
    testable = [one for one in files if one.tested is not None]
    shares = {
        "tested": _mean((one.tested or 0.0, one.code_lines) for one in testable),
        "simple": _mean(
            (1 - _excess(complexity, SIMPLE), lines) for one in files for lines, complexity in one.functions
        ),
        "acyclic": _mean((0.0 if one.in_cycle else 1.0, 1) for one in files),
        "small": _mean((1 - _excess(one.code_lines, SMALL), one.code_lines) for one in files),
        "clear": 1 / (1 + sum(one.markers for one in files) * 1000 / code / CLEAR),
    }
    parts = {name: WEIGHTS[name] * shares[name] for name in WEIGHTS}
    return Score(round(sum(parts.values()), 1), {name: round(points, 1) for name, points in parts.items()})


def _mean(values: Iterable[tuple[float, int]]) -> float:
    """The mean of values with weights; 1 where there is nothing to find fault with."""
    pairs = tuple(values)
    total = sum(weight for _, weight in pairs)
    return sum(value * weight for value, weight in pairs) / total if total else 1.0


def _excess(amount: int, bound: int) -> float:
    """How far an amount is above its bound: 0 up to it, 1 from three times on, in proportion between."""
    return min(1.0, max(0.0, (amount - bound) / (2 * bound)))
