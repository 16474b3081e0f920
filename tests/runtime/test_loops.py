"""Loops at run time: turns one after another, which item and which run a reference means, and what a list is."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.plan import ir
from mmm_lang.runtime.decide import decide, failed_in
from mmm_lang.runtime.events import SessionResumed, StepFinished, TurnStarted
from mmm_lang.runtime.evidence import commit_verdict
from mmm_lang.runtime.fold import advance, fold
from mmm_lang.runtime.loops import items_of
from mmm_lang.runtime.rendering import Missing, Renderer
from mmm_lang.runtime.state import Attempt, Place
from mmm_lang.runtime.values import Scope, Unset, ValueProblem, item_label
from tests.support.fate import COMMITS, FAILS, OK, Life, Outcome, live
from tests.support.happenings import BASE, begun, run, wrote
from tests.support.plans import plan_of

LOOP = """
- foreach: [a, b]
  id: loop
  do:
    - {id: one, shell: "x ${item}"}
    - {id: two, shell: "y ${one.output} ${item}"}
- {id: after, shell: "z ${two.output} ${loop.items}"}
"""


def fated(outcomes: dict[str, list[Outcome]], text: str = LOOP, **session: object) -> Life:
    """Outcomes by key, one after another; other steps succeed."""
    waiting = {key: list(listed) for key, listed in outcomes.items()}
    plan = plan_of(text)
    return live(plan, lambda step, _: waiting[step.key].pop(0) if waiting.get(step.key) else OK, **session)


def test_the_steps_run_once_an_item_before_what_follows() -> None:
    life = fated({})
    assert life.ran == ["loop", "one", "two", "one", "two", "after"]
    assert [event.turn for event in life.events if isinstance(event, TurnStarted)] == [1, 2]
    assert {path for key, path in life.state.attempts if key == "one"} == {(1, 1), (1, 2)}


def test_a_loop_without_items_has_succeeded() -> None:
    life = fated({"loop": [Outcome(items=0)]})
    assert life.ran == ["loop", "after"]


def test_an_item_that_fails_fails_the_loop_at_once() -> None:
    life = fated({"one": [FAILS]})
    assert life.ran == ["loop", "one"]
    assert life.end.status == "failed"


def test_a_handler_of_the_loop_runs_all_of_it_again() -> None:
    text = LOOP.replace("  id: loop\n", "  id: loop\n  on_failure: {shell: mend}\n")
    life = fated({"two": [OK, FAILS]}, text)
    turn = ["one", "two"]
    assert life.ran == ["loop", *turn, *turn, "loop.on_failure.1", "loop", *turn, *turn, "after"]


def test_convergence_of_an_item_ends_its_turn_only() -> None:
    life = fated({"one": [Outcome(converged=True)]})
    assert life.ran == ["loop", "one", "one", "two", "after"]


def test_a_commit_of_an_earlier_item_is_none_of_this_one() -> None:
    """A command that is expected to commit and does not is a failure only where its own turn has committed before."""
    life = fated({"one": [COMMITS]}, max_iterations=1)
    turn = next(n for n, one in enumerate(life.events) if isinstance(one, TurnStarted) and one.turn == 2)
    state = fold(life.events[: turn + 1])
    step = ir.Step("one", "t", 1, ir.AgentCall(ir.Template(())), commit_rule="implied")
    before = state.turn_commits["loop", (1,)]
    assert (len(state.commits), before) == (1, 1)
    assert commit_verdict(step, state, False, before).converged
    assert commit_verdict(step, state, False).fault == "commit-implied"


def test_a_failed_session_that_is_tried_again_goes_on_in_the_turn_that_failed() -> None:
    plan = plan_of(LOOP)
    waiting = [OK, FAILS]
    life = live(plan, lambda step, _: waiting.pop(0) if step.key == "two" else OK, on_failure="keep")
    assert failed_in(plan, life.state) == ("loop", "two")
    again = SessionResumed(1.0, BASE, 1, on_failure="keep", again=("loop", "two"))
    action = decide(plan, advance(life.state, again))
    assert (action.step.key, action.path) == ("two", (1, 2))  # type: ignore[union-attr]  # it is a RunStep


# --- what references mean ---


def opened(
    items: tuple[object, ...], turn: int, loop: str = "loop", path: tuple[int, ...] = ()
) -> list[object]:
    from mmm_lang.runtime.events import StepStarted

    texts = tuple(json.dumps(one) for one in items)
    turns = [TurnStarted(loop, path, 1, number) for number in range(1, turn + 1)]
    return [StepStarted(loop, path, 1, BASE, items=texts), *turns]


def scope(events: list[object], reader: Place | None, folder: object = "/nowhere") -> Scope:
    return Scope(
        plan_of(LOOP),
        fold(events),
        str(folder),
        "/project",
        {},
        lambda path: False,
        reader,
    )


def test_the_item_is_that_of_the_turn() -> None:
    events = [*begun(), *opened(("a", {"n": {"m": 3}, "l": ["x"]}), 2)]
    assert scope(events, ("one", (1, 1))).item("loop") == "a"
    second = scope(events, ("one", (1, 2)))
    assert second.item("loop") == '{"n":{"m":3},"l":["x"]}'
    assert second.item("loop", ("n", "m")) == "3"
    assert second.item("loop", ("l", "0")) == "x"
    with pytest.raises(ValueProblem, match=r"`item\.n\.x`: the item has no `x` there"):
        second.item("loop", ("n", "x"))
    assert isinstance(scope(events, None).item("loop"), Unset)
    assert isinstance(scope(events, ("after", ())).item("loop"), Unset)


def test_a_default_serves_items_that_lack_a_name() -> None:
    events = [*begun(), *opened(({"n": 1},), 1)]
    renderer = Renderer(scope(events, ("one", (1, 1))), strict=True)
    assert renderer.value(ir.Hole(ir.Item("loop", ("x",)), "item.x", default="none")) == "none"
    with pytest.raises(ValueProblem):
        renderer.value(ir.Hole(ir.Item("loop", ("x",)), "item.x"))


def test_the_item_of_the_session_is_one_of_its_variables() -> None:
    events = begun(variables={"item": '{"a": "b"}'})
    assert scope(events, ("after", ())).item(None, ("a",)) == "b"
    assert isinstance(scope(begun(), None).item(None), Unset)


def test_a_run_of_an_earlier_turn_is_not_there(tmp_path: object) -> None:
    events = [*begun(), *opened(("a", "b"), 1), *run("one", 1, path=(1, 1)), TurnStarted("loop", (), 1, 2)]
    wrote(tmp_path, 1, stdout="made\n")
    first, second = scope(events, ("two", (1, 1)), tmp_path), scope(events, ("two", (1, 2)), tmp_path)
    assert not isinstance(first.field("one", "output"), Unset)
    assert isinstance(second.field("one", "output"), Unset)
    assert (first.field("one", "status"), second.field("one", "status")) == ("succeeded", "skipped")
    outside = scope(events, ("after", ()), tmp_path)
    assert not isinstance(outside.field("one", "output"), Unset)


def test_a_spec_of_an_earlier_turn_is_nothing_to_work_on() -> None:
    made = run("one", 1, path=(1, 1), commits=("c1",), outputs={"spec": "specs/a.md"})
    events = [*begun(), *opened(("a", "b"), 1), *made, TurnStarted("loop", (), 1, 2)]
    there, later = (evolve(scope(events, ("two", (1, turn))), exists=lambda path: True) for turn in (1, 2))
    assert there.spec_id() == "a"
    assert isinstance(later.spec_id(), Unset)


# --- what a list is ---


def listed(
    value: str, *filters: str, target: ir.Target | None = None, most: int = 10, path: str | None = None
):
    """The items of a loop over an input with this value."""
    events = begun(variables={"inputs.x": value, "item": value})
    hole = ir.Hole(
        target or ir.Variable("inputs.x"), "inputs.x", filters=tuple(ir.Filter(one) for one in filters)
    )
    return items_of(ir.ForEach(hole, most, path), Renderer(scope(events, ("after", ())), strict=True))


@pytest.mark.parametrize(
    ("value", "filters", "items"),
    [
        ("", (), []),
        ("a\n\nb c\r\n", (), ["a", "b c"]),
        ('["a", 1, {"b": null}]', (), ["a", 1, {"b": None}]),
        ("[not json", (), ["[not json"]),
        (" a  b\nc", ("words",), ["a", "b", "c"]),
        ("a\n \nb", ("lines",), ["a", "b"]),
    ],
)
def test_text_is_a_json_list_or_lines(value: str, filters: tuple[str, ...], items: list[object]) -> None:
    assert [json.loads(one) for one in listed(value, *filters).items] == items


def test_json_that_is_no_list_is_a_problem() -> None:
    with pytest.raises(ValueProblem, match="is no list: `3`"):
        listed("3", target=ir.Item(None))
    with pytest.raises(ValueProblem, match="is not JSON"):
        listed("x", path="$")
    with pytest.raises(ValueProblem, match=r"`\$\.a\[\*\]` finds no items in `inputs.x`: .*has no `a`"):
        listed("{}", path="$.a[*]")


def test_a_list_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing):
        listed("", target=ir.StepField("one", "files"))


@given(
    st.lists(st.recursive(st.text() | st.integers() | st.none(), lambda one: st.lists(one, max_size=2))),
    st.integers(1, 9),
)
def test_no_more_items_than_the_bound_and_none_is_dropped_in_silence(values: list[object], most: int) -> None:
    found = listed(json.dumps(values), most=most)
    assert [json.loads(one) for one in found.items] == values[:most]
    assert bool(found.notes) == (len(values) > most)


@pytest.mark.parametrize(
    ("item", "label"),
    [
        ("a\nb", "a b"),
        ({"path": "x.py", "why": "long"}, "x.py"),
        ({"n": 1}, '{"n":1}'),
        (["a"], '["a"]'),
        ("x" * 200, f"{'x' * 99}…"),
    ],
)
def test_people_read_a_label(item: object, label: str) -> None:
    assert item_label(json.dumps(item)) == label


def test_the_verdict_of_a_loop_keeps_what_it_went_through() -> None:
    events = [*begun(), *opened(("a",), 1), StepFinished("loop", (), 1, "succeeded")]
    [attempt] = fold(events).attempts_at("loop", ())
    assert isinstance(attempt, Attempt)
    assert attempt.items == ('"a"',)
