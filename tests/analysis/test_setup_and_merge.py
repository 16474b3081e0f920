"""`setup:` and `merge:` in the header: checked as steps, named by keys of their own, bounded, drawn."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.plan.bounds import worst_case
from mmm_lang.plan.draw_text import draw_text
from mmm_lang.plan.lowering import lower, lower_merge
from mmm_lang.plan.serial import plan_from_json, plan_to_json
from mmm_lang.source import Source

BOTH = """\
name: Both
max_iterations: 3
setup:
  - shell: npm ci
    on_failure: {shell: npm cache clean, max_attempts: 1}
  - id: db
    shell: make db
steps:
  - shell: make test
  - steps:
      - shell: make lint
merge:
  - id: after
    shell: make all
  - shell: echo ${after.exit_code}
"""


def rules(text):
    return [(one.rule, one.severity) for one in analyse(Source("p.yml", text)).diagnostics]


def test_both_are_steps_like_all_others():
    assert rules(BOTH) == []


def test_setup_has_no_part_in_the_numbers_of_the_steps():
    plan = lower(analyse(Source("p.yml", BOTH)))
    assert [step.key for step in plan.body()] == ["step-1", "step-2"]
    assert plan.setup is not None
    assert [step.key for step in plan.inside(plan.setup.key)] == ["header.setup.1", "db"]
    assert [step.key for step in plan.top()] == ["header.setup", "step-1", "step-2"]
    assert plan_to_json(plan_from_json(plan_to_json(plan))) == plan_to_json(plan)


def test_setup_is_in_the_bound_once():
    case = worst_case(lower(analyse(Source("p.yml", BOTH))), 3)
    assert case.iteration.shell_runs == 2
    assert case.total.shell_runs == 3 * 2 + (2 + 1) + 1


def test_setup_is_drawn_with_when_it_runs():
    drawn = draw_text(lower(analyse(Source("p.yml", BOTH))))
    assert "header.setup" in drawn
    assert "once, in a fresh worktree" in drawn


def test_merge_is_a_plan_of_its_own_with_the_same_header():
    analysis = analyse(Source("p.yml", BOTH))
    plan = lower_merge(analysis)
    assert plan is not None
    assert [step.key for step in plan.body()] == ["after", "step-2"]
    assert (plan.until, plan.setup, plan.header.max_iterations) == (None, None, 1)
    assert lower_merge(analyse(Source("p.yml", "- shell: make"))) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("steps: [{id: a, shell: make}]\nmerge: [{shell: 'echo ${a.output}'}]", "undefined-step"),
        ("steps: [{shell: make}]\nmerge: [{shel: make}]", "unknown-key"),
        ("steps: [{shell: make}]\nsetup: [{shell: 'echo ${nope.output}'}]", "undefined-step"),
    ],
)
def test_a_mistake_in_them_is_found_once(text, rule):
    found = rules(text)
    assert [name for name, severity in found if severity == "error"] == [rule]


@pytest.mark.parametrize("key", ["setup", "merge"])
def test_without_steps_they_are_nothing(key):
    text = f"steps: [{{shell: make}}]\n{key}: []"
    assert rules(text) == [("empty-value", "warning")]
    analysis = analyse(Source("p.yml", text))
    assert (lower(analysis).setup, lower_merge(analysis)) == (None, None)


def test_an_id_of_a_step_may_be_that_of_a_step_of_merge():
    assert rules("steps: [{id: a, shell: make}]\nmerge: [{id: a, shell: make}]") == []


def test_a_step_that_is_called_setup_is_a_step():
    plan = lower(analyse(Source("p.yml", "- {id: setup, shell: make}")))
    assert plan.setup is None
    assert [step.key for step in plan.body()] == ["setup"]
