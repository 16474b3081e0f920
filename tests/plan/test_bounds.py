"""The worst case: computed by hand, and reached by the worst of fates."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mmm_lang.plan.bounds import Bound, iterations_of, rounds_of, worst_case
from mmm_lang.plan.graph import UNTIL
from mmm_lang.plan.ir import Region
from tests.support.fate import FAILS, Outcome, live
from tests.support.generate import playbooks
from tests.support.plans import plan_of


def most(text, iterations=1):
    """Agent calls and shell runs at most."""
    total = worst_case(plan_of(text), iterations).total
    return total.agent_calls, total.shell_runs


def runs(text):
    """How often each step can run in one iteration."""
    return {one.step.key: one.runs for one in worst_case(plan_of(text), 1).rows}


REPAIRED = """
- shell: cargo test
  id: tests
  on_failure: {claude: "/mmm-fix-test", id: fix}
- claude: "/mmm-lint"
  id: lint
"""


def test_a_step_runs_once_and_a_repaired_one_after_every_round():
    assert most("- claude: a\n- shell: b\n") == (1, 1)
    assert runs(REPAIRED) == {"tests": 4, "fix": 3, "lint": 1}
    assert most(REPAIRED) == (4, 4)


def test_iterations_multiply_and_their_criterion_counts():
    text = "until: {shell: cargo test}\nsteps: [{claude: a}, {shell: b}]\n"
    assert most(text, iterations=7) == (7, 14)
    assert runs(text) == {"step-1": 1, "step-2": 1, "until": 1}


def test_retry_multiplies_rounds():
    assert runs(REPAIRED.replace("id: tests", "id: tests\n  retry: {attempts: 2}"))["tests"] == 2 * (1 + 3)
    assert runs(REPAIRED.replace("id: fix", "id: fix, retry: {attempts: 2}")) == {
        "tests": 4,
        "fix": 6,
        "lint": 1,
    }


def test_nested_handlers():
    text = """
    - shell: tests
      id: tests
      on_failure:
        steps:
          - claude: fix
            id: fix
            on_failure: {claude: help, id: help, max_attempts: 4}
          - {shell: tidy, id: tidy}
        max_attempts: 2
    """
    # 2 rounds, in each of them fix at most 5 times and help at most 4
    assert runs(text) == {"tests": 3, "fix": 10, "help": 8, "tidy": 2}
    assert most(text) == (18, 5)


def test_a_group_runs_as_a_whole():
    text = """
    - id: checks
      retry: {attempts: 2}
      steps:
        - {shell: a, id: a, retry: {attempts: 3}}
        - {claude: b, id: b, on_failure: {shell: c, id: c, max_attempts: 1}}
      on_failure: {claude: d, id: d, max_attempts: 2}
    """
    # the group: 2 x (1 + 2)
    assert runs(text) == {"checks": 6, "a": 18, "b": 12, "c": 6, "d": 2}
    assert most(text) == (14, 24)


def test_what_follows_a_success_follows_it_once():
    text = """
    - shell: build
      id: build
      retry: {attempts: 3}
      on_success:
        - {shell: pack, id: pack, on_failure: {claude: fix, id: fix, max_attempts: 2}}
      on_failure: {claude: mend, id: mend, max_attempts: 1, on_success: {shell: note, id: note}}
    """
    assert runs(text) == {"build": 6, "mend": 1, "note": 1, "pack": 3, "fix": 2}
    assert most(text) == (3, 10)


SEVERAL = """
- shell: tests
  id: tests
  on_exit_code:
    101: {steps: [{claude: a}, {claude: b}], max_attempts: 1}
    127: {fail_workflow: true}
    default: {shell: c, max_attempts: 2}
  on_failure: {claude: d, max_attempts: 4}
"""


def test_one_handler_serves_a_round_and_none_more_than_its_own():
    # round 1: two calls are the dearest, or one run of c; round 2: d or c; rounds 3 and 4: d
    assert most(SEVERAL) == (2 + 1 + 1 + 1, 5 + 2)
    assert runs(SEVERAL)["tests"] == 5


def test_the_bound_of_several_handlers_is_reached():
    turns = iter([101, None, None, None, 0])

    def fate(step, attempt):
        if step.key != "tests":
            return Outcome()
        code = next(turns)
        return Outcome() if code == 0 else Outcome("exit" if code else "timeout", code)

    life = live(plan_of(SEVERAL), fate, max_iterations=1)
    assert life.agent_calls == most(SEVERAL)[0]


def test_options_without_a_step_are_no_rounds():
    assert runs("- {shell: a, on_failure: {fail_workflow: false}}\n") == {"step-1": 1}


def test_all_at_once():
    text = """
    until: {shell: goal}
    steps:
      - id: outer
        on_failure: {claude: w, id: w, max_attempts: 1}
        steps:
          - shell: x
            id: x
            retry: {attempts: 2}
            on_exit_code:
              1: {claude: y, id: y, max_attempts: 2, on_failure: {shell: z, id: z, max_attempts: 1}}
            on_success: {claude: v, id: v}
    """
    # outer twice; x 2 x 3 each time; y twice in each of 2 rounds; z once in each of them
    assert runs(text) == {"outer": 2, "x": 12, "y": 8, "z": 4, "v": 2, "w": 1, "until": 1}
    assert most(text, iterations=3) == (3 * 11, 3 * 17)


def test_a_refresh_of_the_project_context_takes_time_and_is_neither_call_nor_script():
    text = (
        "- analyze: {max_cache_age: 300}\n  on_success: {shell: a, timeout: 1m}\n- shell: b\n  timeout: 2m\n"
    )
    assert runs(text) == {"step-1": 1, "step-1.on_success.1": 1, "step-2": 1}
    assert most(text) == (0, 2)
    assert worst_case(plan_of(text), 1).total.seconds == 600 + 60 + 120
    assert worst_case(plan_of("- analyze:\n  timeout: 30s\n"), 1).total.seconds == 30
    before_a_call = "- claude: a\n  timeout: 1m\n  analysis: {force_refresh: true}\n"
    assert worst_case(plan_of(before_a_call), 1).total.seconds == 600 + 60


# --- money and time ---


def test_money_and_time_add_up_where_every_step_has_a_cap():
    text = """
    defaults: {timeout: 10m, max_cost_usd: 0.50}
    until: {shell: goal, timeout: 1m}
    steps:
      - shell: tests
        retry: {attempts: 3, backoff: 5s}
        on_failure: {claude: fix, max_cost_usd: 2.00, timeout: 1h, max_attempts: 2}
      - claude: lint
    """
    case = worst_case(plan_of(text), 2)
    # 9 runs of 10 min, 2 pauses in each of 3 rounds, 2 repairs, lint, the criterion
    assert case.iteration.seconds == 9 * 600 + 6 * 5 + 2 * 3600 + 600 + 60
    assert case.iteration.cost_usd == pytest.approx(2 * 2.00 + 0.50)
    assert case.total.cost_usd == pytest.approx(9.00)


def test_one_step_without_a_cap_leaves_the_sum_open():
    case = worst_case(plan_of("- {claude: a, max_cost_usd: 1, timeout: 5}\n- claude: b\n- shell: c\n"), 1)
    assert (case.iteration.cost_usd, case.iteration.seconds) == (None, None)
    assert [(one.bound.cost_usd, one.bound.seconds) for one in case.rows] == [(1, 5), (None, None), (0, None)]


def test_a_script_costs_no_money():
    assert worst_case(plan_of("- shell: a\n"), 3).total == Bound(0, 3, 0.0, None)


def test_figures_beyond_all_bounds_are_no_bug():
    step = {"claude": "a", "max_cost_usd": 1, "timeout": "1h"}
    for _ in range(20):
        step = {"claude": "a", "on_failure": {**step, "max_attempts": 10**17}}
    total = worst_case(plan_of(json.dumps([step])), 10).total
    assert total.agent_calls > 10**340
    assert total.cost_usd is None


# --- iterations ---


def test_the_flag_before_the_playbook_before_ten():
    said, silent = plan_of("max_iterations: 4\nsteps: [{shell: a}]\n"), plan_of("- shell: a\n")
    assert [iterations_of(said, 2, False), iterations_of(said, None, True)] == [2, 4]
    assert [iterations_of(silent, None, False), iterations_of(silent, None, True)] == [10, 1]


# --- laws ---


def _single(plan):
    """No step has several handlers, and no group is run again: the bound is then what a session can really do."""
    return all(
        sum(not one.empty for one in plan.handlers(step.key)) <= 1
        and not (
            isinstance(step.action, Region) and (step.attempts > 1 or rounds_of(plan.handlers(step.key)))
        )
        for step in plan.steps
    )


def _worst(plan):
    """The worst fate: every step fails in all its runs but the last that it has, and commits then."""

    def fate(step, attempt):
        handlers = plan.handlers(step.key)
        if step.key == UNTIL:
            return FAILS
        if attempt >= step.attempts * (1 + rounds_of(handlers)):
            return Outcome(commits=1)
        wanted = next((one for one in handlers if not one.empty), None)
        if wanted is None or wanted.codes:
            return Outcome("exit", wanted.codes[0] if wanted else 1)
        return Outcome("exit", 77) if wanted.default else Outcome("timeout", None)

    return fate


@given(playbooks(), st.integers(1, 3))
@settings(deadline=None, max_examples=80)
def test_the_worst_fate_reaches_the_bound_exactly(text, iterations):
    plan = plan_of(text)
    assume(_single(plan))
    case = worst_case(plan, iterations)
    life = live(plan, _worst(plan), max_iterations=iterations)
    assert (life.agent_calls, life.shell_runs) == (case.total.agent_calls, case.total.shell_runs)
    assert {one.step.key: one.runs * iterations for one in case.rows} == {
        step.key: life.ran.count(step.key) for step in plan.steps
    }


@given(playbooks())
@settings(deadline=None, max_examples=40)
def test_there_is_a_row_a_step_and_no_row_is_above_the_whole(text):
    plan = plan_of(text)
    case = worst_case(plan, 1)
    assert sorted(one.step.key for one in case.rows) == sorted(step.key for step in plan.steps)
    calls = sum(one.bound.agent_calls for one in case.rows)
    scripts = sum(one.bound.shell_runs for one in case.rows)
    assert case.iteration.agent_calls <= calls
    assert case.iteration.shell_runs <= scripts
