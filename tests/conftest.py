"""Options of the whole suite."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import settings

# The same tests every time: what is landed must not hang on a draw. `make soak` draws anew.
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

_REAL = {"cli", "cook", "docs", "faults", "git", "hostile", "maps", "packaging", "process", "worktrees"}
"""Rooms whose tests start real gits and real sessions."""


def pytest_addoption(parser):
    parser.addoption(
        "--bless",
        action="store_true",
        help="rewrite the .out files of tests/playbooks with what mmm prints now; read the difference",
    )


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in _REAL:
            item.add_marker("real")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Coverage is told by examples: to watch laws and sessions of minutes, too, would only double their time.

    The tracer is taken off by hand: under xdist `no_cover` of pytest-cov 7.1 has another one go on in its place.
    """
    law = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    if not (law or item.get_closest_marker("slow") or item.get_closest_marker("e2e")):
        return (yield)
    here, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(here)
        threading.settrace(in_threads)


def pytest_terminal_summary(terminalreporter):
    """How many of the mistakes that tests/analysis/test_mutations.py makes were found, and what tests/faults killed."""
    _tell_faults(terminalreporter)
    tallies = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in report.user_properties
        if name == "mutations" and report.when == "call"
    ]
    if tallies:
        made, found = (sum(column) for column in zip(*tallies, strict=True))
        terminalreporter.write_sep("-", "mutations")
        terminalreporter.write_line(
            f"{found:,} of {made:,} one-step mistakes of {len(tallies)} kinds found on their line: "
            f"{100 * found / made:.2f} %"
        )


def _tell_faults(terminalreporter):
    """How many sessions tests/faults disturbed, and how many paid calls were made twice (docs/durability.md)."""
    counted = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in report.user_properties
        if name == "faults" and report.when == "call"
    ]
    if not counted:
        return
    lives, deaths, calls, again, lost = (sum(column) for column in zip(*counted, strict=True))
    terminalreporter.write_sep("-", "faults")
    terminalreporter.write_line(
        f"{lives} sessions cut off {deaths} times and resumed: {again} of {calls} paid calls made twice; "
        f"{lost - again} more went on in the agent's own session, because it was stopped, or its keeper killed"
    )
