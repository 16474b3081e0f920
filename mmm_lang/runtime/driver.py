"""The driver: asks the deciding core what comes next, does it, journals it, until the session has ended."""

from __future__ import annotations

import signal
from contextlib import suppress

from mmm_lang.plan.ir import Call
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
from mmm_lang.runtime.calling import outputs_of, place_inside
from mmm_lang.runtime.decide import KEEPING_FAULTS, decide
from mmm_lang.runtime.events import (
    Base,
    BudgetReached,
    Fault,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    SessionFinished,
    SessionResumed,
    SessionStarted,
    StepFinished,
    TurnStarted,
)
from mmm_lang.runtime.judging import Judge
from mmm_lang.runtime.recovery import Recovery
from mmm_lang.runtime.resuming import Resumption
from mmm_lang.runtime.session import CutShort, Session
from mmm_lang.runtime.spending import time_left
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.step_run import StepRunner
from mmm_lang.runtime.values import ValueProblem


class Driver:
    """Drives one session from its first event to its last."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tree = session.world.tree
        self._recovery = Recovery(session)
        judge = Judge(session, self._recovery)
        self._runner = StepRunner(session, judge)
        self._resumption = Resumption(session, self._runner, judge, self._recovery)

    def run(self, started: SessionStarted) -> SessionFinished:
        """Run the session. Raises what the world raises: ``OSError``, ``GitError``, ``KeeperDied``."""
        self._tree.hold(started.base, "session")
        self._session.record(started)
        return self.go_on()

    def resume(self, resumed: SessionResumed) -> SessionFinished:
        """Go on with a session whose events up to now are in its state. Raises as ``run`` does."""
        self._session.record(resumed)
        self._resumption.begin()
        return self.go_on()

    def go_on(self) -> SessionFinished:
        """Run a session on that has begun. Raises as ``run`` does."""
        session = self._session
        while session.state.finished is None:
            action = self._next()
            if session.signals and not isinstance(action, Finish):
                action = self._interrupted()
            with suppress(CutShort):
                self._perform(action)
        return session.state.finished

    def _next(self) -> Action:
        session = self._session
        return decide(session.plan, session.state, session.world.elapsed(), session.account.together())

    def _interrupted(self) -> Finish:
        number = self._session.first_signal
        if number == signal.SIGINT:
            return Finish("interrupted", "interrupted", "stopped by Ctrl-C", 130)
        by = (
            "stopped from outside: its keeper was told to end"
            if number is None
            else f"stopped by {signal.Signals(number).name}"
        )
        return Finish("interrupted", "terminated", by, 143)

    def _perform(self, action: Action) -> None:
        record = self._session.record
        match action:
            case StartIteration(number=number):
                if (base := self._here()) is not None:
                    self._tree.hold(base, "iteration")
                    record(IterationStarted(number, base))
            case RunStep():
                self._run_step(action)
            case CallAgain():
                if self._waited(action):
                    self._runner.call_again(action)
            case CloseGroup():
                self._close_group(action)
            case StartTurn(step=step, attempt=attempt, turn=turn):
                record(TurnStarted(step.key, attempt.path, attempt.number, turn))
            case StartRound(handler=handler, path=path, round=number):
                record(HandlerStarted(handler.key, path, number))
            case Restore(attempt=attempt, to=to):
                self._recovery.restore(attempt, to)
            case SetAside(attempt=attempt):
                self._recovery.set_aside(attempt)
            case RollBack(to=to):
                self._recovery.roll_back(to)
            case FinishIteration():
                self._finish_iteration(action)
            case Stop(step=step, message=message, shared=shared):
                record(BudgetReached(step.key, message, shared))
            case AwaitOthers(step=step):
                self._session.await_others(step)
            case HoldOff(step=step, closed=closed):
                self._session.hold_off(step, closed)
            case Finish():
                self._finish(action)
            case PutWorkBack(rollback=rollback):
                self._recovery.put_back(rollback)
            case GoBack(step=step, to=to):
                self._recovery.go_back(step.key, to)
            case GoOn(step=step, attempt=attempt):
                self._resumption.go_on(step, attempt)
            case Done():
                raise AssertionError("a session that has ended was driven on")

    def _here(self) -> Base | None:
        """The work tree between two steps; ``None`` (and the session has ended) where somebody else moved HEAD."""
        state, now = self._session.state, self._tree.snapshot()
        expected = self._session.started.base.branch
        if now.head == state.head and now.branch == expected:
            return now
        somebody = (
            f"HEAD is not where the session left it (expected {str(state.head)[:10]} on "
            f"{expected or 'a detached HEAD'}, found {now.head[:10]} on {now.branch or 'a detached HEAD'}): "
            "somebody else works here, so nothing was reset"
        )
        self._session.end("failed", "head-moved", somebody, 1)
        return None

    def _run_step(self, action: RunStep) -> None:
        if self._waited(action) and (base := self._here()) is not None:
            # named by what it is: a step may collect all garbage, and a retry or a handler goes back to any of them
            self._tree.hold(base, f"run/{base.head[:16]}-{base.tree[:16]}")
            self._runner.run(action, base)

    def _waited(self, action: RunStep | CallAgain) -> bool:
        """Wait before a run or call, no longer than the session may last. Whether it is still what comes next."""
        session = self._session
        if action.delay:
            left = time_left(session.started, session.world.elapsed(), session.account.together())
            session.world.pause(action.delay if left is None else min(action.delay, left))
            if self._next() != action:
                return False
        return not session.signals

    def _close_group(self, action: CloseGroup) -> None:
        attempt, failed = action.attempt, action.failed
        outputs: dict[str, str] = {}
        if failed is None and isinstance(action.step.action, Call):
            place = place_inside(self._session.plan, attempt)
            try:
                outputs = outputs_of(action.step.action, self._session.renderer(place, strict=True))
            except ValueProblem as problem:
                call = (action.step.key, attempt.path, attempt.number)
                self._session.record(StepFinished(*call, "failed", fault="output", reason=str(problem)))
                return
        now = self._tree.snapshot()
        files = self._tree.changed(attempt.base.tree, now.tree) if attempt.base else ()
        reason = (
            None if failed is None else f"`{self._session.plan.step(failed.step).title}`: {failed.reason}"
        )
        self._session.record(
            StepFinished(
                action.step.key,
                attempt.path,
                attempt.number,
                "failed" if failed else "succeeded",
                fault=None if failed is None else _fault_of_group(failed),
                reason=reason,
                converged=action.converged,
                outputs=outputs,
                files=files,
            )
        )

    def _finish_iteration(self, action: FinishIteration) -> None:
        state, now = self._session.state, self._tree.snapshot()
        changed = state.base is not None and bool(self._tree.changed(state.base.tree, now.tree))
        event = IterationFinished(
            state.iteration, len(state.commits), changed, action.converged, action.until
        )
        self._session.record(event)

    def _finish(self, action: Finish) -> None:
        self._session.end(action.status, action.reason, action.message, action.exit_code)


def _fault_of_group(failed: Attempt) -> Fault:
    """What is no reason for a rollback stays so: no group around it makes it one."""
    return failed.fault if failed.fault in KEEPING_FAULTS else "inside"
