"""Numbers, money, time and lists as people read them: the same figure looks the same wherever mmm shows it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

_Number = TypeVar("_Number", int, float)

_COUNTABLE = 10**12
"""Above it, a number is said by its power of ten."""


def number(value: int) -> str:
    """`12`, `1,000`, `10^15`."""
    return f"{value:,}" if value < _COUNTABLE else f"10^{math.floor(math.log10(value))}"


def plural(value: int, noun: str) -> str:
    """`1 commit`, `2 commits`."""
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def money(cost: float) -> str:
    """US dollars: `$2.50`, and with more places where cents would hide it."""
    if 0 < cost < 0.0001:
        return "less than $0.0001"
    return f"${cost:,.2f}" if cost >= 0.1 or cost == 0 else f"${cost:.4f}".rstrip("0")


def duration(seconds: float) -> str:
    """A time that is written down or reckoned, exact to the second: `0.5 s`, `1 min 30 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:g} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((number(hours), "h", hours), (str(minutes), "min", minutes), (str(rest), "s", rest))
    return " ".join(f"{shown} {unit}" for shown, unit, value in parts if value)


def measured(seconds: float) -> str:
    """A time that something took, as exact as anybody cares: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return duration(whole if whole < 3600 else whole - whole % 60)


def series(parts: Iterable[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`; an empty text for nothing. ``word`` stands before the last: `or`, for a choice."""
    *first, last = tuple(parts) or ("",)
    return f"{', '.join(first)} {word} {last}" if first else last


def least(*limits: _Number | None) -> _Number | None:
    """The lowest of several limits, of which ``None`` limits nothing; ``None`` where all are."""
    return min((one for one in limits if one is not None), default=None)
