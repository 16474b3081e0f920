"""Durations, counts and money as the command line takes them, and what it does not take."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from mmm_lang.cli.durations import amount, duration, positive_count


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5s", 1.5), ("1h30m", 5400), ("999999999h", 3599999996400)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-1", "1d", "inf", "nan", "1e3", "9" * 400 + "h", "9" * 400])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="write `90s`, `10m` or `2h`"):
        duration(text)


@pytest.mark.parametrize(
    "text", ["0", "-1", "-0.01", "inf", "-inf", "nan", "1e400", "1e-400", "", "$", "two"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="not an amount of US dollars above 0"):
        amount(text)


@pytest.mark.parametrize("text", ["0", "-1", "+1", "1.0", "inf", "nan", "", "²"])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="not a whole number from 1"):
        positive_count(text)
