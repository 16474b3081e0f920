"""Transient errors of the API: calls that are made again in the same run, a bounded number of times."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve

from mmm_lang.agents.model import AgentResult
from mmm_lang.plan.ir import AgentCall, Step, Template
from mmm_lang.runtime.backoff import MOST_CALLS, next_call
from mmm_lang.runtime.events import AgentCalled, BackedOff, StepFinished, StepRan, StepStarted
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.state import Attempt
from tests.support.memory import Deed, Life, fate_of, live
from tests.support.plans import plan_of

STEP = Step("call", "/mmm-fix", 1, AgentCall(Template(("/mmm-fix",))))
ATTEMPT = Attempt("call", (), 1, 0)
LOST = AgentResult("transient", reason="x", cost_usd=0.0, trouble="an overloaded API")


def asked(
    result: AgentResult = LOST, attempt: Attempt = ATTEMPT, cap: float | None = None, step: Step = STEP
) -> BackedOff | None:
    return next_call(step, attempt, result, 10.0, cap, 15.0, "session 1")


def test_a_transient_error_is_waited_for() -> None:
    event = asked()
    assert event is not None
    assert (event.call, event.most, event.after) == (2, MOST_CALLS, "an overloaded API")
    assert 7.5 <= event.wait <= 15.0


def test_waits_grow_and_are_the_same_for_whoever_asks_again() -> None:
    events = [asked(attempt=evolve(ATTEMPT, repeats=made)) for made in range(MOST_CALLS)]
    waits = [event.wait for event in events if event is not None]
    assert len(waits) == MOST_CALLS - 1
    assert all(2 * before <= after for before, after in pairwise(waits))
    assert waits == [
        event.wait for event in (asked(attempt=evolve(ATTEMPT, repeats=n)) for n in range(3)) if event
    ]


def test_those_who_were_turned_away_together_do_not_come_back_together() -> None:
    waits = {event.wait for n in range(20) if (event := asked(attempt=evolve(ATTEMPT, number=n + 1)))}
    assert len(waits) == 20


@pytest.mark.parametrize(
    "result",
    [
        evolve(LOST, ending="failed"),
        evolve(LOST, ending="quota"),
        evolve(LOST, ending="succeeded"),
        evolve(LOST, cost_usd=None),
        evolve(LOST, cost_usd=1.0),
    ],
)
def test_there_is_no_next_call(result: AgentResult) -> None:
    assert asked(result, cap=1.0) is None


def test_a_timeout_that_leaves_no_room_for_the_wait() -> None:
    assert asked(step=evolve(STEP, timeout=10.0)) is None
    assert asked(step=evolve(STEP, timeout=60.0)) is not None
    assert asked(step=evolve(STEP, timeout=60.0), attempt=evolve(ATTEMPT, seconds=45.0)) is None


# --- in a session ---

TEXT = """
- claude: improve
  id: improve
  max_cost_usd: 1.0
  retry: {attempts: 2}
  on_failure: {fail_workflow: false}
- {claude: next, id: next}
"""


def cooked(folder: Path, *deeds: Deed, text: str = TEXT) -> Life:
    life = live(plan_of(text), fate_of(improve=list(deeds)), str(folder), max_iterations=1)
    assert fold(life.events) == life.state
    return life


UNPAID = Deed(ending="transient", exit_code=1, cost_usd=0.0)
PAID = evolve(UNPAID, cost_usd=0.3)


def test_the_same_run_calls_again_and_counts_once(tmp_path: Path) -> None:
    life = cooked(tmp_path, UNPAID, UNPAID, Deed(cost_usd=0.2))
    assert life.ran == ["improve", "improve", "improve", "next"]
    assert [event.call for event in life.of(BackedOff)] == [2, 3]
    assert [(event.attempt, event.run) for event in life.of(StepStarted)] == [(1, 1), (1, 2), (1, 3), (1, 4)]
    assert [event.calls for event in life.of(StepRan)] == [0, 0, 1, 1]
    assert [event.status for event in life.of(StepFinished)] == ["succeeded", "succeeded"]
    assert (life.end.calls, life.end.cost_usd) == (2, pytest.approx(0.45))
    sessions = [event.agent_session for event in life.of(AgentCalled)]
    assert len(set(sessions)) == 4


def test_what_was_paid_for_is_gone_on_with(tmp_path: Path) -> None:
    """The agent's own session is continued, its commits are the run's, and its cap is what is left."""
    begun = evolve(PAID, commits=({"half": "done"},))
    life = cooked(tmp_path, begun, Deed(cost_usd=0.2, commits=({"rest": "done"},)))
    first, second, _ = life.of(AgentCalled)
    assert first.agent_session == second.agent_session
    assert [first.cap_usd, second.cap_usd] == [1.0, pytest.approx(0.7)]
    assert "Go on with your task" in life.commands[1].argv[1]
    assert life.of(StepFinished)[0].files == ("half", "rest")
    assert (life.end.commits, life.end.cost_usd) == (2, pytest.approx(0.75))


def test_the_fields_of_a_run_are_of_all_its_calls(tmp_path: Path) -> None:
    text = f"{TEXT}- {{shell: 'echo ${{improve.cost_usd}} ${{improve.duration}} ${{improve.calls}}', id: tell}}\n"
    life = cooked(tmp_path, evolve(PAID, takes=8.0), Deed(cost_usd=0.2, takes=4.0), text=text)
    [wait] = [event.wait for event in life.of(BackedOff)]
    env = life.commands[-1].env
    assert [env["MMM_V1"], float(env["MMM_V2"]), env["MMM_V3"]] == [
        "0.5",
        pytest.approx(12.0 + wait, abs=0.01),
        "1",
    ]


def test_in_the_end_it_is_a_failure_like_any_other(tmp_path: Path) -> None:
    """`retry:` and handlers see it, and each run has its calls."""
    life = cooked(tmp_path, UNPAID)
    assert life.ran == ["improve"] * (2 * MOST_CALLS) + ["next"]
    verdicts = [(event.attempt, event.fault) for event in life.of(StepFinished)]
    assert verdicts == [(1, "agent"), (2, "agent"), (1, None)]
    assert life.end.calls == 3


def test_a_limit_that_is_reached_while_it_waits(tmp_path: Path) -> None:
    text = TEXT.replace("\n- claude: improve", "\nlimits: {duration: 5s}\nsteps:\n- claude: improve")
    life = cooked(tmp_path, UNPAID, text=text)
    assert life.ran == ["improve"]
    assert (life.end.status, life.end.message) == ("budget", "the session has used its 5 s")
    assert life.session.world.elapsed() == pytest.approx(5.0)


def test_a_timeout_holds_for_all_calls_together(tmp_path: Path) -> None:
    text = TEXT.replace("  max_cost_usd: 1.0\n", "  timeout: 60s\n").replace("attempts: 2", "attempts: 1")
    life = cooked(tmp_path, evolve(UNPAID, takes=20.0), text=text)
    [wait] = [event.wait for event in life.of(BackedOff)]
    assert [command.timeout for command in life.commands[:2]] == [60.0, pytest.approx(40.0 - wait)]
    assert sum(event.duration for event in life.of(StepRan)) + wait <= 61.0
