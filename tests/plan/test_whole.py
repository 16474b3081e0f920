"""The worst case of all items: what is before them, each with its merge, and what is after."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.keys import ITEMS
from mmm_lang.plan import ir
from mmm_lang.plan.bounds import Bound, worst_case
from mmm_lang.plan.draw_dot import draw_dot
from mmm_lang.plan.draw_mermaid import draw_mermaid
from mmm_lang.plan.draw_parts import as_one
from mmm_lang.plan.draw_text import draw_whole_text
from mmm_lang.plan.graph import END, START
from mmm_lang.plan.lowering import lower, lower_merge, lower_opening, lower_reduce
from mmm_lang.plan.serial import plan_from_json, plan_to_json
from mmm_lang.plan.table_whole import whole_table
from mmm_lang.plan.whole import Plans, held_to, items_at_most, whole_case
from mmm_lang.plan.widths import Figure
from mmm_lang.source import Source
from tests.support.fate import FAILS, OK, live


def plans_of(text):
    """The plans of a playbook without errors."""
    analysis = analyse(Source("playbook.yml", text))
    assert [one.message for one in analysis.diagnostics if one.severity == "error"] == []
    return Plans(lower(analysis), lower_opening(analysis), lower_reduce(analysis), lower_merge(analysis))


WHOLE = """
name: Everything
max_iterations: 2
until: {shell: make check}
map:
  over: {shell: "ls ${list.output}", json: "$[*]"}
  max_items: 7
  limits: {agent_calls: 5}
  setup:
    - shell: make list
      id: list
steps:
  - claude: "Look at ${item.path}"
    id: work
  - shell: make test
    on_failure: {claude: "/mmm-fix-test ${shell.output}"}
reduce:
  - claude: "Sum up ${map.results}"
    id: work
  - shell: "echo ${work.output}"
merge:
  - shell: make all
"""


def test_where_the_items_are_given_nothing_looks_them_up():
    given = plans_of(WHOLE).for_given_items()
    assert given.opening is not None
    assert [step.key for step in given.opening.body()] == ["list"]
    assert worst_case(given.opening, 1).total.shell_runs == 1
    assert plan_from_json(plan_to_json(given.opening)).nodes == given.opening.nodes
    alone = plans_of("map: {over: {shell: ls}, max_items: 3}\nsteps: [{claude: x}]\n")
    assert alone.opening is not None
    assert alone.for_given_items().opening is None


def test_the_plans_of_a_map():
    plans = plans_of(WHOLE)
    assert plans.opening is not None
    assert plans.reduce is not None
    assert [step.key for step in plans.opening.body()] == ["list", ITEMS]
    assert [step.key for step in plans.reduce.body()] == ["work", "step-2"]
    assert plans.body.header.map == ir.MapHeader(
        ir.CommandItems("$[*]"), max_items=7, limits=ir.Limits(agent_calls=5)
    )
    assert plans.opening.header.map is plans.reduce.header.map is None
    [hole] = plans.opening.step(ITEMS).action.script.holes
    assert hole.target == ir.StepField("list", "output")
    [hole] = plans.body.step("work").action.prompt.holes
    assert hole.target == ir.Item(None, ("path",))
    [hole] = plans.reduce.step("work").action.prompt.holes
    assert hole.target == ir.Variable("map.results")
    for plan in (plans.body, plans.opening, plans.reduce):
        assert plan_from_json(plan_to_json(plan)).header == plan.header


def test_a_playbook_without_a_map_has_no_such_plans():
    plans = plans_of("- shell: a\n")
    assert (plans.opening, plans.reduce, plans.body.header.map) == (None, None, None)


@pytest.mark.parametrize(
    ("over", "most"),
    [
        ('"specs/*.md"', "|specs/*.md|"),
        ('["a*", "b*", "a*"]', "|a*| + |b*|"),
        ("{items: [1, 2, 3]}", "3"),
        ("{items: [1, 2, 3]}, max_items: 2", "2"),
        ("{items: [1, 2, 3]}, max_items: 5", "3"),
        ("{shell: ls}", "|items|"),
        ('{file: "work.txt"}', "|work.txt|"),
        ('{file: "work.txt"}, max_items: 20', "20"),
    ],
)
def test_how_many_items_there_can_be(over, most):
    source = plans_of(f"map: {{over: {over}}}\nsteps: [{{claude: x}}]\n").body.header.map
    assert source is not None
    assert items_at_most(source).written(lambda value: f"{value:g}") == most


def test_items_of_the_command_line():
    given_items = ir.MapHeader(ir.GivenItems(("*.md",), ("a", "b")))
    assert items_at_most(given_items) == Figure.width("*.md") + Figure.of(2)
    assert items_at_most(ir.MapHeader(ir.GivenItems((), ("a", "b")), max_items=1)) == Figure.of(1)


def test_the_sum_of_all_parts():
    plans = plans_of(WHOLE)
    in_place = whole_case(plans, 2, Figure.of(7), merges=False)
    # before: list and the items; an item: 5 of its 8 calls, and 2 x (4 tests + until); after: 1 call, 1 script
    assert in_place.of_items(7) == Bound(7 * 5 + 1, 2 + 7 * 10 + 1, None, None)
    assert in_place.total.at({}) == in_place.of_items(7)
    merged = whole_case(plans, 2, Figure.of(7), merges=True)
    # each merge: a conflict, and the steps of `merge:`
    assert merged.of_items(7) == Bound(7 * 6 + 1, 2 + 7 * 11 + 1, None, None)
    alone = whole_case(plans, 2, Figure.of(7), merges=True, agent=False)
    assert alone.of_items(7) == Bound(7 * 5 + 1, 2 + 7 * 11 + 1, None, None)


def test_until_is_judged_after_a_merge_where_there_are_no_merge_steps():
    text = WHOLE[: WHOLE.index("merge:")]
    merged = whole_case(plans_of(text), 2, Figure.of(1), merges=True)
    assert merged.merge == Bound(1, 1, None, None)
    assert whole_case(plans_of(text), 2, Figure.of(1), merges=False).merge is None


@given(
    st.integers(0, 6),
    st.integers(1, 3),
    st.integers(0, 3),
    st.booleans(),
    st.data(),
)
@settings(deadline=None, max_examples=40)
def test_no_run_of_all_items_is_above_the_bound(width, iterations, rounds, merges, data):
    """Items that end as they like: calls and scripts of all sessions together stay within what was proved."""
    repair = f"\n    on_failure: {{claude: fix, max_attempts: {rounds}}}" if rounds else ""
    plans = plans_of(
        f"max_iterations: {iterations}\nuntil: {{shell: goal}}\nmap: {{over: '*.md', setup: [{{shell: a}}]}}\n"
        f"steps:\n  - claude: work\n  - shell: test{repair}\nreduce: [{{claude: sum}}]\n"
    )
    whole = whole_case(plans, iterations, Figure.width("*.md"), merges=merges)

    def fate(step, number):
        return data.draw(st.sampled_from([OK, FAILS]))

    total = Bound()
    for plan in (plans.opening, *([plans.body] * width), plans.reduce):
        life = live(plan, fate, max_iterations=iterations if plan is plans.body else 1)
        total += Bound(life.agent_calls, life.shell_runs)
    if merges:
        total += Bound(agent_calls=1, shell_runs=1) * width
    proved = whole.total.at({"*.md": width})
    assert total.agent_calls <= proved.agent_calls
    assert total.shell_runs <= proved.shell_runs
    assert proved == whole.of_items(width)


bounds = st.builds(
    Bound,
    st.integers(0, 99),
    st.integers(0, 99),
    st.none() | st.integers(0, 99).map(float),
    st.none() | st.integers(0, 999).map(float),
)
limits = st.builds(
    ir.Limits,
    st.none() | st.integers(0, 99),
    st.none() | st.integers(0, 99).map(float),
    st.none() | st.integers(0, 999).map(float),
)


@given(bounds, limits)
def test_limits_only_cut_short(bound, held):
    found = held_to(bound, held)
    assert found.agent_calls == min(
        bound.agent_calls, *([held.agent_calls] if held.agent_calls is not None else [999])
    )
    assert found.shell_runs == bound.shell_runs
    for mine, its, limit in (
        (found.cost_usd, bound.cost_usd, held.cost_usd),
        (found.seconds, bound.seconds, held.duration),
    ):
        known = [one for one in (its, limit) if one is not None]
        assert mine == (min(known) if known else None)


# --- drawings ---


def test_all_parts_in_one_graph():
    plans = plans_of(WHOLE)
    whole = as_one(plans)
    assert [step.key for step in whole.top()] == ["map.setup", "map.steps", "map.reduce"]
    assert [step.key for step in whole.inside("map.setup")] == ["map.setup/list", f"map.setup/{ITEMS}"]
    assert [step.key for step in whole.inside("map.steps")] == ["work", "step-2", "map.steps/until"]
    assert [step.key for step in whole.inside("map.reduce")] == ["map.reduce/work", "map.reduce/step-2"]
    [hole] = whole.step("map.reduce/step-2").action.script.holes
    assert hole.target == ir.StepField("map.reduce/work", "output")
    assert [key for key in whole.nodes if key in (START, END)] == [START, END]
    assert worst_case(whole, 1).total.agent_calls == 1 + 4


def test_drawings_show_before_each_and_after():
    plans = plans_of(WHOLE)
    text = draw_whole_text(plans)
    shown = [
        text.index(words)
        for words in ("once, before the items", "for each item ×7 at most", "once, after all items")
    ]
    assert shown == sorted(shown)
    assert "all of it at most: 36 agent calls and 73 shell runs\n" in text
    for drawn in (draw_mermaid(as_one(plans)), draw_dot(as_one(plans))):
        assert "once, before the items" in drawn
    assert as_one(plans_of("- shell: a\n")).nodes.keys() == {"start", "step-1", "end"}


def test_a_row_for_every_step_of_every_part():
    plans = plans_of(WHOLE)
    whole = whole_case(plans, 2, Figure.of(7), merges=True)
    table = whole_table(plans, whole, ir.Limits(agent_calls=20))
    for step in (
        "list ─",
        f"{ITEMS} ─",
        "work ─",
        "step-2 ─",
        "until ─",
        "conflict ─",
        "for each item, 7 at most",
    ):
        assert step in table, table
    assert "an item is held to: 5 agent calls (worst case: 8)" in table
    assert "limits that are enforced: 20 agent calls (worst case: 43)" in table
