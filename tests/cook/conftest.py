"""Signals as a shell hands them on: a suite that was itself started under `nohup` ignores SIGHUP, and so would mmm."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True)
def _hang_up_is_heard():
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
