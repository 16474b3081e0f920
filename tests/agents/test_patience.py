"""Settings of the environment about waiting for an agent's model."""

from __future__ import annotations

import pytest

from mmm_lang.agents.patience import FIRST_WAIT, IDLE_TIMEOUT, first_wait, idle_timeout, unreadable


@pytest.mark.parametrize(
    ("written", "seconds"), [("90", 90.0), ("90s", 90.0), (" 1.5m ", 90.0), ("2h", 7200.0), ("250ms", 0.25)]
)
def test_times(written, seconds):
    environ = {"MMM_IDLE_TIMEOUT": written, "MMM_API_WAIT": written}
    assert (idle_timeout(environ), first_wait(environ)) == (seconds, seconds)
    assert list(unreadable(environ)) == []


def test_without_a_word_there_are_defaults():
    assert (idle_timeout({}), first_wait({})) == (IDLE_TIMEOUT, FIRST_WAIT)
    assert list(unreadable({})) == []


def test_zero_is_no_wait_and_patience_for_ever():
    environ = {"MMM_IDLE_TIMEOUT": "0", "MMM_API_WAIT": "0s"}
    assert (idle_timeout(environ), first_wait(environ)) == (None, 0.0)


@pytest.mark.parametrize("written", ["", "soon", "-1", "10 m", "1e3", "25h", "9999999", "10m\n10m", "١٠m"])
def test_what_is_no_time_is_said(written):
    [(what, advice)] = unreadable({"MMM_IDLE_TIMEOUT": written})
    assert "MMM_IDLE_TIMEOUT" in what
    assert "`90s`" in advice
    assert idle_timeout({"MMM_IDLE_TIMEOUT": written}) == IDLE_TIMEOUT
