"""Sessions side by side: limits that they have together hold whatever the order, and nobody starves or waits for ever."""

from __future__ import annotations

import random
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.agents.model import Ending
from mmm_lang.plan.ir import AgentCall, Limits, Template
from mmm_lang.runtime.events import (
    JOURNAL_VERSION,
    AgentCalled,
    BackedOff,
    BudgetReached,
    Paused,
    SessionFinished,
    SessionStarted,
)
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.purse import Crowded, Purse
from mmm_lang.runtime.session import Watcher
from mmm_lang.runtime.sharing import ALONE, Claim, Ledger, Spent, Together, spent_of, together
from mmm_lang.runtime.spending import (
    LEAST_COST,
    Allowance,
    money_for,
    offered,
    refused,
    time_left,
    waits_for_others,
)
from mmm_lang.runtime.state import State
from tests.support.company import Company, accompanied
from tests.support.happenings import BASE
from tests.support.memory import NOTHING, Deed, Fate, Onlooker, fate_of
from tests.support.plans import plan_of

CALL = AgentCall(Template(("improve",)))
OVERSHOOT = 0.02
CENT = 1e-9


def session(**limits: object) -> SessionStarted:
    return evolve(SessionStarted("s", "p.yml", "p", BASE, 10, version=JOURNAL_VERSION), **limits)


def capped(cap: float) -> AgentCall:
    return AgentCall(Template(("improve",)), max_cost_usd=cap)


def sees(
    limit: float = 12.0,
    spent: float = 0.0,
    held: float = 0.0,
    calling: int = 0,
    lanes: int = 4,
    claims: int | None = None,
) -> Together:
    """Others have spent that much, and hold that much more for calls that they make."""
    return Together(
        Limits(cost_usd=limit),
        known_usd=spent,
        reckoned_usd=spent + held,
        held_usd=held,
        calling=calling,
        claims=calling if claims is None else claims,
        lanes=lanes,
    )


# --- what a call may use ---


@pytest.mark.parametrize(
    ("action", "limits", "seen", "expected"),
    [
        (CALL, {}, ALONE, Allowance(None, own=True)),
        (CALL, {}, sees(), Allowance(3.0, own=False, shared=True)),
        (CALL, {}, sees(held=3.0, calling=1), Allowance(3.0, own=False, shared=True)),
        (CALL, {}, sees(spent=4.0), Allowance(2.0, own=False, shared=True)),
        (CALL, {}, sees(lanes=1), Allowance(12.0, own=False, shared=True)),
        (capped(5.0), {}, sees(), Allowance(5.0, own=True)),
        (capped(5.0), {}, sees(spent=8.0), Allowance(1.0, own=False, shared=True)),
        (CALL, {"cost_usd": 5.0}, sees(), Allowance(5.0, own=False)),
        (capped(1.0), {"cost_usd": 5.0}, sees(), Allowance(1.0, own=True)),
        (CALL, {"cost_usd": 5.0}, sees(spent=8.0), Allowance(1.0, own=False, shared=True)),
    ],
)
def test_a_call_gets_its_own_cap_or_an_even_share(
    action: AgentCall, limits: dict[str, object], seen: Together, expected: Allowance
) -> None:
    assert money_for(action, session(**limits), State(), together=seen) == expected


def test_a_run_that_goes_on_gets_all_that_is_there() -> None:
    assert money_for(CALL, session(), State(), 3.0, sees(spent=3.0)) == Allowance(9.0, False, True)


@pytest.mark.parametrize(
    ("seen", "waits", "why"),
    [
        (sees(), False, None),
        (sees(spent=12.0), False, "all sessions together have spent $12.00 of $12.00"),
        (sees(spent=6.0, held=6.0, calling=1), True, "calls whose cost is unknown count $6.00"),
        (sees(spent=6.0, held=5.9, calling=3), True, None),  # a crumb: others may give back more
        (sees(spent=11.9), False, None),  # a crumb, but all there is
        (sees(spent=12.0, claims=1), False, "all sessions together have spent"),  # they hold no money
        (Together(Limits(agent_calls=3), calls=3, claims=1, lanes=2), True, "have made their 3 agent calls"),
        (Together(Limits(agent_calls=3), calls=3, lanes=2), False, "have made their 3 agent calls"),
        (Together(Limits(duration=60.0), elapsed=60.0, claims=1), False, "have used their 1 min"),
    ],
)
def test_a_session_waits_only_for_what_may_come_back(seen: Together, waits: bool, why: str | None) -> None:
    assert waits_for_others(CALL, session(), State(), 0.0, seen) == waits
    said = refused(CALL, session(), State(), 0.0, seen)
    assert said is None if why is None else why in (said or "")


def test_own_limits_are_no_reason_to_wait() -> None:
    seen = sees(spent=6.0, held=6.0, calling=1)
    assert not waits_for_others(CALL, session(agent_calls=0), State(), 0.0, seen)
    assert (
        refused(CALL, session(agent_calls=0), State(), 0.0, seen) == "the session has made its 0 agent calls"
    )


def test_the_nearer_end_of_time_counts() -> None:
    seen = Together(Limits(duration=100.0), elapsed=40.0)
    assert time_left(session(), 10.0, seen) == 60.0
    assert time_left(session(duration=30.0), 10.0, seen) == 20.0
    assert refused(CALL, session(duration=30.0), State(), 30.0, seen) == "the session has used its 30 s"
    assert time_left(session(), 10.0) is None


# --- the purse ---


def test_what_one_takes_nobody_else_gets() -> None:
    purse = Purse(Limits(agent_calls=1), lanes=2)
    asked = []

    def ask(seen: Together) -> Allowance | None:
        asked.append(seen.calls)
        return offered(CALL, session(), State(), 0.0, seen)

    with purse.account("a", "item 1") as first, purse.account("b", "item 2") as second:
        first.take(ask)
        with pytest.raises(Crowded):
            second.take(ask)
        first.take(ask)  # it holds the call already
    assert asked == [0, 1, 0]


def test_what_a_session_holds_that_has_ended_is_free_again() -> None:
    purse = Purse(Limits(agent_calls=1, cost_usd=1.0), lanes=2)
    with purse.account("b", "item 2") as other:
        with purse.account("a", "item 1") as first:
            first.take(lambda seen: Allowance(1.0, own=False))
            assert (other.together().reckoned_usd, other.together().claims) == (1.0, 1)
        assert (other.together().reckoned_usd, other.together().calls) == (0.0, 0)


def test_what_was_spent_before_counts_also_of_sessions_that_do_not_run() -> None:
    purse = Purse(Limits(cost_usd=5.0), spent={"a": Spent(2, 1.5, 2.0)}, before=30.0, clock=lambda: 7.0)
    with purse.account("b", "item 2") as other:
        seen = other.together()
    assert (seen.calls, seen.known_usd, seen.reckoned_usd, seen.held_usd, seen.elapsed) == (
        2,
        1.5,
        2.0,
        0.0,
        30.0,
    )
    assert purse.total == Spent(2, 1.5, 2.0)


def test_who_has_taken_a_call_is_past_a_door_that_is_closed_then() -> None:
    purse = Purse()
    with purse.account("a", "item 1") as first, purse.account("b", "item 2") as second:
        first.take(lambda seen: offered(CALL, session(), State(), 0.0, seen))
        second.told(Paused("step-1", "the quota is used up"), State())
        first.take(lambda seen: offered(CALL, session(), State(), 0.0, seen))
        assert purse.closed is not None
        assert purse.closed.sentence == "item 2 met this, and no other call was started: the quota is used up"
        with pytest.raises(Crowded):
            second.take(lambda seen: offered(CALL, session(), State(), 0.0, seen))


def test_a_claim_is_counted_once() -> None:
    held = Ledger(Spent(2, 1.0, 4.0), Claim(3.0, journalled=True))
    taken = Ledger(Spent(2, 1.0, 1.0), Claim(3.0))
    for ledger, calls in ((held, 2), (taken, 3)):
        seen = together(Limits(), 0.0, [ledger], 2, None, 0)
        assert (seen.calls, seen.reckoned_usd, seen.held_usd) == (calls, 4.0, 3.0)
        assert (seen.calling, seen.claims) == (1, 1)
    stopped = together(Limits(), 0.0, [Ledger(Spent(2, 1.0, 4.0), Claim(3.0, True), live=False)], 2, None, 0)
    assert (stopped.reckoned_usd, stopped.held_usd, stopped.claims) == (4.0, 0.0, 0)
    again = together(Limits(), 0.0, [Ledger(Spent(1), Claim(), waits=True)], 2, None, 0)
    assert again.calls == 1


# --- laws ---

PLAYBOOKS = (
    """
    - {claude: one}
    - {claude: two, retry: {attempts: 2, backoff: 1s}}
    - {claude: three, commit_required: false}
    """,
    """
    defaults: {max_cost_usd: 0.7}
    steps:
      - {shell: look}
      - {claude: one, on_failure: {claude: mend, max_attempts: 2}}
      - {claude: two, on_failure: {fail_workflow: false}}
    """,
    """
    limits: {cost_usd: 1.5, agent_calls: 3}
    steps:
      - {claude: one}
      - {claude: two, max_cost_usd: 0.2}
      - {claude: three}
      - {claude: four}
    """,
    """
    - {claude: one, max_cost_usd: 0.9, commit_required: false}
    - {claude: two, max_cost_usd: 0.9, commit_required: false}
    """,
)


def fate_with(seed: int, quota: bool) -> Fate:
    """Calls that cost this and that, of which some tell nothing, fail, or are turned away."""
    dice = random.Random(seed)

    def fate(step: str, run: int) -> Deed:
        endings: tuple[Ending, ...] = ("succeeded", "transient", "failed", "quota", "auth")
        ending = dice.choices(endings, (8, 2, 1, quota, quota))[0]
        return Deed(
            ending=ending,
            exit_code=0 if ending == "succeeded" else 1,
            cost_usd=None if dice.random() < 0.1 else dice.choice((0.0, 0.01, 0.02, 0.05, 0.3, 3.0)),
            overshoot=dice.choice((0.0, OVERSHOOT)),
            writes={"a": str(run)},
        )

    return fate


class Auditor(Onlooker):
    """Looks at the purse after every event of every session."""

    def __init__(self, purse: Purse, limits: Limits, lanes: int) -> None:
        self.purse, self.limits, self.lanes = purse, limits, lanes
        self.called_late: set[str] = set()

    def happened(self, entry: Entry, state: State) -> None:
        total = self.purse.total
        if self.limits.agent_calls is not None:
            assert total.calls <= self.limits.agent_calls
        if self.limits.cost_usd is not None:
            assert total.reckoned_usd <= self.limits.cost_usd + OVERSHOOT * self.lanes + CENT
        if isinstance(entry.event, AgentCalled) and self.purse.closed is not None:
            late = state.session.session
            assert late not in self.called_late, "a call was begun though nobody should"
            self.called_late.add(late)  # it had taken its call before


@st.composite
def companies(draw: st.DrawFn) -> tuple[Company, Limits]:
    lanes = draw(st.integers(2, 4))
    seed = draw(st.integers(0, 2**32))
    limits = Limits(
        agent_calls=draw(st.sampled_from((None, 4, 7))),
        cost_usd=draw(st.sampled_from((1.0, 0.4, 2.0, 6.0, None))),
    )
    quota = draw(st.booleans())
    works = [
        (plan_of(draw(st.sampled_from(PLAYBOOKS))), fate_with(seed + number, quota))
        for number in range(lanes)
    ]
    purse = Purse(limits, lanes)
    auditor = Auditor(purse, limits, lanes)
    with tempfile.TemporaryDirectory() as folder:
        company = accompanied(
            works, purse, folder, random.Random(seed), lambda number: (auditor,), max_iterations=2
        )
    return company, limits


@given(companies())
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_limits_hold_together_and_nobody_starves(found: tuple[Company, Limits]) -> None:
    company, limits = found
    total, closed = company.purse.total, company.purse.closed
    # what the purse says is what the journals say
    told = [spent_of(life.state) for life in company.lives]
    assert total.calls == sum(one.calls for one in told)
    assert total.reckoned_usd == pytest.approx(sum(one.reckoned_usd for one in told))
    # who was refused for want of what all have together was refused when nothing of it was left
    for life in company.lives:
        assert isinstance(life.state.finished, SessionFinished)
        stop = life.state.stop
        if isinstance(stop, BudgetReached) and stop.shared and closed is None:
            spent = limits.cost_usd is not None and total.reckoned_usd >= limits.cost_usd - 2 * LEAST_COST
            assert spent or total.calls == limits.agent_calls
    if closed is not None:
        others = [life.end for life in company.lives if closed.sentence in life.end.message]
        assert {(one.status, one.exit_code) for one in others} <= {("paused", 5), ("failed", 1)}


# --- by name ---


def side_by_side(
    folder: Path, limits: Limits, *works: tuple[str, Fate], watchers: Sequence[Watcher] = ()
) -> Company:
    """One after another goes on, in turn."""
    plans = [(plan_of(text), fate) for text, fate in works]
    purse = Purse(limits, len(plans))
    return accompanied(plans, purse, str(folder), InTurn(), lambda number: watchers, max_iterations=1)


class InTurn(random.Random):
    """Chooses one after another."""

    last = -1

    def choice(self, seq: Sequence[int]) -> int:
        self.last = next((one for one in seq if one > self.last), seq[0])
        return self.last


ONE = "- {claude: one, id: one, commit_required: false}\n"
TWO = f"{ONE}- {{claude: two, id: two, commit_required: false}}\n"


def test_a_call_that_spends_its_share_goes_on_with_what_others_leave(tmp_path: Path) -> None:
    dear = fate_of(one=[Deed(cost_usd=5.0, overshoot=0.0), Deed(cost_usd=1.0)])
    company = side_by_side(
        tmp_path, Limits(cost_usd=4.0), (ONE, dear), (ONE, fate_of(one=Deed(cost_usd=0.5)))
    )
    life = company.lives[0]
    assert life.end.status == "succeeded"
    [waited] = life.of(BackedOff)
    assert (waited.wait, waited.after) == (0.0, "its share of the limits was used up")
    first, second = life.of(AgentCalled)
    assert first.agent_session == second.agent_session
    assert first.cap_usd == pytest.approx(2.0)
    assert (life.end.calls, life.end.cost_usd) == (1, pytest.approx(3.0))


def test_one_that_spends_everything_ends_as_budget(tmp_path: Path) -> None:
    dear = fate_of(one=Deed(cost_usd=9.0, overshoot=0.0))
    company = side_by_side(tmp_path, Limits(cost_usd=4.0), (ONE, dear), (ONE, dear))
    assert [life.end.status for life in company.lives] == ["budget", "budget"]
    assert all(life.state.stop.shared for life in company.lives)
    assert company.purse.total.reckoned_usd == pytest.approx(4.0)
    assert company.lives[0].end.message == "all sessions together have spent $4.00 of $4.00"


def test_an_unknown_cost_is_its_cap_for_all(tmp_path: Path) -> None:
    unknown = fate_of(one=Deed(cost_usd=None), two=Deed(cost_usd=0.1))
    text = f"defaults: {{max_cost_usd: 1}}\nsteps:\n{textwrap.indent(TWO, '  ')}"
    company = side_by_side(tmp_path, Limits(cost_usd=2.0), (text, unknown), (text, unknown))
    assert [life.end.status for life in company.lives] == ["budget", "budget"]
    assert "calls whose cost is unknown count $2.00, which is their cap" in company.lives[1].end.message


def test_a_quota_that_one_meets_stops_the_others_before_their_next_call(tmp_path: Path) -> None:
    spent = fate_of(one=Deed(ending="quota", exit_code=1))
    company = side_by_side(tmp_path, Limits(), (ONE, spent), (TWO, nothing_done), (TWO, nothing_done))
    assert [life.end.status for life in company.lives] == ["paused"] * 3
    assert company.lives[0].end.message == "its ending was quota"
    for life in company.lives[1:]:
        assert life.end.message.startswith("item 0 met this, and no other call was started")
        assert len(life.of(AgentCalled)) <= 1
        assert life.end.exit_code == 5


def test_a_login_that_is_not_valid_stops_all(tmp_path: Path) -> None:
    company = side_by_side(
        tmp_path, Limits(), (ONE, fate_of(one=Deed(ending="auth", exit_code=1))), (TWO, nothing_done)
    )
    assert [(life.end.status, life.end.reason, life.end.exit_code) for life in company.lives] == [
        ("failed", "auth", 1)
    ] * 2
    assert "item 0 met this" in company.lives[1].end.message


def nothing_done(step: str, run: int) -> Deed:
    return NOTHING


def test_scripts_go_on_where_calls_may_not(tmp_path: Path) -> None:
    scripts = "- {shell: a}\n- {shell: b}\n"
    spent = fate_of(one=Deed(ending="quota", exit_code=1))
    company = side_by_side(tmp_path, Limits(agent_calls=1), (ONE, spent), (scripts, nothing_done))
    assert [life.end.status for life in company.lives] == ["paused", "succeeded"]


def test_who_waits_says_so_once(tmp_path: Path) -> None:
    told: list[str] = []

    class Listener(Onlooker):
        def awaiting(self, step: object) -> None:
            told.append(step.key)

    text = "- {claude: one, id: one, max_cost_usd: 1, commit_required: false}\n"
    half = fate_of(one=Deed(cost_usd=0.5))
    limits = Limits(cost_usd=1.0)
    company = side_by_side(tmp_path, limits, (text, half), (text, half), watchers=(Listener(),))
    assert told == ["one"]
    assert [life.end.status for life in company.lives] == ["succeeded", "succeeded"]
    assert sorted(call.cap_usd for life in company.lives for call in life.of(AgentCalled)) == [0.25, 1.0]


def test_a_session_alone_sees_the_same_with_a_purse_of_its_own(tmp_path: Path) -> None:
    company = side_by_side(tmp_path, Limits(), (TWO, nothing_done))
    assert company.lives[0].session.account.together().limits == Limits()
    assert [call.cap_usd for call in company.lives[0].of(AgentCalled)] == [None, None]
