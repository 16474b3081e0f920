"""`spec/sessions.md` and what `--format json` prints name the same keys."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mmm_lang.git.changes import Change
from mmm_lang.git.history import Commit
from mmm_lang.runtime.events import (
    AgentCalled,
    Approved,
    BackedOff,
    Base,
    BudgetReached,
    HandlerStarted,
    KeeperStarted,
    Paused,
    PutBack,
    RolledBack,
    SessionResumed,
    StepResumed,
    StepStarted,
    TurnStarted,
)
from mmm_lang.runtime.undone import Undone
from mmm_lang.sessions.rescue_telling import rescue_json
from mmm_lang.sessions.rescued import Rescued
from mmm_lang.sessions.story_json import story_json
from mmm_lang.sessions.summary import list_json, summarise
from tests.sessions.test_story import record
from tests.spec.documents import names, sections, tables
from tests.support.happenings import BASE, begun, run

DOCUMENT = "sessions.md"
PLACE = ("fix", (), 1)
LIVED = record(
    *begun(cost_usd=1.0),
    KeeperStarted(1, "2", "3", "4"),
    StepStarted(*PLACE, BASE, 1),
    AgentCalled(*PLACE, "claude", "uuid", "sha", 0.5),
    BackedOff(*PLACE, 2, 4, 3.0, "an overloaded API"),
    SessionResumed(1.0, Base("h0", "t0", "main"), 10, cost_usd=3.0, agent_calls=7, from_step="fix"),
    StepResumed(*PLACE, "continued", "it was cut off", 2),
    HandlerStarted("fix.on_failure", (), 1),
    *run("other", 3, commits=("c" * 40,)),
    StepStarted("each", (), 1, BASE, items=('"a"', '"b"')),
    TurnStarted("each", (), 1, 1),
    RolledBack("h1", "h0", "refs/mmm/rescue/s1/1"),
    PutBack("h0", "h1", "refs/mmm/rescue/s1/1"),
    Approved(*PLACE, "sure?"),
    BudgetReached("fix", "spent"),
    Paused("fix", "sure?", reason="approval"),
    damage="line 99 is torn",
    undone=Undone(1.0, "a", "b", "main", "refs/mmm/rescue/s1/2", 1, True),
)
STORY = json.loads(story_json(LIVED, {}))


def keys(heading: str, column: int = 0) -> list[str]:
    first = next(tables(sections(DOCUMENT)[heading]))
    return [name for row in first[1:] for name in names(row[column])]


def parts() -> Iterator[dict[str, object]]:
    return (part for iteration in STORY["iterations"] for part in iteration["parts"])


def test_a_session() -> None:
    [one] = json.loads(list_json([summarise(LIVED)]))["sessions"]
    assert sorted(keys("A session")) == sorted(one)
    assert one == STORY["session"]


def test_a_story() -> None:
    assert keys("The story of a session") == list(STORY)
    first = next(tables(sections(DOCUMENT)["The story of a session"]))
    rows = {names(row[0])[0]: names(row[1]) for row in first[1:]}
    assert set(rows["damage"]) - {"null"} == set(STORY["damage"])
    assert set(rows["undone"]) - {"null", "mmm undo"} == set(STORY["undone"])
    assert set(rows["next"]) == set(STORY["next"][0])
    finished = {"commits", "changed", "converged", "until"}
    assert set(rows["iterations"]) - {"null"} == {*STORY["iterations"][0], *finished}


def test_the_parts_of_an_iteration() -> None:
    first, second = tables(sections(DOCUMENT)["Parts of an iteration"])
    documented: dict[str, set[str]] = {}
    for kind, key, _ in first[1:]:
        documented.setdefault(names(kind)[0], {"kind"}).update(names(key))
    told: dict[str, set[str]] = {}
    for part in parts():
        told.setdefault(str(part["kind"]), set()).update(part)
    assert documented == told
    events = {str(part["event"]) for part in parts() if part["kind"] == "event"}
    assert {names(row[0])[0] for row in second[1:]} == events


def test_what_is_said_of_a_session_that_goes_on() -> None:
    said = {part["event"]: part["message"] for part in parts() if part["kind"] == "event"}
    assert said["session_resumed"] == "from `fix`; limits from now on: 7 agent calls, $3.00"
    assert said["step_resumed"] == "continued: it was cut off"
    assert said["put_back"] == "the work of refs/mmm/rescue/s1/1 is there again"
    assert (STORY["session"]["cost_usd"], STORY["session"]["charged_usd"]) == (None, 0.5)


def test_work_that_was_set_aside() -> None:
    kept = Rescued(
        "refs/mmm/rescue/s1/1",
        "c" * 40,
        1,
        "why",
        "b" * 40,
        None,
        (Commit("c", "x", ()),),
        (Change("M", "f"),),
    )
    assert keys("Work that was set aside") == list(rescue_json(kept))
