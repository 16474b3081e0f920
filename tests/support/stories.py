"""Random sessions by seed: a playbook, what its programs do, and two lives of it, one disturbed and one left alone.

``Story(seed).told()`` lives both and gives what is wrong with the disturbed one, in sentences; none is what is wanted.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
from collections import Counter

from attrs import evolve, frozen

from mmm_lang.plan.bounds import worst_case
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.events import SessionFinished
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.state import State
from tests.support.crashing import (
    CrashingTree,
    Machine,
    PlaceFate,
    Refused,
    Spot,
    begin,
    drawn,
    go_on,
)
from tests.support.generate import Writer, stirred, written
from tests.support.memory import Deed
from tests.support.memory_tree import Changes, repository
from tests.support.plans import plan_of

COMMITTED = {"README": "start\n", "src/app": "one\n", "tests/test_app": "assert\n"}
THEIRS = {"notes": "mine\n", "src/draft": "mine too\n", "README": "changed by hand\n", "tests/test_app": None}
"""Untracked files, and (as after `--allow-dirty`) a tracked one that is changed and one that is deleted."""

RESPONSE = 0.25
"""US dollars that a call of these agents costs."""

MOST_DEATHS = 25
"""After so many deaths mmm is left alone: a story must end."""


class DiceWriter(Writer):
    """Writes a playbook by dice."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.dice = dice

    def one_of(self, *values: object) -> object:
        return self.dice.choice(values)

    def number(self, least: int, most: int) -> int:
        return self.dice.randint(least, most)


def place_fate(seed: int, trouble: float, *, limits: bool) -> PlaceFate:
    """What each program does, by its place; ``trouble`` (0 to 1) is how likely it goes wrong.

    ``limits``: now and then the agent's quota is used up, or it is not logged in; both pass.
    """

    def fate(spot: Spot) -> Deed:
        dice = drawn((seed, spot))
        commits = tuple(_changes(dice, spot) for _ in range(dice.choice((0, 0, 0, 1, 2))))
        stdout = dice.choice(("", "a\nb\n", "0\n"))
        deed = Deed(writes=_changes(dice, spot), commits=commits, stdout=stdout)
        wrong: dict[str, object] = {}
        if dice.random() < trouble:
            [wrong] = dice.choices(
                (
                    {"exit_code": dice.choice((1, 3, 101))},
                    {"cause": dice.choice(("timeout", "not-started"))},
                    {"moves": dice.choice(("branch", "detach", "rewrite"))},
                ),
                (30, 6, 4),
            )
        elif dice.random() < 0.05 and limits:
            wrong = {"ending": dice.choice(("quota", "auth"))}
        return evolve(deed, **wrong)

    return fate


def _changes(dice: random.Random, spot: Spot) -> Changes:
    """Made of the user's files, files of other steps, and new ones."""
    spec = f"specs/{spot.step}-{spot.iteration}-improvements.md"
    paths = ("src/app", "src/new", "src/b", spec, "out.log", "notes", "README", "tests/test_app")
    chosen = dice.sample(paths, dice.choice((0, 0, 1, 1, 2)))
    return {path: dice.choice((None, "one\n", f"by {spot}\n", "mine\n")) for path in chosen}


def _scratch() -> tempfile.TemporaryDirectory[str]:
    """In memory where that can be had: what is synced there costs nothing."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


@frozen
class Ending:
    """How a life ended, as far as two lives can be compared."""

    verdict: tuple[object, ...]
    history: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    files: tuple[tuple[str, str], ...]
    runs: tuple[object, ...]


@frozen
class Story:
    """A playbook and its fate."""

    seed: int

    def _dice(self, what: str) -> random.Random:
        return drawn((self.seed, what))

    def playbook(self) -> str:
        dice = self._dice("playbook")
        return written(stirred(DiceWriter(dice).playbook(), dice))

    def machine(self, folder: str, *, disturbed: bool) -> Machine:
        dice = self._dice("fate")
        trouble = dice.choice((0.0, 0.1, 0.3, 0.6))
        made = repository(COMMITTED, THEIRS)
        tree = CrashingTree(made.files, heads=made.heads, trees=made._trees, commits=made._commits)
        return Machine(
            tree,
            place_fate(self.seed, trouble, limits=disturbed),
            folder,
            self._dice("disasters"),
            risk=dice.choice((0.01, 0.03, 0.1)) if disturbed else 0.0,
            interruptions=dice.choice((0.0, 0.05)) if disturbed else 0.0,
        )

    def started(self) -> dict[str, object]:
        dice = self._dice("session")
        fields = {
            "max_iterations": dice.randint(1, 3),
            "on_failure": dice.choice(("rollback", "rollback", "keep")),
        }
        limits: tuple[dict[str, object], ...] = ({}, {}, {}, {"cost_usd": 0.6}, {"agent_calls": 3})
        return {**fields, **dice.choice(limits)}

    def told(self) -> list[str]:
        """What is wrong with the disturbed life."""
        text = self.playbook()
        plan = plan_of(text)
        with _scratch() as folder, _scratch() as other:
            quiet = self.machine(folder, disturbed=False)
            expected = begin(quiet, plan, **self.started())
            assert expected is not None
            machine = self.machine(other, disturbed=True)
            try:
                finished = disturbed(machine, plan, **self.started())
            except Refused as refused:
                return [f"the session cannot be resumed: {refused}"]
            broken = broken_promises(machine, plan)
            if {"cost_usd", "agent_calls"} & self.started().keys():
                return broken  # what was lost counts, so that a limit may be reached that would not have been
            return [*differences(ending(quiet, expected), ending(machine, finished)), *broken]


def disturbed(machine: Machine, plan: Plan, **started: object) -> SessionFinished:
    """A whole life: whenever mmm is killed, or ends so that it can go on, it is resumed."""
    while True:
        if machine.journal:
            go_on(machine, plan)
        else:
            begin(machine, plan, **started)
        finished = state_of(machine).finished  # also where mmm was killed just after that
        if machine.deaths >= MOST_DEATHS:
            machine.risk = machine.interruptions = 0.0
        if finished is not None and finished.reason not in ("interrupted", "quota", "auth"):
            return finished


def ending(machine: Machine, finished: SessionFinished) -> Ending:
    def plain(text: object) -> str:
        """Without the names of folders and the numbers of runs: another life has others."""
        return re.sub(r"steps/\d+", "steps/N", str(text).replace(machine.folder, "FOLDER"))

    tree, state = machine.tree, state_of(machine)
    verdict = (finished.status, finished.reason, plain(finished.message), finished.exit_code)
    history = tuple(
        (plain(tree._commits[one].message), tuple(sorted(tree.contents(one).items())))
        for one in reversed(tree.history(tree.head))
    )
    runs = tuple(
        (place, one.number, one.status, one.fault, plain(one.reason), tuple(one.outputs.items()), one.files)
        for place, attempts in sorted(state.attempts.items())
        for one in attempts
    )
    counts = (finished.iterations, finished.commits, finished.files, tree.branch)
    return Ending((*verdict, *counts), history, tuple(sorted(tree.files.items())), runs)


def state_of(machine: Machine) -> State:
    return fold(entry.event for entry in machine.journal)


def differences(expected: Ending, found: Ending) -> list[str]:
    return [
        f"{name}: expected\n  {getattr(expected, name)}\nfound\n  {getattr(found, name)}"
        for name in ("verdict", "history", "files", "runs")
        if getattr(expected, name) != getattr(found, name)
    ]


def broken_promises(machine: Machine, plan: Plan) -> list[str]:
    """What holds for every life, whatever disturbs it."""
    state, wrong = state_of(machine), []
    if machine.tree.unsaved:
        wrong.append(f"thrown away without a rescue: {machine.tree.unsaved}")
    ended = Counter(
        program.spot
        for program in machine.programs.values()
        if program.end is not None and program.end.cause != "stopped" and not program.refuses
        if program.deed.ending not in ("quota", "auth")
    )
    wrong += [
        f"run {times} times although its end was recorded: {spot}"
        for spot, times in ended.items()
        if times > 1
    ]
    assert state.session is not None
    most = worst_case(plan, state.session.max_iterations).total
    lost = [one for one in machine.programs.values() if one.end is None or one.end.cause == "stopped"]
    limited = [one for one in machine.programs.values() if one.deed.ending in ("quota", "auth")]
    if state.calls_begun > most.agent_calls + len(lost) + len(limited):
        wrong.append(
            f"{state.calls_begun} agent calls, where {most.agent_calls} and {len(lost)} lost ones are the most"
        )
    paid = {
        one.session: one.cost_usd or 0.0
        for one in machine.programs.values()
        if one.agent and one.end is not None
    }
    if state.cost_usd > sum(paid.values()) + 1e-9:
        wrong.append(f"{state.cost_usd} US dollars were counted, and {sum(paid.values())} were paid")
    return [*wrong, *_beyond_limits(machine, state)]


def _beyond_limits(machine: Machine, state: State) -> list[str]:
    """Limits hold for all parts of a session together, whatever was lost: a call is over its end by one response at most,
    and all that these agents ever say is one response."""
    session, wrong = state.session, []
    assert session is not None
    made = [one for one in machine.programs.values() if one.agent and not one.refuses]
    calls = {one.session: one.cost_usd or 0.0 for one in made if one.deed.cause != "not-started"}
    if session.agent_calls is not None and len(calls) > session.agent_calls:
        wrong.append(f"{len(calls)} agent calls, where {session.agent_calls} are the limit")
    spent = sum(calls.values())
    if session.cost_usd is not None and spent > session.cost_usd + RESPONSE + 1e-9:
        wrong.append(f"{spent} US dollars were spent, where {session.cost_usd} are the limit")
    return wrong
