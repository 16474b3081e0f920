"""The story of a session: a fold over its journal, pure and total, as a person would tell it.

`runtime.fold` forgets the runs of an iteration when the next begins, since nothing is decided by them any more; a story
keeps them all, in the order in which they began. Whatever is counted comes from that state, so that the figures are the
runner's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import define, evolve, field, frozen

from mmm_lang.figures import duration
from mmm_lang.report.wording import limits
from mmm_lang.runtime.events import (
    EVENT_NAMES,
    AgentCalled,
    Approved,
    BackedOff,
    BudgetReached,
    Fault,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    KeeperStarted,
    Path,
    Paused,
    PutBack,
    RolledBack,
    SessionFinished,
    SessionResumed,
    SessionStarted,
    Status,
    StepCommitted,
    StepFinished,
    StepRan,
    StepResumed,
    StepStarted,
    TurnStarted,
)
from mmm_lang.runtime.fold import advance
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.state import State
from mmm_lang.runtime.values import item_label


@frozen
class Run:
    """One run of a step or group, or a step that was skipped (``attempt`` 0).

    ``at`` is when it began (UNIX seconds), ``duration`` in seconds. ``status`` is ``None`` where there is no verdict,
    ``ran`` tells whether its program has ended. ``cost_usd`` is ``None`` where it is unknown: nobody said, or no end
    of the call was recorded. ``superseded`` says why the same attempt went on as another run.
    """

    step: str
    path: Path
    attempt: int
    at: float
    run: int = 0
    title: str = ""
    agent: str | None = None
    agent_session: str | None = None
    ran: bool = False
    exit_code: int | None = None
    duration: float = 0.0
    calls: int = 0
    cost_usd: float | None = 0.0
    status: Status | None = None
    fault: Fault | None = None
    reason: str | None = None
    converged: bool = False
    commits: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    outputs: dict[str, str] = field(factory=dict)
    notes: tuple[str, ...] = ()
    superseded: str | None = None


@frozen
class Round:
    """A repair round: ``step`` is the key of the handler, ``path`` that of the step that it repairs."""

    step: str
    path: Path
    round: int
    at: float


@frozen
class WayBack:
    """Work that was put back or set aside."""

    event: RolledBack
    at: float

    @property
    def path(self) -> Path:
        return self.event.path


@frozen
class Note:
    """Anything else that happened: which event, and what it says."""

    event: str
    text: str
    at: float
    path: Path = ()


@frozen
class Turn:
    """A turn of a loop: ``step`` is the loop's key, ``path`` its path with the number of its run; ``turn`` counts from 1
    up to ``of``, and ``item`` is a label of the item."""

    step: str
    path: Path
    turn: int
    of: int
    item: str
    at: float


Part = Run | Round | Turn | WayBack | Note

_FRAME: tuple[type, ...] = (
    SessionStarted,
    KeeperStarted,
    IterationStarted,
    IterationFinished,
    SessionFinished,
)
"""Events that no part of an iteration stands for."""

_StepEvent = StepStarted | AgentCalled | StepRan | StepCommitted | StepFinished


@frozen
class Iteration:
    """One iteration. ``number`` is 0 for what lies before the first."""

    number: int
    at: float
    parts: tuple[Part, ...] = ()
    finished: IterationFinished | None = None


@frozen
class Story:
    """A whole session, or the part of it that there is. ``last`` is the time of the last event (UNIX seconds).

    ``commits`` are those that were made and not rolled back, oldest first.
    """

    state: State
    iterations: tuple[Iteration, ...] = ()
    commits: tuple[str, ...] = ()
    began: float | None = None
    last: float | None = None

    @property
    def started(self) -> SessionStarted | None:
        return self.state.session

    @property
    def finished(self) -> SessionFinished | None:
        return self.state.finished

    def runs(self) -> tuple[Run, ...]:
        """All runs, in the order in which they began."""
        return tuple(part for one in self.iterations for part in one.parts if isinstance(part, Run))

    def ways_back(self) -> tuple[WayBack, ...]:
        return tuple(part for one in self.iterations for part in one.parts if isinstance(part, WayBack))

    @property
    def calls(self) -> int:
        """Agent calls, one whose end is not recorded included."""
        return self.state.calls_begun

    @property
    def cost_unknown(self) -> bool:
        """Whether nobody knows what some call cost, or will have cost."""
        return self.state.cost_unknown or bool(self.state.open_calls)


def tell(entries: Iterable[Entry]) -> Story:
    """The story of these events, whichever they are."""
    teller = _Teller()
    for entry in entries:
        teller.hear(entry)
    return teller.story()


def tell_fitting(entries: Sequence[Entry]) -> tuple[Story, int]:
    """The story up to the first event that cannot follow those before it (another program wrote it); how many fit."""
    teller = _Teller()
    for number, entry in enumerate(entries):
        try:
            if isinstance(entry.event, SessionStarted) != (number == 0):
                raise ValueError("a session starts once")
            teller.hear(entry)
        except (LookupError, TypeError, ValueError, AttributeError, AssertionError):
            return tell(entries[:number]), number
    return teller.story(), len(entries)


@define
class _Teller:
    state: State = field(factory=State)
    iterations: list[Iteration] = field(factory=list)
    parts: list[Part] = field(factory=list)
    earlier: tuple[str, ...] = ()
    began: float | None = None
    last: float | None = None

    def story(self) -> Story:
        commits = (*self.earlier, *self.state.commits)
        return Story(self.state, self._with_parts(), commits, self.began, self.last)

    def hear(self, entry: Entry) -> None:
        event, at = entry.event, entry.at
        self.began = at if self.began is None else self.began
        self.last = at
        if isinstance(event, IterationStarted):
            self.earlier += self.state.commits
            self.iterations = list(self._with_parts())
            self.iterations.append(Iteration(event.iteration, at))
            self.parts = []
        before = self.state.session
        self.state = advance(self.state, event)
        match event:
            case StepStarted() | AgentCalled() | StepRan() | StepCommitted() | StepFinished():
                self._hear_of_step(event, at)
            case HandlerStarted(handler=handler, path=path, round=number):
                self.parts.append(Round(handler, path, number, at))
            case TurnStarted():
                self.parts.append(_turn(event, self.state, at))
            case RolledBack():
                self.parts.append(WayBack(event, at))
            case IterationFinished() if self.iterations:
                self.iterations[-1] = evolve(self.iterations[-1], finished=event)
            case BudgetReached(message=message) | Paused(message=message):
                self.parts.append(Note(EVENT_NAMES[type(event)], message, at))
            case StepResumed():
                self._hear_of_resumed(event, at)
            case BackedOff():
                self._hear_of_wait(event)
            case SessionResumed(from_step=step):
                said = [] if step is None else [f"from `{step}`"]
                if before is not None and (now := limits(event)) != limits(before):
                    said.append(f"limits from now on: {', '.join(now)}")
                self.parts.append(Note(EVENT_NAMES[type(event)], "; ".join(said), at))
            case PutBack(rescue=rescue):
                self.parts.append(Note(EVENT_NAMES[type(event)], f"the work of {rescue} is there again", at))
            case Approved(question=question, path=path):
                self.parts.append(Note(EVENT_NAMES[type(event)], question, at, path))
            case _ if not isinstance(event, _FRAME):
                self.parts.append(Note(EVENT_NAMES[type(event)], "", at))

    def _with_parts(self) -> tuple[Iteration, ...]:
        """The iterations so far, the open one with what was heard since it began."""
        if not self.iterations:
            return (Iteration(0, self.parts[0].at, tuple(self.parts)),) if self.parts else ()
        return (*self.iterations[:-1], evolve(self.iterations[-1], parts=tuple(self.parts)))

    def _hear_of_resumed(self, event: StepResumed, at: float) -> None:
        """A run that was cut off goes on; one that an agent continues is a run of its own, with outputs of its own."""
        place = self._place(event.step, event.path, event.attempt)
        self.parts.append(Note(EVENT_NAMES[type(event)], f"{event.how}: {event.why}", at, event.path))
        run = None if place is None else self.parts[place]
        if place is not None and isinstance(run, Run) and event.how in ("continued", "anew"):
            self.parts[place] = evolve(run, superseded=event.why)
            if event.how == "continued":
                self.parts.append(evolve(run, at=at, run=event.run, ran=False, cost_usd=None))

    def _hear_of_wait(self, event: BackedOff) -> None:
        """The same attempt will call again, as another run."""
        place = self._place(event.step, event.path, event.attempt)
        run = None if place is None else self.parts[place]
        if place is not None and isinstance(run, Run):
            again = f"call {event.call} of {event.most} after {duration(event.wait)}"
            self.parts[place] = evolve(run, superseded=f"{event.after}; {again}")

    def _hear_of_step(self, event: _StepEvent, at: float) -> None:
        place = self._place(event.step, event.path, event.attempt)
        if place is None or isinstance(event, StepStarted):
            place = len(self.parts)
            self.parts.append(Run(event.step, event.path, event.attempt, at))
        run = self.parts[place]
        assert isinstance(run, Run)
        self.parts[place] = _after(run, event)

    def _place(self, step: str, path: Path, attempt: int) -> int | None:
        """Where the run that an event speaks of stands in this iteration. Every skip is one of its own."""
        for number in range(len(self.parts) - 1, -1, -1):
            part = self.parts[number]
            if isinstance(part, Run) and (part.step, part.path, part.attempt) == (step, path, attempt):
                return number if attempt else None
        return None


def _turn(event: TurnStarted, state: State, at: float) -> Turn:
    items = state.latest[event.step].items or ()
    label = item_label(items[event.turn - 1])
    return Turn(event.step, (*event.path, event.attempt), event.turn, len(items), label, at)


def _after(run: Run, event: _StepEvent) -> Run:
    """A run after one more event of it."""
    match event:
        case StepStarted():
            return evolve(run, run=event.run, title=event.title, notes=event.notes)
        case AgentCalled():
            return evolve(run, agent=event.agent, agent_session=event.agent_session, cost_usd=None)
        case StepRan():
            return evolve(
                run,
                ran=True,
                exit_code=event.exit_code,
                duration=event.duration,
                calls=event.calls,
                cost_usd=event.cost_usd,
                fault=event.fault,
                reason=event.reason,
            )
        case StepCommitted():
            return evolve(run, commits=(*run.commits, *event.commits))
        case StepFinished():
            return evolve(
                run,
                status=event.status,
                fault=event.fault,
                reason=event.reason,
                converged=event.converged,
                files=event.files,
                outputs=dict(event.outputs),
                notes=(*run.notes, *event.notes),
            )
