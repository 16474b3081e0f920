"""Whole sessions in memory, killed anywhere and resumed: they end as if nobody had disturbed them.

More of the same, with other seeds: `python -m tests.simulate --seeds 1000`.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from mmm_lang.runtime.events import Base, RolledBack, SessionFinished, StepResumed, StepStarted
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.resume import Changes, hindrance, resumed
from tests.support.crashing import CrashingTree, Machine, Refused, Spot, begin, go_on
from tests.support.memory import FAILS, Deed
from tests.support.memory_tree import repository
from tests.support.plans import plan_of
from tests.support.stories import Story, state_of

CHUNKS = 20
STORIES = int(os.environ.get("MMM_STORIES", "200"))
"""How many stories are told here; the rest is for `make simulate`."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_session_that_is_killed_anywhere_ends_as_if_nobody_had_disturbed_it(chunk: int) -> None:
    for seed in range(chunk, STORIES, CHUNKS):
        wrong = Story(seed).told()
        assert wrong == [], f"again: python -m tests.simulate --seeds 1 --first {seed}\n{wrong[0]}"


# --- a few by name ---


def machine_of(tmp_path: Path, fate: dict[str, Deed | list[Deed]]) -> Machine:
    """A machine on which nothing happens by chance; deeds by step, one after another."""
    made = repository({"README": "start\n"})
    tree = CrashingTree(made.files, heads=made.heads, trees=made._trees, commits=made._commits)

    def deed(spot: Spot) -> Deed:
        found = fate.get(spot.step, Deed())
        return found[min(spot.attempt, len(found)) - 1] if isinstance(found, list) else found

    return Machine(tree, deed, str(tmp_path), random.Random(0), risk=0.0)


TWO = """
- {id: one, shell: one}
- {id: two, shell: two}
"""


def events_of(machine: Machine, kind: type) -> list[object]:
    return [entry.event for entry in machine.journal if isinstance(entry.event, kind)]


def test_a_commit_that_was_made_is_not_made_twice(tmp_path: Path) -> None:
    plan = plan_of(TWO)
    machine = machine_of(tmp_path, {"one": Deed(writes={"a": "b"})})
    machine.doom = "after a commit"
    assert begin(machine, plan, max_iterations=1) is None
    finished = go_on(machine, plan)
    assert finished is not None
    assert (finished.status, finished.commits) == ("succeeded", 1)
    assert len(machine.tree.history(machine.tree.head)) == 2
    assert [one.how for one in events_of(machine, StepResumed)] == ["settled"]


@pytest.mark.parametrize(
    "point", ["after a rescue", "in a restore, after HEAD", "in a restore, after a file", "after a restore"]
)
def test_a_rollback_that_was_cut_off_is_finished_with_one_rescue(tmp_path: Path, point: str) -> None:
    plan = plan_of(TWO)
    machine = machine_of(tmp_path, {"one": Deed(writes={"a": "b", "c": "d"}), "two": FAILS})
    machine.doom = point
    assert begin(machine, plan, max_iterations=1) is None
    finished = go_on(machine, plan)
    assert finished is not None
    assert finished.reason == "step-failed"
    [back] = events_of(machine, RolledBack)
    assert back.rescue in machine.tree.refs
    assert len(machine.tree.refs) == 1
    assert machine.tree.contents(machine.tree.refs[back.rescue])["a"] == "b"
    assert machine.tree.files == {"README": "start\n"}
    assert machine.tree.unsaved == []


def test_a_failed_session_goes_on_with_what_it_had(tmp_path: Path) -> None:
    plan = plan_of(TWO)
    fate = {"one": Deed(writes={"a": "b"}), "two": [FAILS, Deed(writes={"c": "d"})]}
    machine = machine_of(tmp_path, fate)
    begin(machine, plan, max_iterations=1)
    assert "a" not in machine.tree.files
    machine.doom = "in a restore, after HEAD"
    assert go_on(machine, plan) is None
    finished = go_on(machine, plan)
    assert finished is not None
    assert (finished.status, finished.commits) == ("succeeded", 2)
    assert machine.tree.files == {"README": "start\n", "a": "b", "c": "d"}
    assert [(one.step, one.attempt) for one in events_of(machine, StepStarted)] == [
        ("one", 1),
        ("two", 1),
        ("two", 2),
    ]


def test_somebody_who_committed_meanwhile_is_not_undone(tmp_path: Path) -> None:
    plan = plan_of(TWO)
    machine = machine_of(tmp_path, {"one": Deed(writes={"a": "b"}), "two": FAILS})
    begin(machine, plan, max_iterations=1)
    machine.tree.commit_own({"theirs": "x"}, "somebody else's")
    with pytest.raises(Refused, match=r"HEAD is not where the session left it.*`--from two`"):
        go_on(machine, plan)
    go_on(machine, plan, Changes(from_step="two"))
    assert "theirs" not in machine.tree.files
    assert machine.tree.unsaved == []


def test_going_back_to_a_step_keeps_what_was_spent(tmp_path: Path) -> None:
    plan = plan_of("- {id: one, claude: one}\n- {id: two, claude: two}\n")
    fate = {"one": Deed(writes={"a": "b"}), "two": Deed(exit_code=1)}
    machine = machine_of(tmp_path, fate)
    begin(machine, plan, max_iterations=1, on_failure="keep")
    finished = go_on(machine, plan, Changes(from_step="one"))
    assert finished is not None
    assert (finished.calls, finished.cost_usd, finished.commits) == (4, 1.0, 1)


def test_what_is_raised_is_raised_and_the_rest_stays(tmp_path: Path) -> None:
    plan = plan_of("- {id: one, claude: one}\n- {id: two, claude: two}\n")
    machine = machine_of(tmp_path, {})
    begin(machine, plan, max_iterations=1, agent_calls=1, cost_usd=2.0)
    state = state_of(machine)
    assert state.finished is not None
    assert state.finished.status == "budget"
    finished = go_on(machine, plan, Changes(max_calls=2))
    assert finished is not None
    assert finished.status == "succeeded"
    session = state_of(machine).session
    assert session is not None
    assert (session.agent_calls, session.cost_usd) == (2, 2.0)


@pytest.mark.parametrize(
    ("rerun", "answer", "status"),
    [
        ("never", True, "failed"),
        ("ask", None, "paused"),
        ("ask", True, "succeeded"),
        ("ask", False, "failed"),
    ],
)
def test_whether_a_step_is_run_again(tmp_path: Path, rerun: str, answer: bool | None, status: str) -> None:
    plan = plan_of(f"- {{id: publish, shell: publish, rerun: {rerun}, commit: false}}\n")
    machine = machine_of(tmp_path, {"publish": Deed(writes={"sent": "x"})})
    machine.answer = answer
    machine.doom = "at the end of a program"
    assert begin(machine, plan, max_iterations=1) is None
    machine.keeper = "gone"
    finished = go_on(machine, plan)
    assert isinstance(finished, SessionFinished)
    assert finished.status == status
    if status == "failed":
        assert events_of(machine, RolledBack) == []  # what it did outside is done, so nothing is put back
        with pytest.raises(Refused, match="may not be run again by itself") as refused:
            go_on(machine, plan)
        assert set(re.findall("`--from ([^`]*)`", str(refused.value))) == {"publish"}
        assert "step behind it" not in str(refused.value)
    if status == "paused":
        assert finished.exit_code == 5
        machine.answer = True
        again = go_on(machine, plan)
        assert again is not None
        assert again.status == "succeeded"


def test_the_state_of_a_resumed_session_is_the_fold_of_its_events(tmp_path: Path) -> None:
    plan = plan_of(TWO)
    machine = machine_of(tmp_path, {"two": [FAILS, Deed()]})
    begin(machine, plan, max_iterations=1)
    go_on(machine, plan)
    assert machine.mmm is not None
    assert fold(entry.event for entry in machine.journal) == machine.mmm.state


def test_a_session_without_a_hindrance(tmp_path: Path) -> None:
    plan = plan_of(TWO)
    machine = machine_of(tmp_path, {"two": FAILS})
    begin(machine, plan, max_iterations=1, on_failure="keep")
    state, now = state_of(machine), machine.tree.snapshot()
    event = resumed(plan, state, 1.5, now, Changes())
    assert (event.elapsed, event.found, event.again) == (1.5, now, ("two",))
    assert hindrance(plan, state, event, machine.tree) is None
    elsewhere = resumed(plan, state, 1.5, Base(now.head, now.tree, "other"), Changes())
    assert hindrance(plan, state, elsewhere, machine.tree) is not None


def test_work_that_somebody_gave_up_is_not_put_back(tmp_path: Path) -> None:
    plan = plan_of(TWO)
    machine = machine_of(tmp_path, {"one": Deed(writes={"a": "b"}), "two": FAILS})
    begin(machine, plan, max_iterations=1)
    machine.tree.refs.clear()
    with pytest.raises(Refused, match="is gone"):
        go_on(machine, plan)


def test_work_is_not_put_back_over_what_somebody_changed(tmp_path: Path) -> None:
    plan = plan_of(TWO)
    machine = machine_of(tmp_path, {"one": Deed(writes={"a": "b"}), "two": FAILS})
    begin(machine, plan, max_iterations=1)
    machine.tree.change({"a": "by hand"})
    with pytest.raises(Refused, match="1 file has changed since the session failed: `a`"):
        go_on(machine, plan)
