"""A run that was cut off: how it goes on, decided from what is there, and journalled before it is done.

What was recorded is never done again; what still runs is waited for; an agent goes on in its own session where that can
be; only what is left of the rest is undone, kept under a rescue ref, and made anew.
"""

from __future__ import annotations

import os
from contextlib import suppress

from mmm_lang.plan.ir import AgentCall, Approve, Step
from mmm_lang.process.model import Ended
from mmm_lang.runtime.commands import Prepared
from mmm_lang.runtime.environment import environment_of
from mmm_lang.runtime.events import Approved, Base, BudgetReached, How, Paused, StepFinished, StepResumed
from mmm_lang.runtime.evidence import Verdict
from mmm_lang.runtime.judging import Judge
from mmm_lang.runtime.launched import launched_at, read_launch
from mmm_lang.runtime.purse import Crowded
from mmm_lang.runtime.recovery import Recovery
from mmm_lang.runtime.rendering import Missing
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.spending import refused, waits_for_others, without_call
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.step_run import StepRunner
from mmm_lang.runtime.values import ValueProblem, run_folder
from mmm_lang.runtime.vigil import Vigil

MAY_NOT = "it was cut off in the middle, and `rerun: never` forbids to run it again"

SHALL_NOT = "it was cut off in the middle, and a person said not to run it again"


class Resumption:
    """Goes on with the runs of one session that have begun and have no verdict."""

    def __init__(self, session: Session, runner: StepRunner, judge: Judge, recovery: Recovery) -> None:
        self._session = session
        self._tree = session.world.tree
        self._processes = session.world.processes
        self._runner = runner
        self._judge = judge
        self._recovery = recovery

    def begin(self) -> None:
        """End what an earlier part of the session left running, but for an agent call, which is waited for."""
        keeper = self._session.state.keeper
        if keeper is not None and not (self._processes.lives(keeper) and self._called()):
            self._processes.dismiss(keeper)
        self._learn_secrets()

    def _learn_secrets(self) -> None:
        """What `env:` gives a secret as its value in any step is one for all that is judged from now on."""
        session = self._session
        names = frozenset(session.plan.header.secrets)
        for step in session.plan.steps:
            if any(name in names for name, _ in step.env):
                with suppress(Missing, ValueProblem):  # it refers to what is not there: it has not run
                    latest = session.state.latest.get(step.key)
                    path = () if latest is None else latest.path
                    session.secrets_in(environment_of(session, step, path, 1))

    def _called(self) -> bool:
        """Whether an agent may be at work whose end is not on record."""
        open_runs = (
            one for one in self._session.state.latest.values() if one.status is None and one.ran is None
        )
        return any(
            one.agent_session is not None and self._processes.recorded(self._folder(one)) is None
            for one in open_runs
        )

    def go_on(self, step: Step, attempt: Attempt) -> None:
        """One step further with a run that was cut off; the next decision sees to the rest."""
        assert attempt.base is not None
        if isinstance(step.action, Approve):
            self._runner.ask_again(step, step.action)
        elif attempt.ran is not None and not attempt.unheard:
            self._settle(step, attempt, attempt.base)
        elif attempt.resumed == "anew":
            if not self._turned_away(attempt) or self._may_run_again(step, attempt):
                self._recovery.undo(attempt, attempt.base)
        else:
            prepared = self._launched(attempt)
            taken = prepared is not None and self._take(step, attempt, prepared)
            if not taken and not self._session.signals:
                self._unfinished(step, attempt, prepared, attempt.base)

    def _turned_away(self, attempt: Attempt) -> bool:
        """Whether its agent was asked to go on in its own session, and could not: nobody was asked about that yet."""
        launched = self._launched(attempt)
        return launched is not None and launched.request is not None and launched.request.continues

    def _launched(self, attempt: Attempt) -> Prepared | None:
        return read_launch(self._folder(attempt), self._session.world.agent)

    def _folder(self, attempt: Attempt) -> str:
        return run_folder(self._session.folder, attempt.run)

    def _decide(self, attempt: Attempt, how: How, why: str, run: int = 0, began: bool = True) -> None:
        """Journal a decision, unless it was taken before and not carried out yet."""
        if attempt.resumed != how or run:
            place = (attempt.step, attempt.path, attempt.number)
            self._session.record(StepResumed(*place, how, why, run, began))

    # --- its end is known, or will be ---

    def _settle(self, step: Step, attempt: Attempt, base: Base) -> None:
        """Its program has ended, and that is journalled: look at what it left (again)."""
        assert attempt.ran is not None
        self._decide(attempt, "settled", "its program had ended, and what it left is judged now")
        prepared, end = self._launched(attempt), self._processes.recorded(self._folder(attempt))
        if prepared is not None and end is not None and end.cause != "stopped":
            self._judge.take(step, prepared, end, base)
        else:
            self._judge.settle(step, Verdict(attempt.ran.fault, attempt.ran.reason), None, base)

    def _take(self, step: Step, attempt: Attempt, prepared: Prepared) -> bool:
        """Judge a run whose program has ended by itself, or does so while we wait for it. Whether that is so."""
        assert attempt.base is not None
        if attempt.unheard:
            return False
        silence = None
        end = self._processes.recorded(prepared.command.folder)
        if end is not None:
            self._look_anew(prepared)
        if end is not None and end.cause != "stopped":
            self._decide(attempt, "taken", "its program has ended, and its end is on record")
        elif end is None:
            end, silence = self._attended(step, attempt, prepared)
        if end is None or end.cause == "stopped":
            return False
        self._judge.take(step, prepared, end, attempt.base, silence)
        return True

    def _attended(
        self, step: Step, attempt: Attempt, prepared: Prepared
    ) -> tuple[Ended | None, float | None]:
        """Wait for the end of a program that runs under the keeper of an earlier part of the session, if it does; and how
        long a silence was allowed, where it was too long."""
        session, keeper = self._session, self._session.state.keeper
        if keeper is None or not self._processes.lives(keeper):
            self._look_anew(prepared)
            return None, None
        self._decide(attempt, "attached", f"its program still runs under its keeper (process {keeper.pid})")
        stdout = os.path.join(prepared.command.folder, "stdout")
        vigil = Vigil(stdout, prepared.patience, session.world.elapsed)
        watch = self._runner.watch(step, prepared, vigil)
        end = self._processes.attend(
            keeper, prepared.command.folder, lambda: session.signals + vigil.over, watch
        )
        self._processes.dismiss(keeper)
        self._look_anew(prepared)
        return None if end is None else vigil.ended(end, session.signals), vigil.allowed

    def _look_anew(self, prepared: Prepared) -> None:
        """Its program has ended, maybe a moment ago: what was seen of the files before may be half of its work."""
        began = launched_at(prepared.command.folder)
        self._tree.clear_locks(began, self._session.world.clock())

    # --- nobody knows how it would have ended ---

    def _unfinished(self, step: Step, attempt: Attempt, prepared: Prepared | None, base: Base) -> None:
        goes_on = (
            attempt.unheard or attempt.resumed == "continued"
        )  # then an earlier call has begun, in any case
        if not goes_on and not self._processes.began(self._session.state.keeper, self._folder(attempt)):
            self._decide(attempt, "anew", "its program had not been started", began=False)
            return
        hindrance = self._hindrance(attempt, prepared, base)
        if hindrance is None:
            self._continue(step, attempt, base)
        elif self._may_run_again(step, attempt):
            self._decide(attempt, "anew", hindrance)

    def _hindrance(self, attempt: Attempt, prepared: Prepared | None, base: Base) -> str | None:
        """Why an agent cannot go on in its own session; ``None`` where it can be asked to."""
        if attempt.agent_session is None:
            return "its program was cut off"
        if prepared is None:
            return "nobody knows any more what its agent was asked"
        now, left = self._tree.snapshot(), self._session.state.left
        if now.branch != base.branch or not self._tree.descends(now.head, base.head):
            return "HEAD has been moved elsewhere since"
        if left is not None and (left.head, left.tree) != (now.head, now.tree):
            return "commits or files have changed since the session stopped"
        return None

    def _continue(self, step: Step, attempt: Attempt, base: Base) -> None:
        session = self._session
        assert isinstance(step.action, AgentCall)
        state, elapsed = without_call(session.state, attempt), session.world.elapsed()
        together, paid = session.account.together(), attempt.paid_usd
        if together.closed is not None:
            session.hold_off(step, together.closed)
            return
        if waits_for_others(step.action, session.started, state, elapsed, together, paid):
            session.await_others(step)
            return
        if (why := refused(step.action, session.started, state, elapsed, together)) is not None:
            shared = refused(step.action, session.started, state, elapsed) is None
            session.record(BudgetReached(step.key, why, shared))
            return
        try:
            session.call_money(step.action, state, paid)
        except Crowded:  # what comes next is decided anew
            return
        stopped = "had to stop" if attempt.unheard else "was cut off"
        why = f"its agent {stopped}, and is asked to go on in its own session"
        self._decide(attempt, "continued", why, session.state.runs + 1)
        self._runner.go_on(step, session.state.latest[step.key], base)

    def _may_run_again(self, step: Step, attempt: Attempt) -> bool:
        """What `rerun:` says, or a person where it says to ask; else the run has failed, or the session pauses."""
        place = (attempt.step, attempt.path, attempt.number)
        if step.rerun == "auto" or place in self._session.state.approved:
            return True
        if step.rerun == "ask":
            question = f"`{step.title}` was cut off in the middle: run it again?"
            answer = self._session.world.ask(step.key, question)
            if answer is None:
                if not self._session.signals:
                    self._session.record(Paused(step.key, question, reason="approval"))
                return False
            if answer:
                self._session.record(Approved(*place, question))
                return True
        reason = MAY_NOT if step.rerun == "never" else SHALL_NOT
        self._session.record(StepFinished(*place, "failed", fault="cut-off", reason=reason))
        return False
