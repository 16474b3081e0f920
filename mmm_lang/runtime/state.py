"""The state of a session: everything that decides what comes next. ``fold`` makes it of the events.

Outputs live for one iteration, so the records of runs are dropped when the next iteration starts.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from mmm_lang.runtime.events import (
    BackedOff,
    Base,
    BudgetReached,
    Fault,
    How,
    IterationFinished,
    KeeperStarted,
    Path,
    Paused,
    RolledBack,
    SessionFinished,
    SessionStarted,
    Status,
    StepRan,
)

Place = tuple[str, Path]
"""A step of one place of the iteration: node key and path."""


@frozen
class Attempt:
    """What is known of one run of a step. ``status`` is ``None`` until the verdict, ``ran`` until the process ended.

    ``order`` counts the starts of an iteration, so that of two runs of one step the later is known. ``waiting`` is set
    while the run waits to call again after a transient error; ``repeats``, ``seconds`` and ``paid_usd`` are the calls
    that such errors ended, the time that they and the waits took, and what they cost.

    ``moved``: it moved HEAD elsewhere, and that was undone. ``leaked``: its commits held a secret, and were taken back.
    ``session_calls`` and ``session_usd`` are the calls of the agent's own session that have ended, and what they cost.
    ``unheard``: the
    process has ended, and so that the session had to stop (a quota, a login): there is no verdict, and the run goes on as
    one that was cut off. ``resumed`` is how it was decided to go on, while that is under way.
    """

    step: str
    path: Path
    number: int
    order: int
    base: Base | None = None
    run: int = 0
    title: str = ""
    agent_session: str | None = None
    ran: StepRan | None = None
    commits: tuple[str, ...] = ()
    status: Status | None = None
    fault: Fault | None = None
    reason: str | None = None
    converged: bool = False
    outputs: Mapping[str, str] = field(factory=dict)
    files: tuple[str, ...] = ()
    restored: bool = False
    given_up: bool = False
    moved: bool = False
    leaked: bool = False
    """It made commits with a secret in them, and they were taken back."""
    waiting: BackedOff | None = None
    repeats: int = 0
    seconds: float = 0.0
    paid_usd: float = 0.0
    session_usd: float = 0.0
    session_calls: int = 0
    unheard: bool = False
    resumed: How | None = None
    items: tuple[str, ...] | None = None
    """Of a loop: what it goes through, each item as JSON text."""
    inputs: Mapping[str, str] | None = None
    """Of a playbook that is called: the values of its inputs."""


@frozen
class Past:
    """What a step had behind it when it was tried again after the session had failed: runs, and rounds by handler."""

    attempts: int
    rounds: Mapping[Place, int]


@frozen
class Before:
    """A step is about to begin for the first time in an iteration: what it starts from, and the state then."""

    base: Base
    state: State


@frozen
class State:
    """Everything that decides what comes next. ``commits`` are those of the iteration, oldest first.

    ``cost_usd`` is what is known to be spent, ``charged_usd`` what was counted for calls whose cost nobody knows.
    ``open_calls`` are the caps, by the agents' sessions, of calls that run, or were cut off and have no end on record.

    Of a session that was resumed: ``elapsed`` is what its earlier parts took, in seconds, ``keeper`` the last one that
    was started. ``going_back`` is the step to go back to, ``putting_back`` the rollback to be undone, as long as that is
    not done. ``left`` is what lay in the work tree when it stopped, if that is known. ``before`` has the state before
    each step first began in this iteration. ``lost`` are the commits that a rollback of the session took away.
    ``approved``: where a person said yes in this iteration.
    """

    session: SessionStarted | None = None
    iteration: int = 0
    base: Base | None = None
    attempts: Mapping[Place, tuple[Attempt, ...]] = field(factory=dict)
    latest: Mapping[str, Attempt] = field(factory=dict)
    rounds: Mapping[Place, int] = field(factory=dict)
    turns: Mapping[Place, int] = field(factory=dict)
    """The last turn that began of each run of a loop: by its key, and its path with the number of the run."""
    turn_commits: Mapping[Place, int] = field(factory=dict)
    """How many commits there were in this iteration when that turn began."""
    commits: tuple[str, ...] = ()
    finished_iterations: tuple[IterationFinished, ...] = ()
    total_commits: int = 0
    calls: int = 0
    cost_usd: float = 0.0
    charged_usd: float = 0.0
    cost_unknown: bool = False
    open_calls: Mapping[str, float | None] = field(factory=dict)
    shell_runs: int = 0
    runs: int = 0
    rescues: tuple[str, ...] = ()
    head: str | None = None
    stop: BudgetReached | Paused | None = None
    rolled_back: RolledBack | None = None
    finished: SessionFinished | None = None
    elapsed: float = 0.0
    keeper: KeeperStarted | None = None
    going_back: str | None = None
    putting_back: RolledBack | None = None
    lost: tuple[str, ...] = ()
    left: Base | None = None
    past: Mapping[Place, Past] = field(factory=dict)
    approved: frozenset[tuple[str, Path, int]] = frozenset()
    before: Mapping[str, Before] = field(factory=dict, eq=False, repr=False)

    def attempts_at(self, step: str, path: Path) -> tuple[Attempt, ...]:
        """The runs of a step at one place of this iteration, oldest first."""
        return self.attempts.get((step, path), ())

    @property
    def reckoned_usd(self) -> float:
        """What counts against a limit of money: what is known, and every other call at its cap."""
        return self.cost_usd + self.charged_usd + sum(cap or 0.0 for cap in self.open_calls.values())

    @property
    def calls_begun(self) -> int:
        """What counts against a limit of agent calls: those that ended, and those that have no end on record."""
        return self.calls + len(self.open_calls)

    @property
    def iteration_finished(self) -> bool:
        return bool(self.finished_iterations) and self.finished_iterations[-1].iteration == self.iteration
