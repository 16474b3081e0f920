"""Numbers, money and time as people read them: the same figure looks the same wherever mmm shows it."""

from __future__ import annotations

import math

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
