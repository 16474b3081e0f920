"""Durations and money on the command line, as playbooks write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentTypeError

_PARTS = r"(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s?)?"
"""No number is longer: nobody means that many years, and not all can be counted."""


def duration(text: str) -> float:
    """Seconds of `90`, `90s`, `10m`, `1h30m`; an error of ``argparse`` for anything else."""
    found = re.fullmatch(_PARTS, text)
    if not text or found is None:
        raise _refused(f"`{text}` is not a duration; write `90s`, `10m` or `2h`")
    hours, minutes, seconds = found.groups(default="0")
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if total <= 0:
        raise _refused(f"`{text}` is no time at all; write `90s`, `10m` or `2h`")
    return total


def positive_count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise _refused(f"`{text}` is not a whole number from 1")
    return int(text)


def amount(text: str) -> float:
    """US dollars above zero."""
    try:
        value = float(text.removeprefix("$"))
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise _refused(f"`{text}` is not an amount of US dollars above 0")
    return value


def setting(text: str) -> tuple[str, str]:
    """`NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise _refused(f"`{text}` is not `NAME=VALUE`")
    return name, value


def _refused(message: str) -> ArgumentTypeError:
    from argparse import ArgumentTypeError  # not loaded where no such value is given

    return ArgumentTypeError(message)
