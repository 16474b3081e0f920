"""Sessions in memory that are killed and resumed: a machine on which mmm, its keeper and its programs live and die.

    story = Story(seed=7)
    story.disturbed()         # killed again and again, resumed each time
    story.undisturbed()       # the same playbook and the same programs, left alone

A `Machine` is what survives mmm: work tree, journal, programs with their outputs, clock. ``trip`` is called at every
point where mmm can die, and raises `Killed` when the dice say so. What a program does depends on its place in the
playbook only, so that both lives can be compared.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Literal

from attrs import define, evolve, field, frozen

from mmm_lang.agents.model import AgentRequest, AgentResult, Ending, Invocation
from mmm_lang.plan.graph import Plan
from mmm_lang.process.model import Command, Ended
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.events import (
    JOURNAL_VERSION,
    Base,
    Event,
    KeeperStarted,
    Path,
    SessionFinished,
    SessionStarted,
)
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.resume import Changes, hindrance, resumed
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.state import State
from mmm_lang.runtime.world import World
from tests.support.memory import Deed
from tests.support.memory_tree import ROOT, MemoryTree

Step = Callable[[], None]


class Killed(BaseException):
    """mmm was killed with SIGKILL: nothing of it runs any more, no `finally` of its matters."""


class Refused(Exception):
    """`mmm resume` says that it cannot go on."""


@frozen
class Spot:
    """Where a program is run: everything that decides what it does."""

    iteration: int
    step: str
    path: Path
    attempt: int


PlaceFate = Callable[[Spot], Deed]


@define
class Program:
    """A program that was started. ``left`` is what it has still to do, ``end`` what the keeper recorded of it.

    ``counted``: an agent call that really ran (it was not turned away).
    """

    spot: Spot
    deed: Deed
    left: list[Step]
    agent: bool
    end: Ended | None = None
    refuses: bool = False
    session: str = ""
    cost_usd: float | None = 0.0


@define
class CrashingTree(MemoryTree):
    """A work tree on which mmm can die before, in the middle of, and after everything that it does."""

    trip: Callable[[str], None] = lambda point: None

    def commit(self, paths: Sequence[str], message: str) -> str:
        self.trip("before a commit")
        made = super().commit(paths, message)
        self.trip("after a commit")
        return made

    def keep(self, ref: str, work: Base, message: str) -> None:
        self.trip("before a rescue")
        super().keep(ref, work, message)
        self.trip("after a rescue")

    def hold(self, work: Base, what: str) -> None:
        super().hold(work, what)
        self.trip("after a hold")

    def restore(self, to: Base) -> None:
        """As git does it: HEAD first, then file by file."""
        self.trip("before a restore")
        now = self.snapshot()
        known = now in (to, *self.held.values())
        if not known and not any(self._holds(ref, now, to) for ref in self.refs):
            self.unsaved.append(now)
        self.branch = to.branch
        self._point(to.head)
        self.trip("in a restore, after HEAD")
        wanted = self.contents(to.tree)
        for path in self.changed(self.snapshot().tree, to.tree):
            self.change({path: wanted.get(path)})
            self.trip("in a restore, after a file")
        self.trip("after a restore")


@define
class Machine:
    """What survives mmm; it is its processes, its agents, its recorder and its clock, too."""

    tree: CrashingTree
    fate: PlaceFate
    folder: str
    dice: random.Random
    risk: float
    """How likely mmm dies at any one point."""
    interruptions: float = 0.0
    journal: list[Entry] = field(factory=list)
    programs: dict[str, Program] = field(factory=dict)
    sessions: dict[str, Program] = field(factory=dict)
    limited: set[Spot] = field(factory=set)
    keeper: Literal["alive", "gone"] = "gone"
    under: Program | None = None
    mmm: Session | None = None
    now: float = 1_700_000_000.0
    keepers: int = 0
    ids: int = 0
    deaths: int = 0
    points: list[str] = field(factory=list)
    name: str = "scripted"
    doom: str | None = None
    """A point at which mmm dies, the first time that it comes there."""
    answer: bool | None = None
    """A person's, to every question."""

    def trip(self, point: str) -> None:
        """A point where mmm can die."""
        doomed = point == self.doom
        if doomed:
            self.doom = None
        if doomed or self.dice.random() < self.risk:
            self.points.append(point)
            raise Killed

    # --- mmm lives and dies ---

    def dies(self) -> None:
        """mmm is dead: the keeper, if it lives, does what a keeper does then."""
        self.deaths += 1
        self.mmm = None
        program, self.under = self.under, None
        if program is None or program.end is not None:
            self.keeper = "gone"
        elif self.dice.random() < 0.4:
            self.keeper = "gone"  # the machine died
        elif not program.agent:
            self._stopped(program)
            self.keeper = "gone"
        elif self.dice.random() < 0.5:
            self._to_its_end(program)
            self.keeper = "gone"
        else:
            self.under = program  # still at work when mmm is resumed

    def _stopped(self, program: Program) -> None:
        self._some_of(program)
        program.end = Ended("stopped", signal=15)

    def _some_of(self, program: Program) -> None:
        for _ in range(self.dice.randint(0, len(program.left))):
            program.left.pop(0)()

    def _to_its_end(self, program: Program) -> Ended:
        while program.left:
            program.left.pop(0)()
        deed = program.deed
        code = deed.exit_code if deed.cause == "exit" else None
        program.end = Ended(deed.cause, 1 if program.refuses else code, duration=deed.takes)
        return program.end

    # --- processes ---

    def run(self, command: Command, interrupted: Callable[[], int], watch: Callable[[], None]) -> Ended:
        mmm = self.mmm
        assert mmm is not None
        if self.keeper == "gone":
            self.keepers += 1
            self.keeper = "alive"
            mmm.record(KeeperStarted(self.keepers, "start", "boot", f"mark-{self.keepers}"))
        self.trip("before a program is started")
        program = self.under = self.programs[command.folder] = self._program(command, mmm.state)
        watch()
        for name in ("stdout", "stderr", "log"):
            with open(os.path.join(command.folder, name), "x", encoding="utf-8") as file:
                file.write("" if name == "stderr" else program.deed.stdout)
        before = len(program.left)
        while program.left:
            self.trip(f"in a program, {before - len(program.left)} of {before} done")
            program.left.pop(0)()
        self.now += program.deed.takes
        self.trip("at the end of a program")
        if self.dice.random() < self.interruptions:
            mmm.heed(signal.SIGINT)
            program.end = Ended("stopped", signal=15)
            self.under = None
            return program.end
        end = self._to_its_end(program)
        self.trip("after the end of a program")
        self.under = None
        return end

    def _program(self, command: Command, state: State) -> Program:
        step = command.env["MMM_STEP"]
        attempt = state.latest[step]
        spot = Spot(state.iteration, step, attempt.path, attempt.number)
        deed = self.fate(spot)
        if spot in self.limited and deed.ending in ("quota", "auth"):
            deed = evolve(deed, ending="succeeded")
        if not command.outlives:
            return Program(spot, deed, self._effects(spot, deed), agent=False)
        how, session = command.argv[1:3]
        if how == "resume":
            known = self.sessions.get(session)
            if known is None:  # mmm died before it was started
                return Program(spot, deed, [], True, refuses=True, session=session)
            refuses = self.dice.random() < 0.3
            left = [] if refuses else known.left
            ending: Ending = "succeeded" if known.deed.ending in ("quota", "auth") else known.deed.ending
            again = Program(
                spot, evolve(known.deed, ending=ending), left, True, refuses=refuses, session=session
            )
            again.cost_usd = known.cost_usd
            return again
        program = Program(
            spot, deed, self._effects(spot, deed), True, session=session, cost_usd=deed.cost_usd
        )
        self.sessions[session] = program
        return program

    def _effects(self, spot: Spot, deed: Deed) -> list[Step]:
        """All that a program does, one by one."""
        if deed.cause == "not-started":
            return []
        tree = self.tree
        steps: list[Step] = []
        for number, changes in enumerate(deed.commits, start=1):
            message = f"own {number} of {spot}"
            steps.append(lambda one=changes, text=message: tree.commit_own(one, text))  # type: ignore[misc]
        for path, text in deed.writes.items():
            steps.append(lambda one={path: text}: tree.change(one))  # type: ignore[misc]
        if deed.moves is not None:
            steps.append(lambda: tree.move(deed.moves))  # type: ignore[arg-type]
        return steps

    def recorded(self, folder: str) -> Ended | None:
        program = self.programs.get(folder)
        return None if program is None else program.end

    def began(self, keeper: KeeperStarted | None, folder: str) -> bool:
        return folder in self.programs

    def lives(self, keeper: KeeperStarted) -> bool:
        return self.keeper == "alive" and keeper.pid == self.keepers

    def attend(
        self, keeper: KeeperStarted, folder: str, interrupted: Callable[[], int], watch: Callable[[], None]
    ) -> Ended | None:
        program = self.programs.get(folder)
        if not self.lives(keeper) or program is None:
            return self.recorded(folder)
        watch()
        self.trip("waiting for a program")
        if self.under is not program:
            return program.end
        end = self._to_its_end(program)
        self.keeper, self.under = "gone", None
        return end

    def dismiss(self, keeper: KeeperStarted) -> None:
        if self.lives(keeper):
            if self.under is not None and self.under.end is None:
                self._stopped(self.under)
            self.keeper, self.under = "gone", None

    # --- agents ---

    def missing(self) -> None:
        return None

    def invocation(self, request: AgentRequest) -> Invocation:
        return Invocation(("agent", "resume" if request.continues else "new", request.session))

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        program = self.programs[os.path.dirname(stdout)]
        if program.refuses:
            return AgentResult("failed", "", "no conversation found")
        deed = program.deed
        ending: Ending = "failed" if deed.ending == "succeeded" and exit_code != 0 else deed.ending
        if ending in ("quota", "auth"):
            self.limited.add(program.spot)
        reason = None if ending == "succeeded" else f"its ending was {ending}"
        return AgentResult(
            ending, deed.stdout, reason, program.cost_usd, 1, deed.denied, session=program.session
        )

    def activity(self, line: bytes) -> None:
        return None

    # --- journal and clock ---

    def append(self, event: Event) -> Entry:
        self.trip("before an event")
        entry = Entry(len(self.journal) + 1, self.now, event)
        self.journal.append(entry)
        self.trip("after an event")
        return entry

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def new_id(self) -> str:
        self.ids += 1
        return f"agent-session-{self.ids}"


def _session(machine: Machine, plan: Plan) -> Session:
    began = machine.now
    world = World(
        tree=machine.tree,
        processes=machine,
        clock=lambda: machine.now,
        elapsed=lambda: machine.now - began,
        pause=machine.pause,
        new_id=machine.new_id,
        environ={"HOME": "/home/ada", "PWD": ROOT},
        agent=lambda name: machine,  # type: ignore[arg-type, return-value]
        ask=lambda step, question: machine.answer,
    )
    session = Session(plan, world, machine.folder, machine)
    machine.mmm = session
    machine.tree.trip = lambda point: machine.trip(point)
    return session


def begin(machine: Machine, plan: Plan, **started: object) -> SessionFinished | None:
    """The first part of a session; ``None``: mmm was killed in it."""
    session = _session(machine, plan)
    fields = {
        "session": "s1",
        "playbook": "p.yml",
        "name": plan.header.name,
        "base": machine.tree.snapshot(),
        "version": JOURNAL_VERSION,
        **started,
    }
    try:
        finished = Driver(session).run(SessionStarted(**fields))  # type: ignore[arg-type]
    except Killed:
        machine.dies()
        return None
    machine.keeper = "gone"
    return finished


def go_on(machine: Machine, plan: Plan, changes: Changes | None = None) -> SessionFinished | None:
    """`mmm resume`; ``None``: mmm was killed in it. Raises `Refused`."""
    state = fold(entry.event for entry in machine.journal)
    session = _session(machine, plan)
    session.state = state
    event = resumed(plan, state, 0.0, machine.tree.snapshot(), changes or Changes())
    if (problem := hindrance(plan, state, event, machine.tree)) is not None:
        raise Refused(f"{problem.message}; {problem.help}")
    try:
        finished = Driver(session).resume(event)
    except Killed:
        machine.dies()
        return None
    machine.keeper = "gone"
    return finished


def drawn(seed: object) -> random.Random:
    """Dice that always fall the same way for the same seed."""
    return random.Random(int.from_bytes(sha256(repr(seed).encode()).digest()[:8], "big"))
