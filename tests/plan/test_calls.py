"""A playbook that calls another: one graph of the steps of both."""

from __future__ import annotations

import json

import networkx as nx
import pytest
from hypothesis import given, settings

from mmm_lang.analysis.check import analyse
from mmm_lang.plan import ir
from mmm_lang.plan.bounds import worst_case
from mmm_lang.plan.draw_dot import draw_dot
from mmm_lang.plan.draw_mermaid import draw_mermaid
from mmm_lang.plan.draw_text import draw_text
from mmm_lang.plan.lowering import lower
from mmm_lang.plan.serial import plan_from_json, plan_to_json
from mmm_lang.plan.table import plan_table
from mmm_lang.source import Source
from tests.support.calls import moved_into_a_call
from tests.support.generate import playbook_trees, written
from tests.support.library import plan_of_all
from tests.support.plans import plan_of

TEXTS = {
    "main.yml": """
        env: {A: outer}
        secrets: [MAIN_TOKEN]
        defaults: {timeout: 20m, model: sonnet}
        inputs: {where: {default: src}}
        steps:
          - {id: first, shell: make}
          - playbook: lib/leaf.yml
            id: leaf
            env: {B: "${ITERATION}"}
            inputs: {target: "${inputs.where}", names: [a, "${first.output}"]}
            on_failure: {claude: /fix, max_attempts: 2}
          - claude: "/use ${leaf.outputs.report}"
    """,
    "lib/leaf.yml": """
        env: {A: inner}
        secrets: [LEAF_TOKEN]
        protect: ["tests/**"]
        defaults: {timeout: 5m, retry: {attempts: 2}}
        inputs:
          target: {}
          names: {type: list}
          level: {type: number, default: 3}
        outputs: {report: "${tests.output}"}
        setup: [{shell: npm ci}]
        steps:
          - {id: tests, shell: 'test "${inputs.target}"', on_failure: {claude: /repair}}
          - {claude: "/review ${tests.output} ${inputs.level}"}
    """,
}


@pytest.fixture
def plan():
    return plan_of_all(TEXTS)


def edges(plan, *kinds):
    return [f"{source} {kind} {target}" for source, target, kind, _ in plan.edges() if kind in kinds]


def test_its_steps_are_inside_the_call(plan):
    assert list(plan.nodes) == [
        "start",
        "first",
        "leaf",
        "leaf/tests",
        "leaf/tests.on_failure",
        "leaf/tests.on_failure.1",
        "leaf/step-2",
        "leaf.on_failure",
        "leaf.on_failure.1",
        "step-3",
        "end",
    ]
    assert [step.key for step in plan.inside("leaf")] == ["leaf/tests", "leaf/step-2"]
    assert set(edges(plan, "data")) == {"first data leaf", "leaf/tests data leaf/step-2", "leaf data step-3"}
    assert nx.is_directed_acyclic_graph(plan.graph)


def test_the_call_says_what_goes_in_and_out(plan):
    call = plan.step("leaf").action
    assert isinstance(call, ir.Call)
    assert call.playbook == "lib/leaf.yml"
    assert [(one.name, one.type, one.is_list, len(one.values)) for one in call.inputs] == [
        ("target", "text", False, 1),
        ("names", "list", True, 2),
        ("level", "number", False, 1),
    ]
    assert call.inputs[2].values == (ir.Template(("3",)),)
    ((name, report),) = call.outputs
    assert (name, report.holes[0].target) == ("report", ir.StepField("leaf/tests", "output"))
    assert call.protect == ("tests/**",)


def test_inside_the_inputs_are_those_of_the_call(plan):
    (target,) = plan.step("leaf/tests").action.script.holes
    assert target.target == ir.Argument("leaf", "target")
    assert plan.step("leaf/step-2").action.prompt.holes[1].target == ir.Argument("leaf", "level")


def test_what_the_headers_say(plan):
    inner = plan.step("leaf/tests")
    assert [name for name, _ in inner.env] == ["A", "B", "A"]
    assert (inner.timeout, inner.attempts) == (300.0, 2), "its own defaults"
    assert plan.step("leaf/step-2").action.model == "sonnet", "the caller's, where it says nothing"
    assert (plan.step("leaf").timeout, plan.step("leaf").attempts) == (None, 1)
    assert plan.header.secrets == ("MAIN_TOKEN", "LEAF_TOKEN")
    assert plan.header.protect == ()


def test_lines_are_those_of_the_file(plan):
    assert plan.step("leaf").where == "line 8"
    assert plan.step("leaf/tests").where == "lib/leaf.yml, line 13"


def test_it_can_be_written_and_read_again(plan):
    again = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))
    assert again.nodes == plan.nodes
    assert list(again.edges()) == list(plan.edges())


def test_it_is_drawn_as_a_group(plan):
    tree = draw_text(plan)
    assert "├─ leaf ─ playbook: lib/leaf.yml" in tree
    assert "│  ├─ leaf/tests ─ shell:" in tree
    assert "makes report" in tree
    dot = draw_dot(plan)
    assert 'label="leaf\\lplaybook: lib/leaf.yml' in dot
    assert "subgraph cluster_n2" in dot
    assert "peripheries=2" in dot
    assert '[["leaf<br/>playbook: lib/leaf' in draw_mermaid(plan)
    assert "leaf/tests" in plan_table(plan, worst_case(plan, 1))


def test_what_it_may_cost_counts_as_often_as_it_is_called(plan):
    inner = plan_of_all(TEXTS, "lib/leaf.yml")
    once = worst_case(inner, 1).iteration
    assert worst_case(plan, 1).iteration.shell_runs == 1 + 3 * (once.shell_runs)


def test_a_playbook_that_is_called_twice_is_there_twice():
    plan = plan_of_all(
        {"a.yml": "- playbook: b.yml\n- {id: x, playbook: b.yml}\n", "b.yml": "- {id: x, shell: make}"}
    )
    assert list(plan.nodes) == ["start", "step-1", "step-1/x", "x", "x/x", "end"]


def test_a_call_whose_other_end_nobody_has_seen_has_no_plan():
    with pytest.raises((ValueError, AssertionError)):
        lower(analyse(Source("a.yml", "- playbook: b.yml")))


@settings(deadline=None)
@given(playbook_trees())
def test_moving_all_steps_into_a_file_that_is_called_costs_the_same(tree):
    texts = moved_into_a_call(tree)
    before, after = plan_of(written(tree)), plan_of_all(texts)
    assert worst_case(after, 3).total == worst_case(before, 3).total
    inside = [step for step in after.steps if step.key.startswith("body/")]
    kept = [step for step in before.steps if step.key != "until"]
    assert [step.key.removeprefix("body/") for step in inside] == [step.key for step in kept]
