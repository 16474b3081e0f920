"""Sessions without a world: the deciding core is driven by made-up outcomes.

``live(plan, fate)`` does what the driver does, with no git, process or clock: for each run it asks ``fate`` how it
ends, and journals that. What it returns is everything that a law of the core can be about.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field, frozen

from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import AgentCall, ForEach, Region, ShellRun, Step
from mmm_lang.runtime import actions
from mmm_lang.runtime.decide import decide
from mmm_lang.runtime.events import (
    JOURNAL_VERSION,
    Base,
    BudgetReached,
    Event,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    RolledBack,
    SessionFinished,
    SessionStarted,
    StepCommitted,
    StepFinished,
    StepRan,
    StepStarted,
    TurnStarted,
)
from mmm_lang.runtime.fold import advance
from mmm_lang.runtime.state import State


@frozen
class Outcome:
    """How one run ends. ``fault`` is ``None`` for a success; ``commits`` how many it makes; ``items`` how many a loop
    finds (it takes no more than its bound)."""

    fault: str | None = None
    exit_code: int | None = 0
    commits: int = 0
    skipped: bool = False
    converged: bool = False
    items: int = 10_000


Fate = Callable[[Step, int], Outcome]

OK = Outcome()
COMMITS = Outcome(commits=1)
FAILS = Outcome("exit", 1)


@define
class Life:
    """What happened in a session."""

    state: State = field(factory=State)
    events: list[Event] = field(factory=list)
    agent_calls: int = 0
    shell_runs: int = 0
    ran: list[str] = field(factory=list)

    def record(self, event: Event) -> None:
        self.events.append(event)
        self.state = advance(self.state, event)

    @property
    def end(self) -> SessionFinished:
        assert self.state.finished is not None
        return self.state.finished


def live(plan: Plan, fate: Fate, *, steps: int = 100_000, **session: object) -> Life:
    """A whole session; more than ``steps`` actions is a failure of the test: it must always end."""
    life = Life()
    started = {"max_iterations": iterations_of(plan, None, False), "version": JOURNAL_VERSION, **session}
    life.record(SessionStarted("s", "p.yml", "p", Base("h0", "t0", "main"), **started))  # type: ignore[arg-type]
    for _ in range(steps):
        action = decide(plan, life.state)
        if isinstance(action, actions.Done):
            return life
        _do(plan, life, action, fate)
    raise AssertionError("the session does not end")


def _do(plan: Plan, life: Life, action: actions.Action, fate: Fate) -> None:
    base = Base(life.state.head or "h0", f"t{life.state.total_commits}", "main")
    match action:
        case actions.StartIteration(number=number):
            life.record(IterationStarted(number, base))
        case actions.RunStep():
            _run(life, action, base, fate(action.step, action.attempt))
        case actions.CloseGroup(step=step, attempt=attempt, failed=failed, converged=converged):
            status = "failed" if failed else "succeeded"
            fault = "inside" if failed else None
            life.record(
                StepFinished(step.key, attempt.path, attempt.number, status, fault, converged=converged)
            )
        case actions.StartTurn(step=step, attempt=attempt, turn=turn):
            life.record(TurnStarted(step.key, attempt.path, attempt.number, turn))
        case actions.StartRound(handler=handler, path=path, round=number):
            life.record(HandlerStarted(handler.key, path, number))
        case actions.Restore(attempt=attempt, to=to):
            place = (attempt.step, attempt.path, attempt.number)
            life.record(RolledBack("x", to.head, None, "retry", *place))
        case actions.SetAside(attempt=attempt):
            place = (attempt.step, attempt.path, attempt.number)
            life.record(RolledBack("x", life.state.head or "h0", None, "given-up", *place))
        case actions.RollBack(to=to):
            life.record(RolledBack("x", to.head, "refs/mmm/rescue/s/1"))
        case actions.FinishIteration(converged=converged, until=until):
            commits = len(life.state.commits)
            life.record(IterationFinished(life.state.iteration, commits, commits > 0, converged, until))
        case actions.Stop(step=step, message=message):
            life.record(BudgetReached(step.key, message))
        case actions.Finish():
            life.record(SessionFinished(action.status, action.reason, action.message, action.exit_code))
        case other:
            raise AssertionError(f"{other} has no place in an undisturbed session")


def _run(life: Life, action: actions.RunStep, base: Base, outcome: Outcome) -> None:
    step, path, number = action.step, action.path, action.attempt
    if outcome.skipped and number == 1:
        life.record(StepFinished(step.key, path, 0, "skipped", reason="fate"))
        return
    life.ran.append(step.key)
    if isinstance(step.action, Region):
        loop = step.action if isinstance(step.action, ForEach) else None
        items = None if loop is None else ('"item"',) * min(outcome.items, loop.max_items)
        life.record(StepStarted(step.key, path, number, base, items=items))
        return
    life.record(StepStarted(step.key, path, number, base, run=life.state.runs + 1))
    agent = isinstance(step.action, AgentCall)
    life.agent_calls += agent
    life.shell_runs += isinstance(step.action, ShellRun)
    life.record(StepRan(step.key, path, number, outcome.exit_code, 0.1, int(agent), 0.25 if agent else 0.0))
    if outcome.commits:
        start = life.state.total_commits
        commits = tuple(f"c{base.head}.{start + one}" for one in range(outcome.commits))
        life.record(StepCommitted(step.key, path, number, commits))
    status = "failed" if outcome.fault else "succeeded"
    life.record(
        StepFinished(step.key, path, number, status, outcome.fault, converged=outcome.converged)  # type: ignore[arg-type]
    )
