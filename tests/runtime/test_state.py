"""The fold: what a session is after its events."""

from __future__ import annotations

from mmm_lang.runtime.events import (
    AgentCalled,
    Base,
    BudgetReached,
    Event,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    Paused,
    RolledBack,
    SessionFinished,
    StepFinished,
    StepStarted,
)
from mmm_lang.runtime.fold import advance, fold
from mmm_lang.runtime.state import State
from tests.support.happenings import BASE, begun, run, skipped


def after(*more: list[Event]) -> State:
    return fold([*begun(), *(event for events in more for event in events)])


def test_nothing_has_happened_yet() -> None:
    assert fold([]) == State()
    assert fold([]).session is None


def test_folding_is_advancing() -> None:
    story = [*begun(), *run("a", 1, commits=("c1", "c2")), *run("b", 2, fault="exit")]
    state = State()
    for number, event in enumerate(story, start=1):
        state = advance(state, event)
        assert state == fold(story[:number])


def test_a_run_step_by_step() -> None:
    started, ran, committed, finished = run(
        "a", 7, commits=("c1", "c2"), outputs={"spec": "s.md"}, files=("f",)
    )
    attempt = after([started]).latest["a"]
    assert (attempt.run, attempt.status, attempt.ran, attempt.base) == (7, None, None, BASE)
    assert after([started, ran]).latest["a"].ran == ran
    state = after([started, ran, committed])
    assert (state.commits, state.total_commits, state.head) == (("c1", "c2"), 2, "c2")
    attempt = after([started, ran, committed, finished]).latest["a"]
    assert (attempt.status, attempt.commits, attempt.outputs, attempt.files) == (
        "succeeded",
        ("c1", "c2"),
        {"spec": "s.md"},
        ("f",),
    )


def test_calls_cost_and_shell_runs_are_counted_over_all_iterations() -> None:
    paid = {"calls": 1, "cost_usd": 0.5}
    again = [IterationFinished(1, 0, True, False), IterationStarted(2, BASE)]
    state = after(run("a", 1, ran=paid), run("b", 2), again, run("a", 3, ran=paid))
    assert (state.calls, state.cost_usd, state.shell_runs, state.runs) == (2, 1.0, 1, 3)
    assert not state.cost_unknown
    assert after(run("a", 1, ran={"calls": 1, "cost_usd": None})).cost_unknown


def test_what_was_not_started_was_not_run() -> None:
    finished_only = [StepStarted("a", (), 1, BASE, 1), StepFinished("a", (), 1, "failed", "value")]
    state = after(finished_only)
    assert (state.shell_runs, state.calls, state.runs) == (0, 0, 1)


def test_runs_of_one_place_are_kept_in_order_and_the_latest_is_known() -> None:
    state = after(run("a", 1, fault="exit"), run("a", 2, attempt=2), run("a", 3, path=(1,)))
    assert [one.run for one in state.attempts_at("a", ())] == [1, 2]
    assert [one.run for one in state.attempts_at("a", (1,))] == [3]
    assert state.latest["a"].run == 3
    assert [one.order for one in (*state.attempts_at("a", ()), *state.attempts_at("a", (1,)))] == [0, 1, 2]
    assert state.attempts_at("b", ()) == ()


def test_a_skipped_step_has_a_record_without_a_run() -> None:
    [attempt] = after(skipped("a")).attempts_at("a", ())
    assert (attempt.number, attempt.status, attempt.run) == (0, "skipped", 0)


def test_the_agents_own_session_is_known() -> None:
    called = AgentCalled("a", (), 1, "claude", "uuid", "digest")
    assert after(run("a", 1)[:1], [called]).latest["a"].agent_session == "uuid"


def test_records_live_for_one_iteration() -> None:
    ended = IterationFinished(1, 1, True, False)
    state = after(run("a", 1, commits=("c1",)), [HandlerStarted("a.on_failure", (), 1), ended])
    assert state.iteration_finished
    state = advance(state, IterationStarted(2, Base("c1", "t1", "main")))
    assert (state.attempts, state.latest, state.rounds, state.commits) == ({}, {}, {}, ())
    assert (state.iteration, state.head, state.total_commits) == (2, "c1", 1)
    assert not state.iteration_finished


def test_rounds_are_counted_where_they_are() -> None:
    state = after([HandlerStarted("h", (), 1), HandlerStarted("h", (2,), 1), HandlerStarted("h", (), 2)])
    assert state.rounds == {("h", ()): 2, ("h", (2,)): 1}


# --- going back ---


def test_a_rolled_back_session_has_lost_the_commits_of_its_iteration() -> None:
    first = [
        *run("a", 1, commits=("c1",)),
        IterationFinished(1, 1, True, False),
        IterationStarted(2, Base("c1", "t", "main")),
    ]
    state = after(first, run("a", 2, commits=("c2", "c3")), [RolledBack("c3", "c1", "refs/mmm/rescue/s1/1")])
    assert (state.commits, state.total_commits, state.head) == ((), 1, "c1")
    assert state.rescues == ("refs/mmm/rescue/s1/1",)
    assert state.rolled_back is not None


def test_a_refused_rollback_has_lost_nothing() -> None:
    state = after(run("a", 1, commits=("c1",)), [RolledBack("c1", "c1", None, refused="pushed")])
    assert (state.commits, state.total_commits, state.head, state.rescues) == (("c1",), 1, "c1", ())


def test_a_retry_loses_the_commits_of_the_run_before_it_and_no_others() -> None:
    story = [*run("a", 1, commits=("c1",)), *run("b", 2, fault="exit", commits=("c2",))]
    state = after(story, [RolledBack("c2", "c1", "ref", "retry", "b", (), 1)])
    assert (state.commits, state.total_commits, state.head) == (("c1",), 1, "c1")
    assert state.latest["b"].restored
    assert not state.latest["a"].restored


def test_a_retry_of_a_group_loses_the_commits_of_the_steps_inside() -> None:
    inside = [*run("in", 2, path=(1,), commits=("c2",)), *run("deep", 3, path=(1, 1), commits=("c3",))]
    group = [StepStarted("group", (), 1, BASE), *inside, StepFinished("group", (), 1, "failed", "inside")]
    state = after(
        run("before", 1, commits=("c1",)), group, [RolledBack("c3", "c1", "ref", "retry", "group", (), 1)]
    )
    assert (state.commits, state.total_commits) == (("c1",), 1)


def test_a_step_that_was_given_up_keeps_its_commits() -> None:
    state = after(
        run("a", 1, fault="exit", commits=("c1",)), [RolledBack("c1", "c1", "ref", "given-up", "a", (), 1)]
    )
    assert (state.commits, state.total_commits) == (("c1",), 1)
    assert state.latest["a"].given_up


# --- endings ---


def test_what_stops_a_session() -> None:
    budget, paused = BudgetReached("a", "no calls left"), Paused("a", "used up", "3pm")
    assert after([budget]).stop == budget
    assert after([paused]).stop == paused
    end = SessionFinished("budget", "budget", "no calls left", 4)
    assert after([budget, end]).finished == end
