"""When a quota is there again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.agents.resets import epoch_of, epoch_time, reset_time

SAID = datetime(2026, 8, 17, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("You've hit your session limit · resets 10:30pm (Europe/Berlin)", "2026-08-17T20:30:00Z"),
        ("You've hit your session limit · resets 1am (Asia/Singapore)", "2026-08-17T17:00:00Z"),
        ("5-hour limit reached ∙ resets 3pm (UTC)", "2026-08-18T15:00:00Z"),
        ("resets 4:10pm", "2026-08-17T16:10:00Z"),
        ("resets 12am (UTC)", "2026-08-18T00:00:00Z"),
        ("resets 12pm (UTC)", "2026-08-18T12:00:00Z"),
        ("resets at 17:45 (UTC)", "2026-08-17T17:45:00Z"),
        ("Resets Aug 20 at 12pm (Asia/Singapore)", "2026-08-20T04:00:00Z"),
        ("weekly limit · resets Aug 26, 5:59am (America/Los_Angeles)", "2026-08-26T12:59:00Z"),
        ("resets Jan 2, 5am (UTC)", "2027-01-02T05:00:00Z"),
        ("Claude AI usage limit reached|1749924000", "2025-06-14T18:00:00Z"),
        ("try again at 2026-08-17T18:00:00+02:00", "2026-08-17T16:00:00Z"),
        ("resets 10:30pm (Mars/Olympus)", None),
        ("resets 13pm (UTC)", None),
        ("resets 99:99", None),
        ("resets Feb 30, 5am (UTC)", None),
        ("resets 3", None),
        ("resets soon", None),
        ("2026-99-99T00:00:00Z", None),
        ("", None),
    ],
)
def test_reset_time(text, moment):
    assert reset_time(text, SAID) == moment


def test_without_a_zone_it_is_that_of_the_one_who_reads():
    said = datetime(2026, 8, 17, 16, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert reset_time("resets 5pm", said) == "2026-08-17T22:00:00Z"


def test_unix_times_in_seconds_and_milliseconds():
    assert epoch_time(1788441600) == epoch_time(1788441600000) == "2026-09-03T13:20:00Z"
    assert epoch_time(1e300) is None


@given(st.text() | st.text(alphabet="resets 0123456789:apm(UTC)|,JanFeb").map("resets ".__add__))
def test_any_text_is_read(text):
    moment = reset_time(text, SAID)
    assert moment is None or datetime.fromisoformat(moment).tzinfo is not None


@pytest.mark.parametrize(
    ("moment", "epoch"),
    [
        ("2025-06-14T18:00:00Z", 1749924000.0),
        ("2026-09-03T15:20:00+02:00", 1788441600.0),
        ("soon", None),
        (None, None),
    ],
)
def test_the_moment_as_a_unix_time(moment, epoch):
    assert epoch_of(moment) == epoch
