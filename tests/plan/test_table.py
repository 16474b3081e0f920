"""What ``mmm plan`` prints for people."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from mmm_lang.plan.bounds import iterations_of, worst_case
from mmm_lang.plan.ir import Limits
from mmm_lang.plan.table import WIDTH, plan_table
from tests.support.examples import example_playbooks
from tests.support.generate import playbooks
from tests.support.plans import plan_of

ROOT = Path(__file__).parents[2]


def table(text, iterations=None, limits=None):
    plan = plan_of(text)
    return plan_table(plan, worst_case(plan, iterations_of(plan, iterations, False)), limits)


CAPPED = """
name: Small
max_iterations: 3
limits: {agent_calls: 10, cost_usd: 50, duration: 1h}
defaults: {timeout: 10m, max_cost_usd: 0.5}
until: {shell: "make check", timeout: 90s}
steps:
  - claude: "/mmm-coverage"
    id: coverage
  - steps:
      - shell: "cargo test"
        id: tests
        retry: {attempts: 2}
        on_failure: {claude: "/mmm-debug-test-failure --spec ${coverage.spec} --output ${tests.output}"}
  - name: mmm-lint
"""

SHOWN = """\
Small: up to 3 iterations; fewer where nothing changes

most  agent  shell
runs  calls   runs   cost             time   step
   1      1      -  $0.50           10 min   coverage ─ /mmm-coverage
   1      -      -      -                -   step-2 ─ group of 1 step
   8      -      8      -       1 h 20 min     tests ─ cargo test
   3      3      -  $1.50           30 min       tests.on_failure.1
                                                   /mmm-debug-test-failure
                                                     --spec ${coverage.spec}
                                                     --output ${tests.output}
   1      1      -  $0.50           10 min   step-3 ─ /mmm-lint
   1      -      1      -       1 min 30 s   until ─ make check
─────────────────────────────────────────────
          5      9  $2.50  2 h 11 min 30 s   one iteration
         15     27  $7.50  6 h 34 min 30 s   all 3 iterations

worst case: at most 15 agent calls and 27 shell runs, $7.50, 6 h 34 min 30 s
limits that are enforced: 10 agent calls (worst case: 15); $50.00 (the worst
  case fits); 1 h (worst case: 6 h 34 min 30 s)
what does not fit is not started, and the session ends with exit code 4
"""


def test_a_line_a_step_and_what_it_comes_to():
    assert table(CAPPED) == SHOWN


def test_columns_that_would_say_nothing_are_left_out():
    assert table("- claude: /mmm-lint\n", 1) == (
        "playbook: 1 iteration\n"
        "\n"
        "most  agent  shell\n"
        "runs  calls   runs   step\n"
        "   1      1      -   step-1 ─ /mmm-lint\n"
        "─────────────────────\n"
        "          1      -   one iteration\n"
        "\n"
        "worst case: at most 1 agent call and 0 shell runs\n"
    )


def test_what_has_no_cap_is_said():
    shown = table("- {claude: a, max_cost_usd: 1, timeout: 5}\n- claude: b\n", 1)
    assert shown.splitlines()[4:8] == [
        "   1      1      -   $1.00     5 s   step-1 ─ a",
        "   1      1      -  no cap  no cap   step-2 ─ b",
        "─────────────────────────────────────",
        "          2      -  no cap  no cap   one iteration",
    ]
    assert "no cap: the cost of an agent call that has no `max_cost_usd`\n" in shown
    assert "no cap: the time of a step that has no `timeout`\n" in shown


def test_lines_that_add_up_to_more_than_the_total_are_explained():
    text = "- shell: a\n  on_exit_code: {1: {claude: b}, 2: {claude: c}}\n"
    assert "a step with several handlers is repaired by one of them at a time" in table(text)
    assert "several handlers" not in table(CAPPED)


def test_other_limits_than_the_playbooks_own():
    assert "limits that are enforced: 4 agent calls (worst case: 15)\n" in table(
        CAPPED, limits=Limits(agent_calls=4)
    )
    assert "limits" not in table(CAPPED, limits=Limits())


def test_astronomic_figures_are_said_by_their_power():
    step = {"claude": "a"}
    for _ in range(6):
        step = {"claude": "a", "on_failure": {**step, "max_attempts": 10**6}}
    assert "at most 10^37 agent calls" in table(json.dumps([step]), 10)


@pytest.mark.parametrize("path", example_playbooks(), ids=lambda path: path.stem)
def test_examples_fit_a_terminal(path):
    assert max(map(len, table(path.read_text(encoding="utf-8")).splitlines())) <= WIDTH


@given(playbooks())
@settings(deadline=None, max_examples=40)
def test_every_step_has_a_line_of_its_own(text):
    plan = plan_of(text)
    shown = table(text)
    for step in plan.steps:
        lines = re.findall(rf"^.* {re.escape(step.key)}(?: ─ .*)?$", shown, re.MULTILINE)
        assert len(lines) == 1
