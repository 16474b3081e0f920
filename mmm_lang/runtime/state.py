"""The state of a session: a fold over its events, pure and total.

``state = fold(events)``. No clock, no file, no process: the same events give the same state, whoever asks.
Outputs live for one iteration, so the records of runs are dropped when the next iteration starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

from attrs import evolve, field, frozen

from mmm_lang.runtime.events import (
    AgentCalled,
    Base,
    BudgetReached,
    Event,
    Fault,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    Path,
    Paused,
    RolledBack,
    SessionFinished,
    SessionStarted,
    Status,
    StepCommitted,
    StepFinished,
    StepRan,
    StepStarted,
)

Place = tuple[str, Path]
"""A step of one place of the iteration: node key and path."""


@frozen
class Attempt:
    """What is known of one run of a step. ``status`` is ``None`` until the verdict, ``ran`` until the process ended.

    ``order`` counts the starts of an iteration, so that of two runs of one step the later is known.
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


@frozen
class State:
    """Everything that decides what comes next. ``commits`` are those of the iteration, oldest first."""

    session: SessionStarted | None = None
    iteration: int = 0
    base: Base | None = None
    attempts: Mapping[Place, tuple[Attempt, ...]] = field(factory=dict)
    latest: Mapping[str, Attempt] = field(factory=dict)
    rounds: Mapping[Place, int] = field(factory=dict)
    commits: tuple[str, ...] = ()
    finished_iterations: tuple[IterationFinished, ...] = ()
    total_commits: int = 0
    calls: int = 0
    cost_usd: float = 0.0
    cost_unknown: bool = False
    shell_runs: int = 0
    runs: int = 0
    rescues: tuple[str, ...] = ()
    head: str | None = None
    stop: BudgetReached | Paused | None = None
    rolled_back: RolledBack | None = None
    finished: SessionFinished | None = None

    def attempts_at(self, step: str, path: Path) -> tuple[Attempt, ...]:
        """The runs of a step at one place of this iteration, oldest first."""
        return self.attempts.get((step, path), ())

    @property
    def iteration_finished(self) -> bool:
        return bool(self.finished_iterations) and self.finished_iterations[-1].iteration == self.iteration


def fold(events: Iterable[Event]) -> State:
    """The state after these events."""
    return reduce(advance, events, State())


def advance(state: State, event: Event) -> State:
    """The state after one more event."""
    match event:
        case SessionStarted():
            return evolve(state, session=event, head=event.base.head)
        case IterationStarted():
            return evolve(
                state,
                iteration=event.iteration,
                base=event.base,
                attempts={},
                latest={},
                rounds={},
                commits=(),
                head=event.base.head,
            )
        case HandlerStarted(handler=handler, path=path, round=number):
            return evolve(state, rounds={**state.rounds, (handler, path): number})
        case IterationFinished():
            return evolve(state, finished_iterations=(*state.finished_iterations, event))
        case BudgetReached() | Paused():
            return evolve(state, stop=event)
        case SessionFinished():
            return evolve(state, finished=event)
        case RolledBack():
            return _rolled_back(state, event)
        case StepStarted() | AgentCalled() | StepRan() | StepCommitted() | StepFinished():
            return _step_event(state, event)


StepEvent = StepStarted | AgentCalled | StepRan | StepCommitted | StepFinished


def _step_event(state: State, event: StepEvent) -> State:
    match event:
        case StepStarted(run=run):
            order = _starts(state)
            started = Attempt(event.step, event.path, event.attempt, order, event.base, run, event.title)
            return _with(evolve(state, runs=max(state.runs, run), head=event.base.head), started)
        case AgentCalled():
            return _with(state, evolve(_at(state, event), agent_session=event.agent_session))
        case StepRan():
            shell = event.calls == 0
            state = evolve(
                state,
                calls=state.calls + event.calls,
                cost_usd=state.cost_usd + (event.cost_usd or 0.0),
                cost_unknown=state.cost_unknown or event.cost_usd is None,
                shell_runs=state.shell_runs + shell,
            )
            return _with(state, evolve(_at(state, event), ran=event))
        case StepCommitted(commits=commits):
            state = evolve(
                state,
                commits=(*state.commits, *commits),
                total_commits=state.total_commits + len(commits),
                head=commits[-1] if commits else state.head,
            )
            return _with(state, evolve(_at(state, event), commits=commits))
        case StepFinished():
            attempt = evolve(
                _at(state, event),
                status=event.status,
                fault=event.fault,
                reason=event.reason,
                converged=event.converged,
                outputs=event.outputs,
                files=event.files,
            )
            return _with(state, attempt)


def _starts(state: State) -> int:
    return sum(len(attempts) for attempts in state.attempts.values())


def _at(state: State, event: StepEvent) -> Attempt:
    """The record that an event speaks of; a skipped step has none yet."""
    for attempt in reversed(state.attempts_at(event.step, event.path)):
        if attempt.number == event.attempt:
            return attempt
    return Attempt(event.step, event.path, event.attempt, _starts(state))


def _with(state: State, attempt: Attempt) -> State:
    """The state with this record in its place, new or in stead of the one of that number."""
    place = (attempt.step, attempt.path)
    others = tuple(one for one in state.attempts_at(*place) if one.number != attempt.number)
    return evolve(
        state,
        attempts={**state.attempts, place: (*others, attempt)},
        latest={**state.latest, attempt.step: attempt},
    )


def _rolled_back(state: State, event: RolledBack) -> State:
    rescues = (*state.rescues, event.rescue) if event.rescue else state.rescues
    state = evolve(state, rescues=rescues, head=event.to)
    if event.step is None:
        return evolve(_without(state, state.commits if event.refused is None else ()), rolled_back=event)
    attempts = state.attempts_at(event.step, event.path)
    if not attempts:
        return state
    last = evolve(attempts[-1], restored=event.why == "retry", given_up=event.why == "given-up")
    if event.why != "given-up":
        state = _without(state, _commits_since(state, last))
    return _with(state, last)


def _commits_since(state: State, attempt: Attempt) -> tuple[str, ...]:
    """The commits of a run and of all that began after it: those of a group are made by the steps inside."""
    begun = (one for attempts in state.attempts.values() for one in attempts if one.order >= attempt.order)
    return tuple(commit for one in begun for commit in one.commits)


def _without(state: State, lost: tuple[str, ...]) -> State:
    """The state without commits of this iteration that a rollback took back."""
    left = tuple(one for one in state.commits if one not in lost)
    gone = len(state.commits) - len(left)
    return evolve(state, commits=left, total_commits=state.total_commits - gone)
