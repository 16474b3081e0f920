"""A world in memory: a whole session runs in it, with the real driver and without git, keeper or clock.

    life = live(plan_of(text), fate=lambda step, run: Deed(writes={"a": "b"}))
    assert life.end.status == "succeeded"
    assert life.tree.files["a"] == "b"

`Deed` is what one run does to the tree (`memory_tree`) and how it ends. Only the outputs of runs are real files, since
that is where the runtime reads them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from typing import Literal

from attrs import define, field, frozen

from mmm_lang.agents.model import AgentRequest, AgentResult, DeniedTool, Ending, Invocation
from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.graph import Plan
from mmm_lang.process.model import Cause, Command, Ended
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.events import JOURNAL_VERSION, Event, SessionFinished, SessionStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.life import nobody
from mmm_lang.runtime.purse import Account
from mmm_lang.runtime.session import Session, Watcher
from mmm_lang.runtime.state import State
from mmm_lang.runtime.world import World
from mmm_lang.testing.memory_tree import Changes
from tests.support.memory_tree import ROOT, MemoryTree, repository


@frozen
class Deed:
    """What one run does to the work tree, and how it ends. ``ending`` and ``denied`` are for agent calls.

    ``commits`` are made by the program itself, ``writes`` left uncommitted. ``signals`` come to mmm while it runs.
    It is ended at the timeout of its command, where it ``takes`` longer. An agent that would cost more than its cap is
    stopped by it, after one response of ``overshoot`` too many; ``None``: it does not look at its cap.
    """

    exit_code: int | None = 0
    cause: Cause = "exit"
    ending: Ending = "succeeded"
    commits: tuple[Changes, ...] = ()
    writes: Changes = field(factory=dict)
    moves: Literal["branch", "detach", "rewrite"] | None = None
    pushes: bool = False
    stdout: str = ""
    signals: int = 0
    denied: tuple[DeniedTool, ...] = ()
    cost_usd: float | None = 0.25
    takes: float = 1.0
    overshoot: float | None = None


Fate = Callable[[str, int], Deed]
"""What a run does, by the key of its step and its number in the session (from 1)."""

NOTHING = Deed()
FAILS = Deed(exit_code=1)
CUT_OFF = Deed(cause="stopped", exit_code=None, signals=1)


def fate_of(**deeds: Deed | Sequence[Deed]) -> Fate:
    """Deeds by step key (`step_1` for `step-1`), one after another; the last stays. Other steps do nothing."""
    turns: dict[str, int] = {}

    def fate(step: str, run: int) -> Deed:
        key = step.replace("-", "_").replace(".", "__")
        found = deeds.get(key, NOTHING)
        if isinstance(found, Deed):
            return found
        turns[key] = turns.get(key, -1) + 1
        return found[min(turns[key], len(found) - 1)]

    return fate


@define(repr=False)
class Life:
    """What became of a session; ``repr`` tells its story."""

    tree: MemoryTree
    session: Session
    events: list[Event] = field(factory=list)
    commands: list[Command] = field(factory=list)
    touched: set[str] = field(factory=set)

    def __repr__(self) -> str:
        return "\n".join(("a session:", *map(str, self.events), *(map(str, self.tree.unsaved))))

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        """Hypothesis would print every field of everything."""
        printer.text(repr(self))  # type: ignore[attr-defined]

    @property
    def state(self) -> State:
        return self.session.state

    @property
    def end(self) -> SessionFinished:
        assert self.state.finished is not None
        return self.state.finished

    @property
    def ran(self) -> list[str]:
        """The keys of the steps whose programs were run, in order."""
        return [one.env["MMM_STEP"] for one in self.commands]

    def calls(self) -> int:
        return sum(one.outlives for one in self.commands)

    def of(self, kind: type[Event]) -> list[Event]:
        return [one for one in self.events if isinstance(one, kind)]


class Onlooker:
    """A watcher that looks at nothing; tests say what they look at."""

    def happened(self, entry: Entry, state: State) -> None:
        """After an event."""

    def working(self, *_: object) -> None:
        """While a program runs."""

    def silent(self, *_: object) -> None:
        """While an agent says nothing."""

    def stopping(self) -> None:
        """While one is told to end."""

    def awaiting(self, step: object) -> None:
        """While a step waits for other sessions."""


@define
class _Stage:
    """Everything that a session in memory acts on: it is its processes, its agents, its recorder and its clock."""

    tree: MemoryTree
    fate: Fate
    life: Life | None = None
    deed: Deed = NOTHING
    now: float = 1_700_000_000.0
    name: str = "scripted"
    between: Callable[[], None] = lambda: None
    spent: dict[str, float] = field(factory=dict)
    """By the agent's session: a program counts each from its start."""

    # --- processes ---

    def run(self, command: Command, interrupted: Callable[[], int], watch: Callable[[], None]) -> Ended:
        life = self.life
        assert life is not None
        life.commands.append(command)
        watch()
        self.between()
        self.deed = deed = self.fate(command.env["MMM_STEP"], len(life.commands))
        before = self.tree.snapshot()
        for number, changes in enumerate(deed.commits, start=1):
            self.tree.commit_own(changes, f"the agent's own {len(life.commands)}.{number}")
            life.touched |= set(changes)
        self.tree.change(deed.writes)
        if deed.moves is not None:
            self.tree.move(deed.moves)
        if deed.pushes:
            self.tree.push()
        life.touched |= set(self.tree.changed(before.tree, self.tree.snapshot().tree))
        for name in ("stdout", "stderr", "log"):
            with open(os.path.join(command.folder, name), "x", encoding="utf-8") as file:
                file.write("" if name == "stderr" else deed.stdout)
        late = command.timeout is not None and deed.takes >= command.timeout
        takes = min(deed.takes, command.timeout or deed.takes)
        self.now += takes
        if late:
            return Ended("timeout", duration=takes)
        for _ in range(deed.signals):
            life.session.heed(signal.SIGINT)
        code = deed.exit_code if deed.cause == "exit" else None
        return Ended(deed.cause, code, duration=deed.takes)

    # --- agents ---

    def agent(self, name: str) -> _Stage:
        self.between()
        return self

    def missing(self) -> None:
        return None

    def invocation(self, request: AgentRequest) -> Invocation:
        self.between()
        return Invocation(("agent", request.prompt))

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        deed = self.deed
        failed = deed.ending == "succeeded" and deed.exit_code != 0
        ending: Ending = "failed" if failed else deed.ending
        reason = None if ending == "succeeded" else f"its ending was {ending}"
        cost, cap = deed.cost_usd, request.max_cost_usd
        if None not in (cost, cap, deed.overshoot) and cost > cap + deed.overshoot:
            ending, reason, cost = "budget", "its cap", cap + deed.overshoot
        if cost is not None:
            before = self.spent.get(request.session, 0.0)
            cost = self.spent[request.session] = before + cost
        return AgentResult(ending, deed.stdout, reason, cost, 1, deed.denied)

    def activity(self, line: bytes) -> None:
        return None

    # --- journal and clock ---

    def append(self, event: Event) -> Entry:
        assert self.life is not None
        self.life.events.append(event)
        return Entry(len(self.life.events), self.now, event)

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.between()


def live(
    plan: Plan,
    fate: Fate,
    folder: str,
    tree: MemoryTree | None = None,
    watchers: Sequence[Watcher] = (),
    ask: Callable[[str, str], bool | None] = nobody,
    account: Account | None = None,
    between: Callable[[], None] = lambda: None,
    **started: object,
) -> Life:
    """A whole session. ``folder`` takes the outputs of its runs; ``started`` are fields of ``SessionStarted``.

    ``between`` is called while a program runs, and while the session waits: other sessions may go on then.
    """
    tree = tree if tree is not None else repository({"README": "start\n"})
    stage = _Stage(tree, fate, between=between)
    began = stage.now
    numbers = iter(range(1_000_000))
    world = World(
        tree=tree,
        processes=stage,
        clock=lambda: stage.now,
        elapsed=lambda: stage.now - began,
        pause=stage.pause,
        new_id=lambda: f"agent-session-{next(numbers)}",
        environ={"HOME": "/home/ada", "PWD": ROOT},
        agent=stage.agent,
        ask=ask,
    )
    stage.life = life = Life(tree, Session(plan, world, folder, stage, watchers, account))
    fields: dict[str, object] = {
        "session": "s1",
        "playbook": "p.yml",
        "name": plan.header.name,
        "base": tree.snapshot(),
        "max_iterations": iterations_of(plan, None, False),
        "agent_calls": plan.header.limits.agent_calls,
        "cost_usd": plan.header.limits.cost_usd,
        "duration": plan.header.limits.duration,
        "version": JOURNAL_VERSION,
        **started,
    }
    Driver(life.session).run(SessionStarted(**fields))  # type: ignore[arg-type]
    return life
