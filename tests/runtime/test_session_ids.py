"""Ids of sessions sort by the time at which they began, within a second too."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.runtime.cook import new_session_id

TIMES = st.integers(0, 4_000_000_000_000).map(lambda milliseconds: milliseconds / 1000)


@given(TIMES, st.floats(0.001, 10_000))
def test_a_later_session_has_the_greater_id(moment, later):
    assert new_session_id(moment) < new_session_id(moment + later)


def test_sessions_of_one_moment_are_told_apart():
    assert len({new_session_id(1_700_000_000.5) for _ in range(20)}) > 1
