"""The deciding core: what comes next, given the plan and what has happened.

``decide(plan, state)`` walks the plan from the start of the iteration and looks every run up in the state; where the
state has no answer, that is what comes next. It keeps nothing between calls, so that a session that was cut off goes
on wherever its journal ends, and it is pure: the same plan and state give the same action (spec/language.md, 4 to 7).
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from mmm_lang.figures import plural
from mmm_lang.plan.graph import Plan, handler_for
from mmm_lang.plan.ir import AgentCall, ForEach, Handler, Region, Step
from mmm_lang.runtime.actions import (
    Action,
    AwaitOthers,
    CallAgain,
    CloseGroup,
    Done,
    Finish,
    FinishIteration,
    GoBack,
    GoOn,
    HoldOff,
    PutWorkBack,
    Restore,
    RollBack,
    RunStep,
    SetAside,
    StartIteration,
    StartRound,
    StartTurn,
    Stop,
)
from mmm_lang.runtime.events import BudgetReached, Fault, Path, Paused, SessionStarted
from mmm_lang.runtime.sharing import ALONE, Together
from mmm_lang.runtime.spending import refused, waits_for_others
from mmm_lang.runtime.state import Attempt, State

PROCESS_FAULTS: frozenset[Fault] = frozenset(
    ("exit", "timeout", "idle", "signal", "not-started", "agent", "inside")
)
"""Failures of the process itself: what `retry:` repeats. A group's process is what runs inside it."""


KEEPING_FAULTS: frozenset[Fault] = frozenset(("commit-implied", "cut-off", "rejected"))
"""Failures that are no reason to take back what was done: a rule that nobody wrote, a run whose work outside may be
done, a person's no. They stay what they are through the groups around them."""


@frozen
class Passed:
    """A list or step is through. ``converged``: the iteration ends here."""

    converged: bool = False


@frozen
class Failed:
    """A step failed for good; ``attempt`` is its last run."""

    attempt: Attempt


Walked = Passed | Failed | Action


def decide(plan: Plan, state: State, elapsed: float = 0.0, together: Together = ALONE) -> Action:
    """The next action of a session; ``elapsed`` is how long it has run so far, in seconds.

    ``together`` is what it sees of the sessions that run beside it.
    """
    session = state.session
    if session is None or state.finished is not None:
        return Done()
    if state.stop is not None:
        return _stopped(state.stop)
    if state.going_back is not None:
        return GoBack(plan.step(state.going_back), state.before[state.going_back].base)
    if state.putting_back is not None:
        return PutWorkBack(state.putting_back)
    if state.iteration == 0:
        return StartIteration(1)
    if state.iteration_finished:
        return _after_iteration(plan, state, session)
    walk = _Walk(plan, state, session, elapsed, together)
    walked = walk.list_of(_main_line(plan, state, session), ())
    if isinstance(walked, Failed):
        return _after_failure(plan, state, session, walked.attempt)
    if isinstance(walked, Passed):
        return _judge_until(plan, state, walked, walk)
    return walked


def _main_line(plan: Plan, state: State, session: SessionStarted) -> tuple[Step, ...]:
    """What the present iteration runs: in a fresh worktree, the first begins with `setup:`."""
    if plan.setup is not None and session.setup and state.iteration == 1:
        return (plan.setup, *plan.body())
    return tuple(plan.body())


def failed_in(plan: Plan, state: State) -> tuple[str, ...]:
    """Where an iteration failed: the key of the step, those of the groups around it before, the outermost first."""
    assert state.session is not None
    walk = _Walk(plan, state, state.session, 0.0)
    keys: list[str] = []
    steps = _main_line(plan, state, state.session)
    path: Path = ()
    while (found := walk.first_failed(steps, path)) is not None:
        step, attempt = found
        if attempt.step != step.key:  # in what follows its success
            steps = tuple(plan.after_success(step.key))
            continue
        keys.append(step.key)
        if not isinstance(step.action, Region):
            break
        steps, path = tuple(plan.inside(step.key)), (*path, attempt.number)
        if (turn := state.turns.get((step.key, path))) is not None:
            path = (*path, turn)
    return tuple(keys)


@frozen
class _Walk:
    plan: Plan
    state: State
    session: SessionStarted
    elapsed: float
    together: Together = ALONE

    def list_of(self, steps: Iterable[Step], path: Path) -> Walked:
        for step in steps:
            walked = self.step(step, path)
            if walked != Passed():
                return walked
        return Passed()

    def first_failed(self, steps: Iterable[Step], path: Path) -> tuple[Step, Attempt] | None:
        """The step of a list that failed for good, or in what follows it, and the run that did."""
        for step in steps:
            walked = self.step(step, path)
            if isinstance(walked, Failed):
                return step, walked.attempt
            if walked != Passed():
                return None
        return None

    def step(self, step: Step, path: Path) -> Walked:
        """Retell the runs and rounds of one step; the first that is missing is the next action."""
        attempts = list(self.state.attempts_at(step.key, path))
        rounds, behind = 0, 0
        if (past := self.state.past.get((step.key, path))) is not None:
            del attempts[: past.attempts]
            behind = max(
                (past.rounds.get((one.key, path), 0) for one in self.plan.handlers(step.key)), default=0
            )
        while True:
            walked = self.one_round(step, path, attempts)
            if not isinstance(walked, Failed):
                break
            handler = handler_for(self.plan.handlers(step.key), _exit_code(walked.attempt))
            if handler is None:
                return walked
            spent = rounds >= handler.max_attempts or walked.attempt.fault == "cut-off"
            if handler.empty or spent:
                return self.exhausted(handler, walked.attempt)
            rounds += 1
            repaired = self.round(handler, path, behind + rounds)
            if not isinstance(repaired, Passed | Failed):
                return repaired
        if walked != Passed() or self.state.attempts_at(step.key, path)[-1].status == "skipped":
            return walked
        return self.list_of(self.plan.after_success(step.key), path)

    def one_round(self, step: Step, path: Path, attempts: list[Attempt]) -> Walked:
        """The runs of one round, `retry:` included. Takes what it retells off ``attempts``."""
        made = len(self.state.attempts_at(step.key, path)) - len(attempts)
        for turn in range(step.attempts):
            if not attempts:
                return self.start(step, path, made + turn + 1, turn)
            attempt = attempts.pop(0)
            if attempt.status is None:
                return self.inside(step, attempt)
            if attempt.status != "failed":
                return Passed(attempt.converged)
            if attempt.fault not in PROCESS_FAULTS:
                return Failed(attempt)
        return Failed(attempt)

    def start(self, step: Step, path: Path, number: int, turn: int) -> Action:
        """A run that has not begun. A retry first puts back what the run before it did."""
        if (refused := self.refusal(step)) is not None:
            return refused
        last = self.state.attempts_at(step.key, path)[-1:]
        if turn > 0 and last and not last[0].restored and last[0].base is not None:
            return Restore(last[0], last[0].base)
        return RunStep(step, path, number, step.backoff if turn else 0.0)

    def inside(self, step: Step, attempt: Attempt) -> Walked:
        """A run without a verdict: the steps of an open group, a call to be made again, or a run that was cut off."""
        if attempt.waiting is not None:
            again = CallAgain(step, attempt, attempt.waiting.wait)
            return self.refusal(step, attempt.paid_usd) or again
        if not isinstance(step.action, Region):
            return GoOn(step, attempt)
        if isinstance(step.action, ForEach):
            walked = self.turns(step, attempt)
        else:
            walked = self.list_of(self.plan.inside(step.key), (*attempt.path, attempt.number))
        if isinstance(walked, Passed):
            return CloseGroup(step, attempt, None, walked.converged)
        if isinstance(walked, Failed):
            return CloseGroup(step, attempt, walked.attempt, False)
        return walked

    def turns(self, loop: Step, attempt: Attempt) -> Walked:
        """The turns of an open loop. One begins only when all before it are through, so that only the last is retold.

        An item for which there is nothing more to improve ends its turn, and not the iteration.
        """
        path = (*attempt.path, attempt.number)
        turn = self.state.turns.get((loop.key, path), 0)
        if turn:
            walked = self.list_of(self.plan.inside(loop.key), (*path, turn))
            if not isinstance(walked, Passed):
                return walked
        if turn < len(attempt.items or ()):
            return StartTurn(loop, attempt, turn + 1)
        return Passed()

    def round(self, handler: Handler, path: Path, number: int) -> Walked:
        if self.state.rounds.get((handler.key, path), 0) < number:
            return StartRound(handler, path, number)
        return self.list_of(self.plan.inside(handler.key), (*path, number))

    def exhausted(self, handler: Handler, attempt: Attempt) -> Walked:
        """No round is left. The session may go on without the step; what it left uncommitted is set aside."""
        if handler.fail_workflow:
            return Failed(attempt)
        return Passed() if attempt.given_up else SetAside(attempt)

    def refusal(self, step: Step, paid: float = 0.0) -> Stop | AwaitOthers | HoldOff | None:
        """Whether the limits of the session, or of several together, forbid to start this step (spec/language.md, 7).

        ``paid`` is what the same run has spent before.
        """
        action, session, state, elapsed = step.action, self.session, self.state, self.elapsed
        if isinstance(action, AgentCall) and self.together.closed is not None:
            return HoldOff(step, self.together.closed)
        if waits_for_others(action, session, state, elapsed, self.together, paid):
            return AwaitOthers(step)
        if (why := refused(action, session, state, elapsed)) is not None:
            return Stop(step, why)
        why = refused(action, session, state, elapsed, self.together)
        return None if why is None else Stop(step, why, shared=True)


def _exit_code(attempt: Attempt) -> int | None:
    """The exit code that chooses a handler: of a process that ended by itself with a code that is not accepted."""
    return attempt.ran.exit_code if attempt.fault == "exit" and attempt.ran is not None else None


def _judge_until(plan: Plan, state: State, walked: Passed, walk: _Walk) -> Action:
    until = plan.until
    if until is None:
        return FinishIteration(walked.converged, None)
    attempts = state.attempts_at(until.key, ())
    if not attempts:
        return walk.start(until, (), 1, 0)
    if attempts[-1].status is None:
        return GoOn(until, attempts[-1])
    return FinishIteration(walked.converged, attempts[-1].status == "succeeded")


def _after_iteration(plan: Plan, state: State, session: SessionStarted) -> Action:
    """The endings of an iteration, in the order of spec/language.md, 6."""
    last = state.finished_iterations[-1]
    unmet = 0 if plan.until is None else 3
    if last.until:
        return Finish("succeeded", "criteria-met", "the success criterion is met", 0)
    if last.converged or last.commits == 0 or not last.changed:
        return Finish("succeeded", "converged", _converged_message(unmet), unmet)
    if state.iteration >= session.max_iterations:
        return Finish("succeeded", "limit", _limit_message(session.max_iterations, unmet), unmet)
    return StartIteration(state.iteration + 1)


def _converged_message(unmet: int) -> str:
    return "No more improvements found, and `until:` is not met" if unmet else "No more issues found"


def _limit_message(iterations: int, unmet: int) -> str:
    reached = f"Reached the limit of {plural(iterations, 'iteration')}"
    return f"{reached}, and `until:` is not met" if unmet else reached


def _after_failure(plan: Plan, state: State, session: SessionStarted, attempt: Attempt) -> Action:
    keeps = session.on_failure == "keep" or attempt.fault in KEEPING_FAULTS
    if not keeps and state.rolled_back is None and state.base is not None:
        return RollBack(state.base)
    step = plan.step(attempt.step)
    name = step.id if step.id is not None and isinstance(step.action, Region) else step.title
    message = f"`{name}` failed ({step.where}): {attempt.reason or 'no reason given'}"
    return Finish("failed", "step-failed", message, 1)


def _stopped(stop: BudgetReached | Paused) -> Finish:
    if isinstance(stop, BudgetReached):
        return Finish("budget", "budget", stop.message, 4)
    return Finish("paused", stop.reason, stop.message, 5)
