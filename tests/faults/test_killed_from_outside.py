"""Who is killed in the middle of a step (K5): mmm, its keeper, the agent, everything; and who is only told to end."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from mmm_lang.git.repository import Repository
from mmm_lang.process import sweep
from mmm_lang.report.quiet import Quiet
from mmm_lang.runtime import real
from mmm_lang.runtime.events import SessionResumed
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.resume import Changes, resume, stopped_session
from mmm_lang.runtime.state import State
from tests.cook.living import keeper_of, leftovers
from tests.faults.lives import BUSY, NOTHING, PLAIN, ROUNDS, SESSION, SIGNALS, WAITING, Life, quiet
from tests.faults.nursery import Born
from tests.faults.test_kill_points import lives_on
from tests.process.programs import eventually, runs
from tests.process.test_leftovers import linux

pytestmark = linux


def gate(life: Life) -> Path:
    return life.folder / "gate"


def met_in_its_middle(life: Life) -> Born:
    """The session has begun, and its first step is half done."""
    born = life.start("cook")
    eventually(lambda: (life.kitchen.repo / "half").exists() or not runs(born.pid))
    assert runs(born.pid), life.end(born).err
    return born


def agent_of(life: Life) -> int:
    return int(str(life.kitchen.scenario.receipts()[-1]["pid"]))


def kill(life: Life, born: Born, *victims: str) -> None:
    """SIGKILL to all of these at once: whoever is left sees what it sees."""
    pids = {
        "mmm": lambda: born.pid,
        "keeper": lambda: keeper_of(life.kitchen),
        "agent": lambda: agent_of(life),
    }
    doomed = [pids[victim]() for victim in victims]
    for pid in doomed:
        os.kill(pid, signal.SIGSTOP)
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)


def gone_within_two_seconds(life: Life) -> None:
    """Nothing of it runs any more. Where the machine is busy seconds are longer, for those who clear up and for this one
    who looks; a look takes a fiftieth of a second where it is not."""
    begun, looks = time.monotonic(), 0
    while left := leftovers(life.kitchen):
        looks += 1
        assert time.monotonic() - begun < 2.0 or looks < 100, left
        time.sleep(0.01)


@pytest.fixture
def opened(undisturbed):
    """As `undisturbed`, with the gate open from the start."""

    def of(script):
        def open_gate(kitchen):
            (kitchen.folder / "gate").touch()

        return undisturbed(
            type(script)(f"open-{script.name}", script.text, script.agent, script.flags, (open_gate,))
        )

    return of


@pytest.mark.parametrize("end", ["while it waits", "before it is resumed"])
def test_mmm_is_killed_and_the_agent_ends_in_peace(live, opened, tally, end: str) -> None:
    life = live(WAITING)
    born = met_in_its_middle(life)
    kill(life, born, "mmm")
    life.end(born)
    assert len(leftovers(life.kitchen)) >= 2
    if end == "while it waits":
        again = life.start("resume")
        eventually(lambda: any(one["event"] == "step_resumed" for one in life.events()))
        gate(life).touch()
        life.end(again)
    else:
        gate(life).touch()
        quiet(life.kitchen)
        life.lead(command="resume")
    lives_on(life, opened(WAITING), "mmm")
    tally(life, opened(WAITING), "mmm")


class Onlooker(Quiet):
    """Opens the gate as soon as the session goes on, and holds it up there until the agent's end is on record."""

    def __init__(self, life: Life) -> None:
        self._life = life

    def happened(self, entry: Entry, state: State) -> None:
        if isinstance(entry.event, SessionResumed):
            gate(self._life).touch()
            [session] = self._life.kitchen.sessions()
            eventually(lambda: list(session.rglob("rc")))


def test_the_agent_ends_after_its_files_were_looked_at_and_before_its_end_is_looked_for(
    live, opened, tally, monkeypatch
) -> None:
    """What is judged and committed is what the agent left, not what was there a moment before."""
    life = live(WAITING)
    born = met_in_its_middle(life)
    kill(life, born, "mmm")
    life.end(born)
    for name, value in life.kitchen.env(MMM_API_WAIT="0.02").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(real, "_GOOD_FOR", 60.0)
    [session] = life.kitchen.sessions()
    stopped = stopped_session(Repository.find(str(life.kitchen.repo)), str(session))
    resume(stopped, Changes(), Onlooker(life), os.environ)
    lives_on(life, opened(WAITING), "mmm")


@pytest.mark.parametrize(
    "victims", [("keeper",), ("mmm", "keeper"), ("keeper", "agent"), ("mmm", "keeper", "agent")], ids="+".join
)
def test_the_keeper_is_killed_and_the_agent_goes_on_in_its_own_session(
    live, opened, tally, victims: tuple[str, ...]
) -> None:
    life = live(WAITING)
    born = met_in_its_middle(life)
    first = agent_of(life)
    kill(life, born, *victims)
    life.end(born)
    gate(life).touch()
    life.lead(command="resume")
    assert not runs(first)
    lives_on(life, opened(WAITING), "all")
    tally(life, opened(WAITING), "all")
    assert [one["resumed"] for one in life.kitchen.scenario.receipts()] == [False, True]
    assert len({str(one["session"]) for one in life.kitchen.scenario.receipts()}) == 1


def test_the_agent_alone_is_killed_which_is_its_failure(live) -> None:
    life = live(WAITING)
    born = met_in_its_middle(life)
    kill(life, born, "agent")
    part = life.end(born)
    assert part.code == 1
    [ran] = [one for one in life.events() if one["event"] == "step_ran"]
    assert (ran["fault"], ran["cost_usd"]) == ("agent", None)
    assert "the agent was ended by a signal" in ran["reason"]
    quiet(life.kitchen)
    life.whole()
    gate(life).touch()
    life.lead(command="resume")
    assert life.events()[-1]["status"] == "succeeded"
    assert life.events()[-1]["calls"] == 2
    life.whole()


def test_all_but_the_agent_is_gone_two_seconds_after_mmm(live, opened) -> None:
    life = live(BUSY)
    born = met_in_its_middle(life)
    assert len(leftovers(life.kitchen)) >= 5
    kill(life, born, "mmm")
    gone_within_two_seconds(life)
    life.end(born)
    gate(life).touch()
    life.lead(command="resume")
    lives_on(life, opened(BUSY), "mmm")


@pytest.mark.parametrize("command", ["resume", "cook"])
def test_what_outlived_mmm_and_its_keeper_is_ended_by_whoever_comes_next(live, opened, command: str) -> None:
    life = live(BUSY)
    born = met_in_its_middle(life)
    strangers = [
        os.posix_spawn("/bin/sleep", ["sleep", "1000"], {"MMM_MARK": "another.mark/1"}) for _ in range(2)
    ]
    try:
        kill(life, born, "mmm", "keeper")
        life.end(born)
        assert len(leftovers(life.kitchen)) >= 3
        gate(life).touch()
        if command == "resume":
            life.lead(command="resume")
            lives_on(life, opened(BUSY), "mmm")
        else:
            refused = life.end(life.start("cook", stopped=False))
            assert refused.code == 0, refused.err
            assert "was killed here" in refused.err
        assert leftovers(life.kitchen) == []
        assert all(runs(pid) for pid in strangers)
    finally:
        for pid in strangers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def test_a_git_of_mmm_and_its_hooks_are_gone_with_it(live, undisturbed, tally) -> None:
    original, life = undisturbed(PLAIN), live(PLAIN)
    hook = life.kitchen.repo / ".git" / "hooks" / "pre-commit"
    lines = [
        'test -n "$MMM_STEP" || test -e ../gate && exit 0',
        "setsid sleep 1000 &",
        "touch ../hooked",
        "sleep 1000",
    ]
    hook.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    hook.chmod(0o755)
    born = life.start("cook")
    eventually((life.folder / "hooked").exists)
    assert len(leftovers(life.kitchen)) >= 3
    kill(life, born, "mmm")
    gone_within_two_seconds(life)
    life.end(born)
    gate(life).touch()
    life.lead(command="resume")
    lives_on(life, original, "mmm")
    tally(life, original, "mmm")


# --- suspended ---


def test_mmm_is_suspended_while_its_agent_ends(live, opened, tally) -> None:
    life = live(WAITING)
    born = met_in_its_middle(life)
    born.send(signal.SIGSTOP)
    gate(life).touch()
    [session] = life.began()
    record = eventually(lambda: list(session.glob("steps/1/rc")))[0]
    assert json.loads(record.read_text())["exit_code"] == 0
    born.send(signal.SIGCONT)
    assert life.end(born).code == 0
    lives_on(life, opened(WAITING), "mmm")
    tally(life, opened(WAITING), "mmm")


def test_all_of_it_is_suspended_and_goes_on(live, opened, tally) -> None:
    """As a laptop whose lid is closed."""
    life = live(WAITING)
    born = met_in_its_middle(life)
    everybody = [born.pid, *(int(one.split(":")[0]) for one in leftovers(life.kitchen))]
    for pid in filter(runs, everybody):
        os.kill(pid, signal.SIGSTOP)
    eventually(lambda: all((seen := sweep.status(pid)) is None or seen.state in "TZX" for pid in everybody))
    gate(life).touch()
    for pid in filter(runs, everybody):
        os.kill(pid, signal.SIGCONT)
    assert life.end(born).code == 0
    lives_on(life, opened(WAITING), "mmm")
    tally(life, opened(WAITING), "mmm")


# --- told to end ---


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("FAULTS_SIGNALS", "6"))))
def test_told_to_end_at_a_random_point(live, undisturbed, tally, seed: int) -> None:
    dice = random.Random(f"told to end {os.environ.get('FAULTS_SEED', '0')} {seed}")
    script = dice.choice([SESSION, ROUNDS])
    original, life = undisturbed(script), live(script)
    number = dice.choice(SIGNALS)
    points = [one for one in original.parts[0].points if one.startswith(("before", "after"))]
    life.lead(*dice.sample(points, 2), victims=number)
    print(f"{number} at {[part.code for part in life.parts]}")
    ends = (0, 130, 143, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP)
    assert all(part.code in ends or part.err == NOTHING for part in life.parts)
    lives_on(life, original, number)
    tally(life, original, number)  # it was asked to stop, and the agents with it
