"""What the plain lines say when a session goes on."""

from __future__ import annotations

import pytest
from attrs import evolve

from mmm_lang.report.console import Console
from mmm_lang.runtime.events import JOURNAL_VERSION, Base, SessionResumed, SessionStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.state import State
from tests.support.plans import plan_of

BASE = Base("c0", "t0", "main")
STARTED = SessionStarted("s1", "p.yml", "p", BASE, 1, version=JOURNAL_VERSION)


@pytest.mark.parametrize(
    ("spent", "told"),
    [
        (State(), "0 agent calls, $0.00"),
        (State(calls=1, cost_usd=0.25), "1 agent call, $0.25"),
        (State(open_calls={"a1": None}), "1 agent call, cost unknown"),
        (State(calls=1, cost_unknown=True), "1 agent call, cost unknown"),
        (State(calls=1, cost_usd=0.25, open_calls={"a1": 0.5}), "2 agent calls, at least $0.25"),
    ],
)
def test_a_cost_that_nobody_knows_is_not_told_as_nothing(spent: State, told: str) -> None:
    lines: list[str] = []
    console = Console(plan_of("- shell: 'true'\n"), lines.append, "", verbose=False)
    resumed = SessionResumed(2.0, BASE, 1)
    console.happened(Entry(1, 0.0, resumed), evolve(spent, session=STARTED))
    assert f"   until now: 0 commits, {told}, 2.0 s" in lines
