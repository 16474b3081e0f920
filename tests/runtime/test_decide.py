"""The deciding core: rounds, retries, groups, endings; and the law that it never exceeds its proved bound."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.plan.bounds import iterations_of, worst_case
from mmm_lang.plan.ir import Step
from mmm_lang.runtime.decide import decide
from mmm_lang.runtime.events import HandlerStarted, IterationStarted, RolledBack, StepFinished
from mmm_lang.runtime.fold import fold
from tests.support.fate import COMMITS, FAILS, OK, Fate, Outcome, live
from tests.support.generate import playbooks
from tests.support.plans import plan_of


def scripted(**outcomes: list[Outcome] | Outcome) -> Fate:
    """Outcomes by step key, one after another; the last stays. Other steps succeed without a commit."""
    used: dict[str, int] = {}

    def fate(step: Step, attempt: int) -> Outcome:
        key = step.key.replace("-", "_").replace(".", "__")
        outcome = outcomes.get(key, OK)
        if isinstance(outcome, Outcome):
            return outcome
        turn = used.get(key, 0)
        used[key] = turn + 1
        return outcome[min(turn, len(outcome) - 1)]

    return fate


REPAIRED = """
- shell: "cargo test"
  id: tests
  on_failure:
    claude: "/mmm-fix-test"
    max_attempts: 3
- claude: "/mmm-lint"
  id: lint
"""


def test_a_playbook_without_commits_runs_once() -> None:
    life = live(plan_of(REPAIRED), scripted())
    assert life.ran == ["tests", "lint"]
    assert (life.end.status, life.end.reason, life.end.exit_code) == ("succeeded", "converged", 0)


def test_commits_keep_it_going_to_the_limit() -> None:
    life = live(plan_of(REPAIRED), scripted(lint=COMMITS), max_iterations=3)
    assert life.ran == ["tests", "lint"] * 3
    assert (life.end.reason, life.end.exit_code) == ("limit", 0)


def test_handler_and_step_take_turns_until_the_step_succeeds() -> None:
    life = live(plan_of(REPAIRED), scripted(tests=[FAILS, FAILS, OK]))
    fix = "tests.on_failure.1"
    assert life.ran == ["tests", fix, "tests", fix, "tests", "lint"]
    assert life.end.status == "succeeded"


def test_max_attempts_counts_runs_of_the_handler() -> None:
    life = live(plan_of(REPAIRED), scripted(tests=FAILS))
    assert life.ran == ["tests", *["tests.on_failure.1", "tests"] * 3]
    assert (life.end.status, life.end.exit_code) == ("failed", 1)
    assert [event.round for event in life.events if isinstance(event, HandlerStarted)] == [1, 2, 3]


def test_a_failed_session_rolls_back_to_the_start_of_its_iteration() -> None:
    life = live(plan_of(REPAIRED), scripted(tests=[OK, FAILS], lint=COMMITS))
    [rolled] = [event for event in life.events if isinstance(event, RolledBack)]
    starts = [event for event in life.events if isinstance(event, IterationStarted)]
    assert rolled.to == starts[-1].base.head
    assert len(starts) == 2


def test_on_failure_keep_resets_nothing() -> None:
    life = live(plan_of(REPAIRED), scripted(tests=FAILS), on_failure="keep")
    assert not any(isinstance(event, RolledBack) for event in life.events)


def test_a_handler_that_fails_is_a_spent_round() -> None:
    fates = {"tests.on_failure.1": FAILS, "tests": FAILS}
    life = live(plan_of(REPAIRED), lambda step, _: fates.get(step.key, OK))
    assert life.ran == ["tests", *["tests.on_failure.1", "tests"] * 3]
    assert life.end.status == "failed"


def test_fail_workflow_false_goes_on_and_sets_the_files_aside() -> None:
    text = REPAIRED.replace("max_attempts: 3", "max_attempts: 1\n    fail_workflow: false")
    life = live(plan_of(text), scripted(tests=FAILS))
    assert life.ran == ["tests", "tests.on_failure.1", "tests", "lint"]
    assert [event.why for event in life.events if isinstance(event, RolledBack)] == ["given-up"]
    assert life.end.status == "succeeded"


def test_options_alone_say_what_a_failure_means() -> None:
    fails = plan_of("- {shell: x, on_failure: {fail_workflow: true}}\n- shell: y\n")
    goes_on = plan_of("- {shell: x, on_failure: {fail_workflow: false}}\n- shell: y\n")
    assert live(fails, scripted(step_1=FAILS)).ran == ["step-1"]
    assert live(goes_on, scripted(step_1=FAILS)).ran == ["step-1", "step-2"]


def test_no_handler_fails_at_once() -> None:
    life = live(plan_of("- shell: x\n- shell: y\n"), scripted(step_1=FAILS))
    assert life.ran == ["step-1"]
    assert life.end.status == "failed"


def test_retry_runs_again_before_any_handler_and_from_the_same_base() -> None:
    text = REPAIRED.replace("  id: tests\n", "  id: tests\n  retry: {attempts: 2, backoff: 1s}\n")
    life = live(plan_of(text), scripted(tests=[FAILS, FAILS, FAILS, OK]))
    assert life.ran == ["tests", "tests", "tests.on_failure.1", "tests", "tests", "lint"]
    retried = [event for event in life.events if isinstance(event, RolledBack)]
    assert [event.why for event in retried] == ["retry", "retry"]


def test_retry_is_for_failures_of_the_process_itself() -> None:
    text = "- {shell: x, retry: {attempts: 3}, commit_required: true}\n"
    life = live(plan_of(text), scripted(step_1=Outcome("commit-missing", 0)))
    assert life.ran == ["step-1"]


def test_exit_codes_choose_the_handler() -> None:
    plan = plan_of("""
    - shell: build
      id: build
      on_exit_code:
        101: {claude: "/mmm-compile", max_attempts: 1}
        default: {claude: "/mmm-other", max_attempts: 1}
      on_failure: {claude: "/mmm-slow", max_attempts: 1}
    """)
    code_101 = live(plan, scripted(build=[Outcome("exit", 101), OK]))
    code_7 = live(plan, scripted(build=[Outcome("exit", 7), OK]))
    too_slow = live(plan, scripted(build=[Outcome("timeout", None), OK]))
    assert code_101.ran == ["build", "build.on_exit.101.1", "build"]
    assert code_7.ran == ["build", "build.on_exit.default.1", "build"]
    assert too_slow.ran == ["build", "build.on_failure.1", "build"]


def test_exit_code_handlers_share_their_rounds() -> None:
    plan = plan_of("""
    - shell: build
      id: build
      on_exit_code:
        101: {claude: "/mmm-compile", max_attempts: 2}
        default: {claude: "/mmm-other", max_attempts: 2}
    """)
    life = live(plan, scripted(build=[Outcome("exit", 101), Outcome("exit", 7), Outcome("exit", 101)]))
    assert life.ran == ["build", "build.on_exit.101.1", "build", "build.on_exit.default.1", "build"]


def test_on_success_runs_once_after_the_final_success() -> None:
    plan = plan_of("""
    - shell: tests
      id: tests
      on_failure: {claude: "/mmm-fix"}
      on_success: [{shell: publish, id: publish}, {shell: tell, id: tell}]
    - {shell: next, id: next}
    """)
    life = live(plan, scripted(tests=[FAILS, OK]))
    assert life.ran == ["tests", "tests.on_failure.1", "tests", "publish", "tell", "next"]
    assert live(plan, scripted(tests=FAILS)).ran[-1] == "tests"


def test_on_success_failing_is_not_the_steps_own_failure() -> None:
    plan = plan_of("""
    - shell: tests
      id: tests
      on_failure: {claude: "/mmm-fix"}
      on_success: {shell: publish, id: publish}
    """)
    life = live(plan, scripted(publish=FAILS))
    assert life.ran == ["tests", "publish"]
    assert life.end.status == "failed"


GROUPED = """
- id: checks
  on_failure: {claude: "/mmm-fix", max_attempts: 2}
  steps:
    - {shell: a, id: a}
    - {shell: b, id: b}
- {shell: c, id: c}
"""


def test_a_group_is_repaired_and_run_again_as_a_whole() -> None:
    life = live(plan_of(GROUPED), scripted(b=[FAILS, OK]))
    assert life.ran == ["checks", "a", "b", "checks.on_failure.1", "checks", "a", "b", "c"]
    statuses = [e.status for e in life.events if isinstance(e, StepFinished) and e.step == "checks"]
    assert statuses == ["failed", "succeeded"]


def test_a_skipped_group_runs_nothing_of_it() -> None:
    life = live(plan_of(GROUPED), scripted(checks=Outcome(skipped=True)))
    assert life.ran == ["c"]


def test_handlers_of_handlers() -> None:
    plan = plan_of("""
    - shell: tests
      id: tests
      on_failure:
        shell: fix
        id: fix
        max_attempts: 1
        on_failure: {claude: "/mmm-help", id: help, max_attempts: 2}
    """)
    life = live(plan, scripted(tests=[FAILS, OK], fix=[FAILS, FAILS, OK]))
    assert life.ran == ["tests", "fix", "help", "fix", "help", "fix", "tests"]


def test_a_converged_step_ends_the_iteration_and_the_session() -> None:
    life = live(plan_of(REPAIRED), scripted(tests=Outcome(converged=True)))
    assert life.ran == ["tests"]
    assert life.end.reason == "converged"


UNTIL = "until: {shell: cargo test}\nmax_iterations: 4\nsteps:\n  - {claude: /mmm-improve, id: improve}\n"


def test_until_is_judged_at_the_end_of_every_iteration() -> None:
    life = live(plan_of(UNTIL), scripted(improve=COMMITS, until=[FAILS, FAILS, OK]))
    assert life.ran == ["improve", "until"] * 3
    assert (life.end.reason, life.end.exit_code) == ("criteria-met", 0)


def test_ending_without_the_criterion_is_exit_3() -> None:
    limit = live(plan_of(UNTIL), scripted(improve=COMMITS, until=FAILS))
    converged = live(plan_of(UNTIL), scripted(until=FAILS))
    assert (limit.end.reason, limit.end.exit_code) == ("limit", 3)
    assert (converged.end.reason, converged.end.exit_code) == ("converged", 3)


def test_limits_are_enforced_before_a_step_starts() -> None:
    life = live(plan_of(REPAIRED), scripted(tests=FAILS), agent_calls=2)
    assert life.agent_calls == 2
    assert (life.end.status, life.end.exit_code) == ("budget", 4)
    assert not any(isinstance(event, RolledBack) for event in life.events)
    spent = live(plan_of(REPAIRED), scripted(tests=FAILS), cost_usd=0.5)
    assert spent.agent_calls == 2
    assert decide(plan_of(REPAIRED), fold(life.events[:4]), elapsed=0.0) is not None


def test_a_duration_limit_stops_the_next_step() -> None:
    plan = plan_of(REPAIRED)
    life = live(plan, scripted(), duration=60.0)
    state = fold(life.events[:2])
    assert type(decide(plan, state, elapsed=59.0)).__name__ == "RunStep"
    assert type(decide(plan, state, elapsed=60.0)).__name__ == "Stop"


FAULTS = ("exit", "timeout", "signal", "commit-missing", "commit-implied", "protected", "agent", "output")


@st.composite
def fates(draw: Callable[..., object]) -> Fate:
    """A fate that draws each outcome as it is asked, failures included."""
    random = draw(st.randoms(use_true_random=False))
    bad = draw(st.floats(0, 1))

    def fate(step: Step, attempt: int) -> Outcome:
        if random.random() < bad:  # type: ignore[attr-defined]
            fault = random.choice(FAULTS)  # type: ignore[attr-defined]
            return Outcome(fault, random.choice((1, 2, 101)) if fault == "exit" else None)  # type: ignore[attr-defined]
        return Outcome(
            commits=random.choice((0, 1, 2)),  # type: ignore[attr-defined]
            skipped=random.random() < 0.1,  # type: ignore[attr-defined]
            converged=random.random() < 0.05,  # type: ignore[attr-defined]
        )

    return fate  # type: ignore[return-value]


@given(playbooks(), fates(), st.integers(1, 3))
@settings(deadline=None, max_examples=120)
def test_every_session_ends_within_its_proved_bound(text: str, fate: Fate, iterations: int) -> None:
    plan = plan_of(text)
    most = worst_case(plan, iterations)
    life = live(plan, fate, max_iterations=iterations)
    assert life.agent_calls <= most.total.agent_calls
    assert life.shell_runs <= most.total.shell_runs
    assert life.state.iteration <= iterations
    assert life.end.exit_code in (0, 1, 3)


@given(playbooks(), fates())
@settings(deadline=None, max_examples=40)
def test_deciding_depends_on_the_events_alone(text: str, fate: Fate) -> None:
    """Folding the journal anew at any point gives the same next action: that is what going on after a crash rests on."""
    plan = plan_of(text)
    life = live(plan, fate, max_iterations=2)
    for end in range(1, len(life.events), 7):
        state = fold(life.events[:end])
        assert decide(plan, state) == decide(plan, fold(life.events[:end]))
    assert fold(life.events) == life.state


@given(playbooks())
@settings(deadline=None, max_examples=60)
def test_the_bound_is_reached_by_the_worst_fate(text: str) -> None:
    """Where everything fails, no session does more than the bound of one iteration."""
    plan = plan_of(text)
    iterations = iterations_of(plan, 1, False)
    life = live(plan, lambda step, attempt: FAILS, max_iterations=iterations)
    assert life.agent_calls <= worst_case(plan, 1).total.agent_calls
