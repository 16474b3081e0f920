"""Loops in the plan: what is lowered, what it can cost, how it is drawn and told."""

from __future__ import annotations

from mmm_lang.plan import ir
from mmm_lang.plan.bounds import Bound, worst_case
from mmm_lang.plan.draw_dot import draw_dot
from mmm_lang.plan.draw_mermaid import draw_mermaid
from mmm_lang.plan.draw_text import draw_text
from mmm_lang.plan.graph import Region
from mmm_lang.plan.serial import plan_from_json, plan_to_json
from mmm_lang.plan.table import plan_table
from tests.support.plans import plan_of

TEXT = """
- {shell: ./list, id: list}
- foreach: ${list.json.files}
  id: files
  max_items: 5
  do:
    - {claude: "/mmm-lint ${item.path}", id: lint, max_cost_usd: 1}
    - foreach: [a, {n: "${item.path}"}]
      do: {shell: "echo ${item} ${lint.output}"}
- foreach: {shell: "git ls-files", json: "$.a[*]", timeout: 1m}
  max_items: 3
  env: {A: b}
  retry: {attempts: 2}
  do: {shell: "cat ${item}"}
- {shell: "echo ${files.items}", id: end_of_it}
"""


def test_a_list_and_a_reference_are_loops_and_a_command_is_a_step_before_one() -> None:
    plan = plan_of(TEXT)
    files = plan.step("files").action
    assert files == ir.ForEach(ir.Hole(ir.StepField("list", "json", ("files",)), "list.json.files"), 5)
    inner = plan.step("files.2").action
    assert isinstance(inner, ir.ForEach)
    assert isinstance(inner.items, ir.Listed)
    assert inner.max_items == 2
    [_, mapped] = inner.items.entries
    path = ir.Template((ir.Hole(ir.Item("files", ("path",)), "item.path"),))
    assert mapped == ir.Mapped((("n", path),))
    assert plan.step("step-3").action == ir.Group()
    assert [step.key for step in plan.inside("step-3")] == ["step-3.items", "step-3.each"]
    assert [step.key for step in plan.inside("step-3.each")] == ["step-3.1"]
    lookup, each = plan.step("step-3.items"), plan.step("step-3.each")
    assert (lookup.commit, lookup.timeout, [name for name, _ in lookup.env]) == (False, 60.0, ["A"])
    assert (plan.step("step-3").attempts, lookup.attempts, each.attempts) == (2, 1, 1)
    assert isinstance(each.action, ir.ForEach)
    assert each.action.json == "$.a[*]"


def test_the_path_of_a_step_has_two_numbers_for_a_loop() -> None:
    around = plan_of(TEXT).around
    assert around["files.2.1"] == (Region("files", 0), Region("files.2", 2))
    assert around["step-3.1"] == (Region("step-3", 0), Region("step-3.each", 1))
    assert around["end_of_it"] == ()


def test_a_body_counts_as_often_as_there_can_be_items() -> None:
    case = worst_case(plan_of(TEXT), 1)
    assert case.total == Bound(5, 1 + 5 * 2 + 2 * (1 + 3) + 1, 5.0, None)
    runs = {one.step.key: one.runs for one in case.rows}
    assert (runs["lint"], runs["files.2"], runs["files.2.1"], runs["step-3.1"]) == (5, 5, 10, 6)


def test_fewer_items_than_are_written_are_its_bound() -> None:
    plan = plan_of("- {foreach: [a, b, c], max_items: 2, do: {shell: x}}\n")
    assert worst_case(plan, 1).total.shell_runs == 2


def test_the_plan_is_the_same_after_it_was_written() -> None:
    plan = plan_of(TEXT)
    assert plan_from_json(plan_to_json(plan)).nodes == plan.nodes


def test_every_drawing_says_how_often() -> None:
    plan = plan_of(TEXT)
    assert "files ─ foreach: ${list.json.files} (×5 at most)" in draw_text(plan)
    assert "files.2 ─ foreach: 2 items (×2)" in draw_text(plan)
    assert "(#215;5 at most)" in draw_mermaid(plan)
    assert "(×5 at most)" in draw_dot(plan)
    assert "subgraph cluster_n2 {" in draw_dot(plan)
    assert "foreach: ${list.json.files} (×5 at most)" in plan_table(plan, worst_case(plan, 1))
