"""The driver: asks the deciding core what comes next, does it, journals it, until the session has ended."""

from __future__ import annotations

import signal
from contextlib import suppress

from mmm_lang.runtime.actions import (
    Action,
    CloseGroup,
    Done,
    Finish,
    FinishIteration,
    GoOn,
    Restore,
    RollBack,
    RunStep,
    SetAside,
    StartIteration,
    StartRound,
    Stop,
)
from mmm_lang.runtime.decide import decide
from mmm_lang.runtime.ending import ended
from mmm_lang.runtime.events import (
    Base,
    BudgetReached,
    Fault,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    SessionFinished,
    SessionStarted,
    StepFinished,
)
from mmm_lang.runtime.recovery import Recovery
from mmm_lang.runtime.session import CutShort, Session
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.step_run import StepRunner


class Driver:
    """Drives one session from its first event to its last."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tree = session.world.tree
        self._recovery = Recovery(session)
        self._runner = StepRunner(session, self._recovery)

    def run(self, started: SessionStarted) -> SessionFinished:
        """Run the session. Raises what the world raises: ``OSError``, ``GitError``, ``KeeperDied``."""
        session = self._session
        self._tree.hold(started.base, "session")
        session.record(started)
        while session.state.finished is None:
            action = decide(session.plan, session.state, session.world.elapsed())
            if session.signals and not isinstance(action, Finish):
                action = self._interrupted()
            with suppress(CutShort):
                self._perform(action)
        return session.state.finished

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
            case CloseGroup():
                self._close_group(action)
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
            case Stop(step=step, message=message):
                record(BudgetReached(step.key, message))
            case Finish():
                self._finish(action)
            case GoOn(step=step):
                raise AssertionError(f"`{step.key}` was cut off, and going on with it is not built yet")
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
        self._session.record(ended(state, "failed", "head-moved", somebody, 1, self._session.files_changed()))
        return None

    def _run_step(self, action: RunStep) -> None:
        session = self._session
        if action.delay:
            session.world.pause(action.delay)
            if not isinstance(decide(session.plan, session.state, session.world.elapsed()), RunStep):
                return  # the session's time was over before the wait was
        if session.signals:
            return
        if (base := self._here()) is not None:
            self._runner.run(action, base)

    def _close_group(self, action: CloseGroup) -> None:
        attempt, failed = action.attempt, action.failed
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
        state, files = self._session.state, self._session.files_changed()
        event = ended(state, action.status, action.reason, action.message, action.exit_code, files)
        self._session.record(event)


def _fault_of_group(failed: Attempt) -> Fault:
    """A breach of a rule that nobody wrote stays one: no group around it makes it worth a rollback."""
    return "commit-implied" if failed.fault == "commit-implied" else "inside"
