"""Budgets: what is reckoned, what a run may use, and that no session spends more than its limit and one response."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.plan.bounds import worst_case
from mmm_lang.plan.ir import AgentCall, Group, ShellRun, Template
from mmm_lang.runtime.backoff import MOST_CALLS
from mmm_lang.runtime.events import (
    JOURNAL_VERSION,
    AgentCalled,
    BackedOff,
    Event,
    SessionFinished,
    SessionStarted,
    StepFinished,
    StepRan,
    StepStarted,
)
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.spending import LEAST_TIME, Allowance, money_for, money_left, refused, time_for
from mmm_lang.runtime.state import State
from tests.support.generate import playbook_trees, written
from tests.support.happenings import BASE, begun
from tests.support.memory import Deed, Fate, Life, fate_of, live
from tests.support.plans import plan_of

CALL = AgentCall(Template(("improve",)))
CAPPED = AgentCall(Template(("improve",)), max_cost_usd=2.0)


def session(**limits: object) -> SessionStarted:
    return SessionStarted("s", "p.yml", "p", BASE, 10, version=JOURNAL_VERSION, **limits)  # type: ignore[arg-type]


def called(step: str, cap: float | None, cost: float | None = None, *, ends: bool = True) -> list[Event]:
    """A call with this cap, and its end with this cost, unless it was cut off."""
    place = (step, (), 1)
    events: list[Event] = [
        StepStarted(*place, BASE, 1),
        AgentCalled(*place, "claude", f"session-{step}", "x", cap),
    ]
    return [*events, StepRan(*place, calls=1, cost_usd=cost)] if ends else events


# --- what is reckoned ---


def test_a_known_cost_counts_as_it_is() -> None:
    state = fold([*begun(), *called("a", 2.0, 0.5), *called("b", None, 0.25)])
    assert (state.cost_usd, state.reckoned_usd) == (0.75, 0.75)
    assert (state.calls_begun, state.cost_unknown) == (2, False)


def test_an_unknown_cost_counts_as_the_cap_of_its_call() -> None:
    state = fold([*begun(), *called("a", 2.0, 0.5), *called("b", 1.5)])
    assert (state.cost_usd, state.charged_usd, state.reckoned_usd) == (0.5, 1.5, 2.0)
    assert state.cost_unknown


def test_a_call_that_runs_or_was_cut_off_counts_as_its_cap_and_as_a_call() -> None:
    state = fold([*begun(), *called("a", 2.0, 0.5), *called("b", 1.5, ends=False)])
    assert (state.cost_usd, state.reckoned_usd, state.calls, state.calls_begun) == (0.5, 2.0, 1, 2)


def test_an_end_that_comes_later_settles_the_account() -> None:
    state = fold([*begun(), *called("b", 1.5, ends=False), StepRan("b", (), 1, calls=1, cost_usd=0.25)])
    assert (state.reckoned_usd, state.calls_begun, state.open_calls) == (0.25, 1, {})


def test_a_call_without_any_cap_is_unknown_and_cannot_be_reckoned() -> None:
    state = fold([*begun(), *called("b", None)])
    assert (state.reckoned_usd, state.cost_unknown) == (0.0, True)


# --- what may start, and with how much ---


def spent(cost: float, unknown: float | None = None) -> State:
    events = called("a", 100.0, cost)
    return fold([*begun(), *events, *(called("b", unknown) if unknown is not None else ())])


@pytest.mark.parametrize(
    ("limits", "state", "elapsed", "why"),
    [
        ({}, spent(100.0), 1e9, None),
        ({"cost_usd": 1.0}, spent(0.99), 0.0, None),
        ({"cost_usd": 1.0}, spent(1.0), 0.0, "the session has spent $1.00 of $1.00"),
        (
            {"cost_usd": 1.0},
            spent(0.25, 0.75),
            0.0,
            "the session has spent $0.25 of $1.00, and calls whose cost is unknown count $0.75, which is their cap",
        ),
        ({"agent_calls": 2}, spent(0.1), 0.0, None),
        ({"agent_calls": 1}, spent(0.1), 0.0, "the session has made its 1 agent call"),
        ({"duration": 60.0}, spent(0.1), 59.9, None),
        ({"duration": 60.0}, spent(0.1), 60.0, "the session has used its 1 min"),
    ],
)
def test_what_does_not_fit_is_refused(
    limits: dict[str, object], state: State, elapsed: float, why: str | None
) -> None:
    assert refused(CALL, session(**limits), state, elapsed) == why
    assert refused(Group(), session(**limits), state, elapsed) is None
    scripted = refused(ShellRun(Template(("x",))), session(**limits), state, elapsed)
    assert scripted == (why if "duration" in limits else None)


@pytest.mark.parametrize(
    ("action", "limit", "expected"),
    [
        (CALL, None, Allowance(None, own=True)),
        (CAPPED, None, Allowance(2.0, own=True)),
        (CALL, 5.0, Allowance(4.0, own=False)),
        (CAPPED, 5.0, Allowance(2.0, own=True)),
        (CAPPED, 2.5, Allowance(1.5, own=False)),
        (CAPPED, 3.0, Allowance(2.0, own=True)),
    ],
)
def test_the_lower_of_cap_and_rest_is_handed_to_the_agent(
    action: AgentCall, limit: float | None, expected: Allowance
) -> None:
    assert money_for(action, session(cost_usd=limit), spent(1.0)) == expected


def test_a_cap_is_for_all_calls_of_a_run() -> None:
    assert money_for(CAPPED, session(), State(), paid=0.5) == Allowance(1.5, own=True)


@pytest.mark.parametrize(
    ("timeout", "limit", "expected"),
    [
        (None, None, Allowance(None, own=True)),
        (60.0, None, Allowance(60.0, own=True)),
        (None, 100.0, Allowance(10.0, own=False)),
        (60.0, 100.0, Allowance(10.0, own=False)),
        (5.0, 100.0, Allowance(5.0, own=True)),
        (None, 89.0, Allowance(LEAST_TIME, own=False)),
    ],
)
def test_the_lower_of_timeout_and_rest_holds(
    timeout: float | None, limit: float | None, expected: Allowance
) -> None:
    assert time_for(timeout, session(duration=limit), 90.0) == expected


def test_a_timeout_is_for_all_calls_of_a_run_and_the_waits_between_them() -> None:
    assert time_for(60.0, session(), 90.0, used=45.0) == Allowance(15.0, own=True)


# --- laws of whole sessions ---


def costly(seed: int) -> Fate:
    """A fate of calls that cost this and that, of which some tell nothing and some cannot reach their model."""
    dice = random.Random(seed)

    def fate(step: str, run: int) -> Deed:
        known = None if dice.random() < 0.3 else dice.choice((0.0, 0.01, 0.1, 0.5, 3.0))
        ending = dice.choices(("succeeded", "transient", "failed"), (6, 3, 1))[0]
        return Deed(
            ending=ending,  # type: ignore[arg-type]
            exit_code=0 if ending == "succeeded" else 1,
            cost_usd=known,
            overshoot=dice.choice((0.0, 0.02)),
            takes=dice.choice((0.5, 20.0, 400.0)),
            writes={"a": str(run)},
        )

    return fate


def capped(tree: object, dice: random.Random) -> object:
    """A playbook some of whose calls have a cap of their own."""
    if isinstance(tree, list):
        return [capped(one, dice) for one in tree]
    if not isinstance(tree, dict):
        return tree
    copy = {key: capped(value, dice) for key, value in tree.items()}
    if isinstance(copy.get("claude"), str) and dice.random() < 0.5:
        copy["max_cost_usd"] = dice.choice((0.05, 0.4, 2))
    return copy


@given(
    playbook_trees(),
    st.integers(0, 2**32),
    st.sampled_from((None, 0.3, 1.0, 4.0)),
    st.sampled_from((None, 900.0)),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_no_session_exceeds_its_limits_or_its_bound(
    tree: object, seed: int, money: float | None, time: float | None
) -> None:
    plan = plan_of(written(capped(tree, random.Random(seed))))
    with tempfile.TemporaryDirectory() as folder:
        life = live(
            plan, costly(seed), folder, max_iterations=2, cost_usd=money, duration=time, agent_calls=9
        )
    state = life.state
    calls = [event for event in life.events if isinstance(event, AgentCalled)]
    assert len(calls) == life.calls()
    if money is not None:
        # every call knew its cap, and none was given more than was left
        assert all(event.cap_usd is not None and event.cap_usd <= money + 1e-9 for event in calls)
        assert state.reckoned_usd <= money + 0.02 + 1e-9
        assert (money_left(life.session.started, state) or 0.0) >= -0.02 - 1e-9
    most = worst_case(plan, 2).total
    assert state.calls_begun <= min(most.agent_calls, 9)
    assert state.shell_runs <= most.shell_runs
    assert life.calls() <= MOST_CALLS * most.agent_calls
    ran = [event for event in life.events if isinstance(event, StepRan)]
    waited = sum(event.wait for event in life.events if isinstance(event, BackedOff))
    if most.seconds is not None:
        assert sum(event.duration for event in ran) + waited <= most.seconds + 1e-6
    if time is not None:
        assert sum(event.duration for event in ran) <= time + LEAST_TIME * len(ran)
    assert fold(life.events) == state


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_the_bound_of_money_holds_but_for_last_responses(seed: int) -> None:
    text = """
    defaults: {max_cost_usd: 0.4, timeout: 20m}
    steps:
      - {claude: one, retry: {attempts: 2, backoff: 1s}, on_failure: {claude: two, max_attempts: 2}}
      - {claude: three, on_failure: {fail_workflow: false}}
    """
    plan = plan_of(text)
    with tempfile.TemporaryDirectory() as folder:
        life = live(plan, costly(seed), folder, max_iterations=2)
    most = worst_case(plan, 2).total
    overshoot = 0.02 * life.state.calls_begun
    assert most.cost_usd is not None
    assert life.state.reckoned_usd <= most.cost_usd + overshoot + 1e-9


# --- by name ---


def cooked(text: str, folder: Path, **deeds: Deed | list[Deed]) -> Life:
    return live(plan_of(text), fate_of(**deeds), str(folder), max_iterations=1)


LIMITED = """
limits: {cost_usd: 1.0}
steps:
  - {claude: one, id: one, max_cost_usd: 0.6}
  - {claude: two, id: two}
  - {claude: three, id: three}
"""


def test_unknown_costs_use_up_the_budget(tmp_path: Path) -> None:
    life = cooked(LIMITED, tmp_path, one=Deed(cost_usd=None), two=Deed(cost_usd=None))
    assert life.ran == ["one", "two"]
    assert [event.cap_usd for event in life.of(AgentCalled)] == [0.6, pytest.approx(0.4)]
    assert (life.end.status, life.end.cost_usd, life.end.charged_usd) == ("budget", None, pytest.approx(1.0))
    assert "calls whose cost is unknown count $1.00" in life.end.message


def test_a_call_that_is_cut_off_is_told_of_and_counted(tmp_path: Path) -> None:
    life = cooked(
        LIMITED, tmp_path, one=Deed(cost_usd=0.1), two=Deed(cause="stopped", exit_code=None, signals=1)
    )
    assert isinstance(life.end, SessionFinished)
    assert (life.end.status, life.end.calls) == ("interrupted", 2)
    assert (life.end.cost_usd, life.end.charged_usd) == (None, pytest.approx(0.9))


def test_a_run_that_the_time_of_the_session_ends_has_not_failed(tmp_path: Path) -> None:
    text = """
    limits: {duration: 10m}
    steps:
      - {shell: one, id: one, timeout: 8m, on_failure: {shell: never}}
      - {shell: two, id: two, timeout: 8m, on_failure: {shell: never}}
    """
    life = cooked(text, tmp_path, one=Deed(takes=300.0), two=Deed(takes=1e6, writes={"half": "done"}))
    assert [command.timeout for command in life.commands] == [480.0, 300.0]
    assert (life.end.status, life.end.message) == ("budget", "the session has used its 10 min")
    assert life.tree.files["half"] == "done"
    late = cooked(text, tmp_path / "own", one=Deed(takes=1e6))
    assert late.of(StepFinished)[0].fault == "timeout"
    assert late.ran[:2] == ["one", "one.on_failure.1"]
