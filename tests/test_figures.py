"""Numbers, money and time as people read them."""

from __future__ import annotations

import pytest

from mmm_lang import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12, "12"), (1000, "1,000"), (10**12 - 1, "999,999,999,999"), (10**15, "10^15")],
)
def test_number(value: int, text: str) -> None:
    assert figures.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 commits"), (1, "1 commit"), (2, "2 commits"), (2500, "2,500 commits")]
)
def test_plural(value: int, text: str) -> None:
    assert figures.plural(value, "commit") == text


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (0, "$0.00"),
        (0.25, "$0.25"),
        (12, "$12.00"),
        (1500, "$1,500.00"),
        (0.0213, "$0.0213"),
        (0.05, "$0.05"),
        (0.004, "$0.004"),
    ],
)
def test_money(cost: float, text: str) -> None:
    assert figures.money(cost) == text


def test_a_cost_that_is_too_small_to_show_is_not_shown_as_nothing() -> None:
    assert figures.money(0.00001) == "less than $0.0001"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (1200, "20 min"),
        (3600, "1 h"),
        (3605, "1 h 5 s"),
        (7800, "2 h 10 min"),
        (3600 * 1500, "1,500 h"),
    ],
)
def test_duration_is_exact_to_the_second(seconds: float, text: str) -> None:
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.97, "10 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3659, "1 h"),
        (7805, "2 h 10 min"),
    ],
)
def test_measured_leaves_out_what_nobody_reads(seconds: float, text: str) -> None:
    assert figures.measured(seconds) == text


@pytest.mark.parametrize(
    ("parts", "text"),
    [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c"), ("abcd", "a, b, c and d")],
)
def test_series(parts: str, text: str) -> None:
    assert figures.series(parts) == text
    assert figures.series(iter(parts), "or") == text.replace("and", "or")


@pytest.mark.parametrize(
    ("limits", "lowest"), [((), None), ((None, None), None), ((0, None, 3), 0), ((None, 2.5, 3), 2.5)]
)
def test_least(limits: tuple[float | None, ...], lowest: float | None) -> None:
    assert figures.least(*limits) == lowest
