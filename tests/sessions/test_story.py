"""The story of a session: told from any beginning of any journal, with the runner's own figures."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import UTC, datetime
from itertools import count

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmm_lang.runtime.events import (
    AgentCalled,
    BackedOff,
    Base,
    BudgetReached,
    HandlerStarted,
    IterationFinished,
    RolledBack,
    SessionFinished,
    SessionResumed,
    StepCommitted,
    StepFinished,
    StepRan,
    StepResumed,
    StepStarted,
)
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.undone import Undone
from mmm_lang.sessions.record import Record
from mmm_lang.sessions.story import Run, tell
from mmm_lang.sessions.story_json import story_json
from mmm_lang.sessions.summary import list_json, summarise, table
from mmm_lang.sessions.telling import told
from tests.support.generate import playbook_trees, written
from tests.support.happenings import BASE, begun, run, skipped
from tests.support.memory import CUT_OFF, FAILS, NOTHING, Deed, live
from tests.support.plans import plan_of

NOW = 1_700_000_600.0
DEEDS = (
    NOTHING,
    Deed(writes={"a": "b"}),
    Deed(commits=({"c": "d"},), cost_usd=None),
    FAILS,
    FAILS,
    Deed(ending="quota", exit_code=1),
    Deed(moves="branch"),
    Deed(pushes=True, commits=({"p": "q"},)),
    CUT_OFF,
)


def entries(*events):
    ticks = count(1_700_000_000)
    return tuple(Entry(number, float(next(ticks)), event) for number, event in enumerate(events, start=1))


def record(*events, **fields):
    return Record("s1", "/sessions/s1", entries(*events), **fields)


def local(at):
    return datetime.fromtimestamp(at, UTC)


def shown(one, subjects=None):
    return told(one, subjects or {}, NOW, local)


@st.composite
def journals(draw):
    """The events of a random playbook's session, with random outcomes, up to anywhere."""
    plan = plan_of(written(draw(playbook_trees())))
    dice = random.Random(draw(st.integers(0, 2**32)))
    with tempfile.TemporaryDirectory() as folder:
        life = live(plan, lambda step, number: dice.choice(DEEDS), folder, max_iterations=2)
    return life.events[: draw(st.integers(0, len(life.events)))]


@given(journals(), st.booleans(), st.sampled_from((None, "line 3 of x cannot be read")), st.integers(1, 200))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_beginning_of_every_journal_can_be_told(events, running, damage, width):
    one = record(*events, running=running, damage=damage)
    story = tell(one.entries)
    summary = summarise(one)
    assert len(table([summary], NOW, None).splitlines()) == 2
    assert all(len(line) <= max(width, 2) for line in table([summary], NOW, width).splitlines())
    assert shown(one).startswith("🔍 Session s1\n")
    [listed] = json.loads(list_json([summary]))["sessions"]
    told_as_json = json.loads(story_json(one, {}))
    assert told_as_json["session"] == listed
    # what is told and what the runner counts is the same
    begun = [(one.step, one.path, one.attempt) for one in events if isinstance(one, StepStarted)]
    # a step that is skipped, or a region that cannot be opened, has a verdict only
    at_once = [
        one
        for one in events
        if isinstance(one, StepFinished) and (one.step, one.path, one.attempt) not in begun
    ]
    assert len(story.runs()) == len(begun) + len(at_once)
    if story.finished is not None:
        assert summary.commits == story.finished.commits == len(story.commits)
        assert (summary.calls, summary.iterations) == (story.finished.calls, story.finished.iterations)
        assert listed["cost_usd"] == story.finished.cost_usd
    assert len(told_as_json["iterations"]) == len(story.iterations)


def named(name, **fields):
    started, first = begun(**fields)
    return evolve(started, name=name), first


REPAIRED = (
    *named("Tests", variables={"ARG": "a b"}, cost_usd=2.0, agent_calls=5),
    StepStarted("write", (), 1, BASE, 1, "/mmm-write-tests a b"),
    AgentCalled("write", (), 1, "claude", "uuid", "sha"),
    StepRan("write", (), 1, exit_code=0, duration=61.0, calls=1, cost_usd=0.25),
    StepCommitted("write", (), 1, ("c" * 40,)),
    StepFinished(
        "write",
        (),
        1,
        "succeeded",
        outputs={"spec": "specs/x.md"},
        notes=("the agent was refused `WebFetch`; `allowed_tools: [WebFetch]` allows it",),
    ),
    *skipped("implement"),
    *run("test", 2, fault="exit", reason="exit code 1"),
    HandlerStarted("test.on_failure", (), 1),
    *run("test.on_failure.1", 3, path=(1,), commits=("d" * 40,)),
    *run("test", 4, attempt=2, fault="exit", reason="exit code 2"),
    RolledBack("d" * 40, "h0", "refs/mmm/rescue/s1/1"),
    SessionFinished("failed", "step-failed", "`test` failed (line 4)", 1, 1, 0, 1, 0.25),
)

GOLDEN = """\
🔍 Session s1
   Workflow: Tests (p.yml)
   Began: 2023-11-14 22:13:20, on main at h0
   Took: 20 s
   Values: ARG=a b
   Limits: 5 agent calls, $2.00

🔄 Iteration 1/10
   ✅ [write] /mmm-write-tests a b completed (1 min 1 s, $0.25)
      cccccccccc write tests (taken back)
      note: the agent was refused `WebFetch`; `allowed_tools: [WebFetch]` allows it
      spec: specs/x.md
   ⏭  implement skipped: nothing to work on
   ❌ test failed: exit code 1 (0.0 s)
   🔧 Repairing `test`, round 1
      ✅ test.on_failure.1 completed (0.0 s)
         dddddddddd (no longer in this repository) (taken back)
   ❌ test failed, run 2: exit code 2 (0.0 s)
   🔄 Rolled back to h0, where the failed iteration began
      the work is kept in refs/mmm/rescue/s1/1

❌ failed: `test` failed (line 4)
   Iterations: 1/10
   Commits: 0, files changed: 0
   Agent calls: 1, cost: $0.25
   Folder: /sessions/s1

What you can do:
   mmm resume s1                 go on where it stopped
   mmm sessions logs s1 --run 4  what `test` printed
   mmm rescue show s1/1          see the work that was set aside
   mmm rescue apply s1/1         put that work back
"""


def test_a_whole_story():
    assert shown(record(*REPAIRED), {"c" * 40: "write tests"}) == GOLDEN


def test_the_list():
    succeeded = (
        *named("Review \x1b[31mloop\x1b[0m"),
        *run("review", 1, commits=("c",)),
        IterationFinished(1, 1, True, False),
        SessionFinished("succeeded", "limit", "Reached the limit", 0, 1, 1),
    )
    called = (
        *named("x" * 50),
        StepStarted("fix", (), 1, BASE, 1),
        AgentCalled("fix", (), 1, "claude", "uuid", "sha"),
    )
    some = [summarise(record(*succeeded)), summarise(record(*REPAIRED)), summarise(record(*called))]
    assert table(some, NOW, None) == WIDE
    assert table(some, NOW, 60) == NARROW


WIDE = """\
ID     AGE  PLAYBOOK                        STATUS     ITERATIONS  COMMITS     COST  CALLS  REASON
s1  10 min  Review loop                     succeeded        1/10        1    $0.00      0  Reached the limit
s1  10 min  Tests                           failed           1/10        0    $0.25      1  `test` failed (line 4)
s1  10 min  xxxxxxxxxxxxxxxxxxxxxxxxxxxxx…  died             1/10        0  unknown      1  it died at `fix`
"""

NARROW = """\
ID     AGE  PLAYBOOK    STATUS        COST  REASON
s1  10 min  Review lo…  succeeded    $0.00  Reached the lim…
s1  10 min  Tests       failed       $0.25  `test` failed (…
s1  10 min  xxxxxxxxx…  died       unknown  it died at `fix`
"""


def test_a_session_that_was_resumed_continues_its_call():
    place = ("fix", (), 1)
    events = (
        *begun(),
        StepStarted(*place, BASE, 1, "/mmm-fix"),
        AgentCalled(*place, "claude", "uuid", "sha"),
        SessionResumed(3.0, Base("h0", "t1", "main"), 10),
        StepResumed(*place, "continued", "its session can be continued", 2),
        AgentCalled(*place, "claude", "uuid", "sha2"),
        StepRan(*place, exit_code=0, calls=1, cost_usd=0.5),
        StepFinished(*place, "succeeded"),
    )
    lines = [line.strip() for line in shown(record(*events, running=True)).splitlines()]
    assert "🔄 [fix] /mmm-fix did not come to an end: its session can be continued (cost unknown)" in lines
    assert lines.index("▶ session resumed") < lines.index("✅ [fix] /mmm-fix completed (0.0 s, $0.50)")
    assert [one.run for one in tell(entries(*events)).runs()] == [1, 2]


def test_a_call_that_is_made_again_is_a_run_of_its_own():
    place = ("fix", (), 1)
    events = (
        *begun(),
        StepStarted(*place, BASE, 1),
        StepRan(*place, exit_code=1, calls=1, fault="agent"),
        BackedOff(*place, 2, 5, 30.0, "the API is overloaded"),
        StepStarted(*place, BASE, 2),
    )
    text = shown(record(*events))
    assert "fix did not come to an end: the API is overloaded; call 2 of 5 after 30 s" in text
    assert "fix began, and no end of it is recorded" in text


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({}, "died", "it died at `a`"),
        ({"running": True}, "running", "it runs now at `a`"),
        ({"damage": "line 5 is torn"}, "damaged", "line 5 is torn"),
        ({"undone": Undone(1.0, "c", "h0", "main", "refs/mmm/rescue/s1/1", 2, False)}, "died", None),
        ({"undone": Undone(1.0, "c", "h0", "main", "refs/mmm/rescue/s1/1", 2, True)}, "undone", None),
    ],
)
def test_how_a_session_without_a_last_event_stands(fields, status, message):
    one = summarise(record(*begun(), *run("a", 1, commits=("c",)), **fields))
    assert one.status == status
    assert message in (None, one.message)


def test_a_limit_is_told_where_it_was_met():
    events = (*begun(), BudgetReached("fix", "the session has made its 1 agent call"))
    assert "▶ budget: the session has made its 1 agent call" in shown(record(*events))


def test_what_an_agent_says_obeys_no_terminal():
    evil = "\x1b]0;title\x07\x1b[2J\nnext\udcff"
    text = shown(
        record(*begun(), *run("a", 1, fault="exit", reason=evil, notes=(evil,), outputs={"x": evil}))
    )
    assert "\x1b" not in text
    assert "\x07" not in text
    assert text.encode("utf-8")
    assert all(line.isprintable() for line in text.splitlines())


def test_runs_of_other_iterations_are_kept():
    events = (
        *begun(),
        *run("a", 1, commits=("c",)),
        IterationFinished(1, 1, True, False),
        *begun()[1:],
        *run("a", 2, commits=("d",)),
    )
    story = tell(entries(*events))
    assert story.commits == ("c", "d")
    assert [part.run for one in story.iterations for part in one.parts if isinstance(part, Run)] == [1, 2]
