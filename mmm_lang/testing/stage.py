"""A whole session in memory, with the real driver and the scripted outcomes of a test in place of every program.

No git, no process, no clock, no agent. The outputs of runs alone are files, in a folder that is thrown away, since that
is where the runtime reads them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping

from attrs import define, field

from mmm_lang.agents.model import AgentRequest, AgentResult, DeniedTool, Invocation
from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Limits
from mmm_lang.process.model import Command, Ended
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.events import JOURNAL_VERSION, Event, KeeperStarted, SessionStarted, StepStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.world import World
from mmm_lang.testing.memory_tree import MemoryTree
from mmm_lang.testing.model import Case, Outcome
from mmm_lang.testing.observed import Observed

_BEGAN = 1_700_000_000.0
_NOTHING = Outcome()


class OutOfPlace(Exception):
    """A scripted outcome that cannot happen; the message says which and why."""


def play(plan: Plan, case: Case, variables: Mapping[str, str], judge: Callable[[Observed], None]) -> None:
    """Run a case's session and hand what became of it to ``judge``, as long as its files are there.

    ``variables`` are those of the session: inputs as ``inputs.NAME``, ``ARG`` and its like. Raises `OutOfPlace`.
    """
    with tempfile.TemporaryDirectory(prefix="mmm-test-") as folder:
        root = os.path.join(os.path.realpath(folder), "project")
        session = os.path.join(os.path.realpath(folder), "session")
        os.makedirs(root)
        os.makedirs(session)
        tree = MemoryTree.with_files(root, {"README.md": "A project.\n", **case.files})
        judge(_played(plan, case, variables, tree, session))


def limits_of(plan: Plan, case: Case) -> Limits:
    """The limits of the playbook, or those of the case where they are lower."""
    return plan.header.limits.within(Limits(case.max_calls, case.max_cost_usd, case.max_duration))


def _played(plan: Plan, case: Case, variables: Mapping[str, str], tree: MemoryTree, folder: str) -> Observed:
    stage = _Stage(tree, case.steps)
    numbers = iter(range(1, 1_000_000_000))
    world = World(
        tree=tree,
        processes=stage,
        clock=lambda: stage.now,
        elapsed=lambda: stage.now - _BEGAN,
        pause=stage.pause,
        new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
        environ={"HOME": "/home/test", "PATH": os.defpath, **case.environ},
        agent=lambda name: stage,
        ask=stage.ask,
    )
    session = Session(plan, world, folder, stage)
    limits = limits_of(plan, case)
    start = tree.snapshot()
    started = SessionStarted(
        session="test",
        playbook="playbook.yml",
        name=plan.header.name,
        base=start,
        max_iterations=iterations_of(plan, case.max_iterations, bool(case.variables)),
        variables=dict(variables),
        on_failure=case.on_failure,
        agent_calls=limits.agent_calls,
        cost_usd=limits.cost_usd,
        duration=limits.duration,
        version=JOURNAL_VERSION,
    )
    Driver(session).run(started)
    return Observed(
        tuple(stage.events), session.state, tree.subjects(start.head), tree.files.get, session.scope()
    )


@define
class _Stage:
    """Everything that a session in memory acts on: its processes, its agents, its journal and its clock."""

    tree: MemoryTree
    steps: Mapping[str, tuple[Outcome, ...]]
    events: list[Event] = field(factory=list)
    now: float = _BEGAN
    name: str = "scripted"
    _turns: dict[str, int] = field(factory=dict)
    _outcome: Outcome = _NOTHING
    _spent: dict[str, float] = field(factory=dict)

    def next_outcome(self, step: str) -> Outcome:
        """The outcome of the next run of a step; the last one written holds for all that follow."""
        outcomes = self.steps.get(step, (_NOTHING,))
        turn = self._turns.get(step, 0)
        self._turns[step] = turn + 1
        return outcomes[min(turn, len(outcomes) - 1)]

    # --- processes ---

    def run(self, command: Command, interrupted: Callable[[], int], watch: Callable[[], None]) -> Ended:
        step = next(one.step for one in reversed(self.events) if isinstance(one, StepStarted))
        before_a_call = os.path.basename(command.folder) == "analysis"
        outcome = _NOTHING if before_a_call else self.next_outcome(step)
        self._outcome = outcome
        if outcome.timeout and command.timeout is None:
            raise OutOfPlace(f"`{step}` cannot time out: neither it nor the session has a time limit")
        for commit in outcome.commits:
            self.tree.commit_own(commit.files, commit.message)
        self.tree.change(outcome.files)
        if outcome.moves_head:
            self.tree.leave_branch()
        for name, text in (
            ("stdout", outcome.output),
            ("stderr", outcome.stderr),
            ("log", outcome.output + outcome.stderr),
        ):
            with open(os.path.join(command.folder, name), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        takes = command.timeout if outcome.timeout and command.timeout is not None else outcome.takes
        if command.timeout is not None and takes >= command.timeout:
            self.now += command.timeout
            return Ended("timeout", duration=command.timeout)
        self.now += takes
        if outcome.signal is not None:
            return Ended("exit", None, outcome.signal, duration=takes)
        return Ended("exit", _exit_code(outcome), duration=takes)

    def recorded(self, folder: str) -> Ended | None:
        return None

    def began(self, keeper: KeeperStarted | None, folder: str) -> bool:
        return True

    def lives(self, keeper: KeeperStarted) -> bool:
        return False

    def attend(
        self, keeper: KeeperStarted, folder: str, interrupted: Callable[[], int], watch: Callable[[], None]
    ) -> Ended | None:
        return None

    def dismiss(self, keeper: KeeperStarted) -> None:
        """No keeper is ever started."""

    # --- agents ---

    def missing(self) -> str | None:
        return None

    def invocation(self, request: AgentRequest) -> Invocation:
        return Invocation(("agent", request.prompt))

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        outcome = self._outcome
        ending = outcome.ending or ("succeeded" if exit_code == 0 else "failed")
        reason = None if ending == "succeeded" else outcome.reason or f"the agent's call ended: {ending}"
        cost, cap = outcome.cost_usd, request.max_cost_usd
        if cost is not None and cap is not None and cost > cap:
            ending, reason, cost = "budget", "the call was stopped by its cap", cap
        denied = tuple(DeniedTool(rule.partition("(")[0], rule) for rule in outcome.denied)
        if cost is not None:  # a program counts its own session from the start
            cost = self._spent[request.session] = self._spent.get(request.session, 0.0) + cost
        text = outcome.output if ending == "succeeded" else ""
        return AgentResult(ending, text, reason, cost, 1, denied, json=outcome.json)

    def activity(self, line: bytes) -> str | None:
        return None

    # --- people, journal and clock ---

    def ask(self, step: str, question: str) -> bool | None:
        return self.next_outcome(step).answer

    def append(self, event: Event) -> Entry:
        self.events.append(event)
        return Entry(len(self.events), self.now, event)

    def pause(self, seconds: float) -> None:
        self.now += seconds


def _exit_code(outcome: Outcome) -> int:
    return 1 if outcome.ending is not None and outcome.exit_code == 0 else outcome.exit_code
