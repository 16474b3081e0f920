"""SIGKILL at every named point of a session's life, once and twice in a row: resumed, it ends as if nothing had happened.

The names K1 to K23 are those of spec/durability.md; K5 and what is killed from outside is in `test_killed_from_outside`,
K15 to K17 in `test_killed_worktrees`, K20 and those after K23 in `test_killed_maps`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal

import pytest

from tests.faults.lives import FAILURE, PLAIN, ROUNDS, SESSION, TALE, Life, Script, point_by, quiet
from tests.process.test_leftovers import linux

pytestmark = linux

KILL_POINTS: dict[str, list[tuple[Script, str, str]]] = {
    # who dies: `mmm`, `keeper` (both), `all` (the agent, too); of a point of the keeper: `keeper` alone, `both`, `all`
    "K1": [
        (SESSION, "before event.SessionStarted 1", "mmm"),
        (SESSION, "before event.StepStarted 1", "mmm"),
        (SESSION, "before event.AgentCalled 1", "mmm"),
    ],
    "K2": [
        (SESSION, "torn event.SessionStarted 1", "mmm"),
        (SESSION, "unsynced event.AgentCalled 1", "mmm"),
        (SESSION, "torn event.AgentCalled 2", "all"),
        (SESSION, "torn event.StepFinished 4", "mmm"),
    ],
    "K3": [
        (SESSION, "after event.AgentCalled 1", "mmm"),
        (SESSION, "after event.AgentCalled 2", "all"),
        (SESSION, "before keeper.launch 2", "mmm"),
        (SESSION, "after keeper.start 1", "mmm"),
    ],
    "K4": [
        (SESSION, "after keeper.launch 1", "mmm"),
        (SESSION, "after keeper.launch 4", "all"),
        (SESSION, "keeper:before spawn 1", "both"),
        (SESSION, "keeper:after spawn 1", "all"),
        (SESSION, "keeper:before report 1", "keeper"),
    ],
    "K6": [
        (SESSION, "keeper:before record 1", "both"),
        (SESSION, "keeper:inside record 2", "keeper"),
        (SESSION, "keeper:inside record 1", "both"),
    ],
    "K7": [
        (SESSION, "keeper:after record 1", "both"),
        (SESSION, "keeper:after record 2", "keeper"),
        (SESSION, "after keeper.run 1", "mmm"),
        (SESSION, "before event.StepRan 5", "all"),
    ],
    "K8": [(SESSION, "after event.StepRan 1", "mmm"), (SESSION, "before tree.commit 2", "all")],
    "K9": [
        (SESSION, "inside git.add 3 rename:1", "mmm"),
        (SESSION, "inside git.add 4 link:1", "mmm"),
        (SESSION, "inside git.update-index 2 rename:1", "mmm"),
    ],
    "K10": [(SESSION, "before git.commit 1", "mmm"), (SESSION, "inside git.write-tree 3 link:1", "mmm")],
    "K11": [
        (SESSION, "inside git.commit 1 link:1", "mmm"),
        (SESSION, "inside git.commit 2 rename:2", "all"),
    ],
    "K12": [
        (SESSION, "inside git.commit 1 rename:1", "mmm"),
        (SESSION, "inside git.commit 1 fsync:2", "mmm"),
        (SESSION, "inside git.commit 3 unlink:2", "mmm"),
    ],
    "K13": [
        (SESSION, "after git.commit 1", "mmm"),
        (SESSION, "after tree.commit 2", "all"),
        (SESSION, "torn event.StepCommitted 1", "mmm"),
    ],
    "K14": [
        (FAILURE, "before tree.keep 1", "mmm"),
        (FAILURE, "after tree.keep 1", "mmm"),
        (FAILURE, "inside git.read-tree 1 unlink:2", "mmm"),
        (FAILURE, "inside git.read-tree 1 rename:1", "all"),
        (FAILURE, "after git.read-tree 1", "mmm"),
        (FAILURE, "after tree.restore 1", "mmm"),
        (FAILURE, "after event.RolledBack 1", "mmm"),
        (SESSION, "after git.read-tree 1", "mmm"),
        (SESSION, "after event.RolledBack 1", "mmm"),
    ],
    "K18": [
        (ROUNDS, "before event.IterationStarted 1", "mmm"),
        (ROUNDS, "after event.IterationStarted 2", "mmm"),
        (ROUNDS, "before event.IterationFinished 1", "all"),
        (ROUNDS, "after event.IterationFinished 1", "mmm"),
        (ROUNDS, "after event.IterationFinished 2", "mmm"),
        (ROUNDS, "torn event.SessionFinished 1", "mmm"),
        (ROUNDS, "after event.SessionFinished 1", "mmm"),
        (SESSION, "after tree.release 1", "mmm"),
    ],
    "K19": [
        (SESSION, "before pause 1", "mmm"),
        (SESSION, "after pause 1", "mmm"),
        (SESSION, "before event.HandlerStarted 1", "mmm"),
        (SESSION, "after event.HandlerStarted 1", "mmm"),
        (ROUNDS, "after event.StepStarted 5", "mmm"),
        (ROUNDS, "after event.StepFinished 5", "all"),
    ],
    "K21": [
        (TALE, "before file.event 1", "mmm"),
        (TALE, "inside file.event 1", "mmm"),
        (TALE, "after file.event 1", "mmm"),
        (SESSION, "inside file.plan.json 1", "mmm"),
        (SESSION, "inside file.launch.json 1", "mmm"),
        (SESSION, "inside file.state.json 1", "mmm"),
    ],
    "K23": [(SESSION, "after lock.taken 1", "mmm")],
}
"""What is killed there, and in which session."""

TWICE: list[tuple[Script, tuple[str, ...], str]] = [
    # K22: inside of `mmm resume`
    (SESSION, ("after event.StepRan 1", "before event.SessionResumed 1"), "mmm"),
    (SESSION, ("after event.AgentCalled 1", "torn event.SessionResumed 1"), "mmm"),
    (SESSION, ("before event.StepRan 1", "after event.SessionResumed 1", "after lock.taken 1"), "mmm"),
    (SESSION, ("after keeper.launch 1", "torn event.StepResumed 1", "after event.StepResumed 1"), "all"),
    (SESSION, ("after keeper.launch 2", "after event.StepResumed 1", "after tree.keep 1"), "all"),
    (SESSION, ("after git.commit 1", "before tree.settle 1", "after tree.settle 1"), "mmm"),
    (SESSION, ("keeper:after spawn 1", "keeper:before record 1", "keeper:inside record 1"), "all"),
    (SESSION, ("inside git.commit 1 link:1", "inside git.commit 1 rename:2", "after git.commit 1"), "mmm"),
    (
        FAILURE,
        ("inside git.read-tree 1 unlink:1", "inside git.read-tree 1 rename:1", "after tree.restore 1"),
        "mmm",
    ),
    (FAILURE, ("after tree.keep 1", "torn event.RolledBack 1", "before event.SessionFinished 1"), "mmm"),
    (
        ROUNDS,
        ("after event.StepCommitted 2", "before event.StepFinished 1", "after event.StepFinished 1"),
        "all",
    ),
]

PUT_BACK = [
    "before tree.restore 1",
    "inside git.read-tree 1 rename:1",
    "after git.read-tree 1",
    "after tree.restore 1",
    "torn event.PutBack 1",
    "after event.PutBack 1",
]

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None,
    reason="GITS THAT DIE IN THE MIDDLE ARE NOT TESTED: there is no strace here",
)


def lives_on(life: Life, original: Life, victims: str) -> None:
    """It has ended as the original did; paid for twice is only a call in whose middle the machine died."""
    quiet(life.kitchen)
    life.whole()
    assert life.story() == original.story()
    assert not original.rescued() - life.rescued()
    if victims == "mmm":
        assert life.receipts() == original.receipts()
        assert life.money() == original.money()
    else:
        lost = life.paid() - original.paid()
        assert 0 <= lost <= len(life.parts)
        # a call that went on in its own session is one with it; one of which nobody knows whether it began is one
        money = life.money()
        assert original.paid() <= money["calls"] <= life.paid() + len(life.parts)
        assert money["cost_usd"] is None or money["cost_usd"] == pytest.approx(life.spent())


def _cases():
    for name, cases in KILL_POINTS.items():
        for script, point, victims in cases:
            marks = [needs_strace] if point.startswith("inside git") else []
            yield pytest.param(
                script, (point,), victims, id=f"{name}-{point}-{victims}".replace(" ", "_"), marks=marks
            )
    for number, (script, points, victims) in enumerate(TWICE):
        marks = [needs_strace] if any(point.startswith("inside git") for point in points) else []
        yield pytest.param(script, points, victims, id=f"K22-{number}-{victims}", marks=marks)


@pytest.mark.slow
@pytest.mark.parametrize(("script", "points", "victims"), list(_cases()))
def test_killed_there(
    live, undisturbed, tally, script: Script, points: tuple[str, ...], victims: str
) -> None:
    original, life = undisturbed(script), live(script)
    life.lead(*points, victims=victims)
    lives_on(life, original, victims)
    tally(life, original, victims)


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("FAULTS_KILLS", "6"))))
def test_killed_at_random_points(live, undisturbed, tally, seed: int) -> None:
    """At any of all the points that the session passes."""
    dice = random.Random(f"killed {os.environ.get('FAULTS_SEED', '0')} {seed}")
    script = dice.choice([SESSION, ROUNDS, PLAIN])
    victims = dice.choice(["mmm", "all"])
    original, life = undisturbed(script), live(script)
    point = point_by(dice, original.parts[0].points)
    print(script.name, victims, point)
    life.lead(point, victims=victims)
    lives_on(life, original, victims)
    tally(life, original, victims)


@pytest.mark.parametrize("point", ["after event.SessionFinished 1", "before event.SessionStarted 1"])
def test_what_a_session_held_that_died_around_its_life_is_let_go_by_the_next(live, point: str) -> None:
    life = live(PLAIN)
    assert life.end(life.start("cook", point)).code == -signal.SIGKILL
    [session] = life.kitchen.sessions()
    assert life.kitchen.git("for-each-ref", f"refs/mmm/base/{session.name}") != ""
    life.end(life.start("cook"))
    assert life.kitchen.git("for-each-ref", f"refs/mmm/base/{session.name}") == ""


def test_a_lock_of_a_session_that_died_after_its_last_event_is_removed_by_the_next(live) -> None:
    life = live(PLAIN)
    assert life.end(life.start("cook", "after event.SessionFinished 1")).code == -signal.SIGKILL
    [session] = life.kitchen.sessions()
    (session / "index.lock").touch()
    life.end(life.start("cook"))
    assert life.locks() == []


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("point", PUT_BACK)
def test_killed_while_the_work_of_a_failed_session_is_put_back(live, undisturbed, tally, point: str) -> None:
    original, life = undisturbed(FAILURE), live(FAILURE)
    life.lead("", point)
    lives_on(life, original, "mmm")
    tally(life, original, "mmm")
