"""The protocol of one run: started, ran, committed, finished, each journalled before the next (spec/durability.md)."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from attrs import evolve

from mmm_lang.agents.errors import AgentError
from mmm_lang.plan.ir import AgentCall, Approve, Call, ForEach, Region, Step
from mmm_lang.plan.script import ScriptProblem
from mmm_lang.process.errors import ProcessError
from mmm_lang.runtime.actions import CallAgain, RunStep
from mmm_lang.runtime.analyzing import analyse_first
from mmm_lang.runtime.calling import inputs_of
from mmm_lang.runtime.commands import Preparation, Prepared
from mmm_lang.runtime.conditions import holds
from mmm_lang.runtime.events import AgentCalled, Approved, Base, Path, Paused, StepFinished, StepStarted
from mmm_lang.runtime.evidence import Verdict
from mmm_lang.runtime.judging import Judge
from mmm_lang.runtime.launched import write_launch
from mmm_lang.runtime.loops import items_of
from mmm_lang.runtime.purse import Crowded
from mmm_lang.runtime.rendering import Missing
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.values import ValueProblem
from mmm_lang.runtime.vigil import Vigil


class StepRunner:
    """Runs the steps of one session, one at a time."""

    def __init__(self, session: Session, judge: Judge) -> None:
        self._session = session
        self._tree = session.world.tree
        self._judge = judge
        self._preparation = Preparation(session)

    def run(self, action: RunStep, base: Base) -> None:
        """Run a step, open a group, or skip it. ``base`` is the work tree as it is now."""
        with suppress(Crowded):  # then nothing was begun, and what comes next is decided anew
            self._run(action, base)

    def _run(self, action: RunStep, base: Base) -> None:
        step = action.step
        started = StepStarted(step.key, action.path, action.attempt, base)
        try:
            if action.attempt == 1 and (reason := self._skip_reason(step, action.path)) is not None:
                self._skip(action, reason)
                return
            if isinstance(step.action, Region):
                self._session.record(self._opened(evolve(started, title=step.title), step, step.action))
                return
            if isinstance(step.action, Approve):
                question = self._question(step, step.action, action.path)
                self._session.record(evolve(started, title=step.title))
                self._ask(step, question)
                return
            started = evolve(started, run=self._session.state.runs + 1)
            prepared = self._preparation.prepare(step, action.path, started.run, action.attempt)
        except (Missing, ValueProblem, ScriptProblem, AgentError) as problem:
            # a step that has failed before must not pass by being skipped
            if isinstance(problem, Missing) and action.attempt == 1:
                self._skip(action, str(problem))
                return
            if isinstance(step.action, Region | Approve):
                # one event: a group that has begun and has no verdict is open
                place = (step.key, action.path, action.attempt)
                self._session.record(StepFinished(*place, "failed", fault="value", reason=str(problem)))
                return
            self._session.record(evolve(started, title=step.title))
            self._judge.finish(step, self._latest(step), Verdict("value", str(problem)), base)
            return
        self._session.record(evolve(started, title=prepared.title))
        if not isinstance(step.action, AgentCall) or step.action.analysis is None:
            self._perform(step, prepared, base)
        elif (verdict := analyse_first(self._session, step, step.action.analysis)).fault is not None:
            self._judge.finish(step, self._latest(step), verdict, base)
        elif not self._session.signals and self._session.state.stop is None:
            # the context is there now, and time has passed: the call is prepared as it is made
            if (closed := self._session.account.together().closed) is not None:
                self._session.hold_off(step, closed)
            else:
                self.go_on(step, self._latest(step), base)

    def call_again(self, action: CallAgain) -> None:
        """Call the agent of a run again, whose call a transient error of the API has ended."""
        step, attempt, base = action.step, action.attempt, action.attempt.base
        assert base is not None
        run = self._session.state.runs + 1
        place = (step.key, attempt.path, attempt.number)
        try:
            prepared = self._preparation.prepare(step, attempt.path, run, attempt.number, attempt)
        except Crowded:
            return
        except (Missing, ValueProblem, ScriptProblem, AgentError) as problem:
            self._judge.settle(step, Verdict("value", str(problem)), None, base)
            return
        self._session.record(StepStarted(*place, base, run, prepared.title))
        self._perform(step, prepared, base)

    def go_on(self, step: Step, attempt: Attempt, base: Base) -> None:
        """Have the agent of a run that was cut off go on in its own session; that this is done is journalled."""
        try:
            prepared = self._preparation.prepare(step, attempt.path, attempt.run, attempt.number, attempt)
        except (Missing, ValueProblem, ScriptProblem, AgentError) as problem:
            self._judge.settle(step, Verdict("value", str(problem)), None, base)
            return
        self._perform(step, prepared, base)

    def ask_again(self, step: Step, action: Approve) -> None:
        """Go on with a question that was begun to be asked, and whose answer did not become a verdict."""
        attempt = self._latest(step)
        place = (step.key, attempt.path, attempt.number)
        if place in self._session.state.approved:
            self._session.record(StepFinished(*place, "succeeded"))
            return
        try:
            question = self._question(step, action, attempt.path)
        except (Missing, ValueProblem) as problem:
            self._session.record(StepFinished(*place, "failed", fault="value", reason=str(problem)))
            return
        self._ask(step, question)

    def _opened(self, started: StepStarted, step: Step, action: Region) -> StepStarted:
        """The event that opens a group, or a loop with its items. Raises `Missing` and `ValueProblem`."""
        if isinstance(action, Call):
            renderer = self._session.renderer((step.key, started.path), strict=step.main_line)
            return evolve(started, inputs=inputs_of(action, renderer))
        if not isinstance(action, ForEach):
            return started
        found = items_of(action, self._session.renderer((step.key, started.path), strict=step.main_line))
        return evolve(started, items=found.items, notes=found.notes)

    def _question(self, step: Step, action: Approve, path: Path) -> str:
        """What a person is asked, without secrets. Raises `Missing` and `ValueProblem`."""
        question = self._session.renderer((step.key, path), strict=step.main_line).question(action)
        return self._session.mask.text(question)

    def _ask(self, step: Step, question: str) -> None:
        """Ask a person; without an answer the session pauses, and asks again when it is resumed."""
        session, attempt = self._session, self._latest(step)
        place = (step.key, attempt.path, attempt.number)
        answer = session.world.ask(step.key, question)
        if answer is None:
            if not session.signals:  # else it is over for another reason
                session.record(Paused(step.key, question, reason="approval"))
        elif answer:
            session.record(Approved(*place, question))
            session.record(StepFinished(*place, "succeeded"))
        else:
            session.record(StepFinished(*place, "failed", fault="rejected", reason="a person said no"))

    def _skip_reason(self, step: Step, path: Path) -> str | None:
        renderer = self._session.renderer((step.key, path), strict=False)
        if step.when is not None and not holds(step.when, renderer):
            return "its condition is false"
        return None

    def _skip(self, action: RunStep, reason: str) -> None:
        self._session.record(StepFinished(action.step.key, action.path, 0, "skipped", reason=reason))

    def _perform(self, step: Step, prepared: Prepared, base: Base) -> None:
        """Run the program, and unless the session was stopped meanwhile, judge it."""
        attempt = self._latest(step)
        folder = prepared.command.folder
        os.makedirs(folder, mode=0o700, exist_ok=True)
        write_launch(prepared)
        if prepared.stdin is not None:
            _write(os.path.join(folder, "stdin"), prepared.stdin)
        if prepared.request is not None and prepared.agent is not None:
            called = AgentCalled(
                step.key,
                attempt.path,
                attempt.number,
                prepared.agent.name,
                prepared.request.session,
                prepared.prompt_digest,
                prepared.request.max_cost_usd,
            )
            self._session.record(called)
        session = self._session
        began = session.world.clock()
        stdout = os.path.join(folder, "stdout")
        vigil = Vigil(stdout, prepared.patience, session.world.elapsed)
        try:
            end = session.world.processes.run(
                prepared.command, lambda: session.signals + vigil.over, self.watch(step, prepared, vigil)
            )
        finally:
            self._tree.clear_locks(began, session.world.clock())
        end = vigil.ended(end, session.signals)
        if end.cause == "stopped":
            # the run has no verdict: it was cut off, by a signal to mmm or to the keeper
            if end.error is not None:
                raise ProcessError(f"`{attempt.title}`: {end.error}")
            session.signals = max(session.signals, 1)
            return
        self._judge.take(step, prepared, end, base, vigil.allowed)

    def watch(self, step: Step, prepared: Prepared, vigil: Vigil) -> Callable[[], None]:
        """What to call now and then while a program runs: it tells the watchers of the session."""
        activity = prepared.agent.activity if prepared.agent is not None else None
        told = False

        def watch() -> None:
            nonlocal told
            stopping, told = self._session.signals > 0 and not told, self._session.signals > 0
            for watcher in self._session.watchers:
                if stopping:
                    watcher.stopping()
                if (silence := vigil.silence()) and vigil.patience is not None:
                    watcher.silent(step, silence, vigil.patience)
                watcher.working(step, prepared.command.folder, activity)

        return watch

    def _latest(self, step: Step) -> Attempt:
        return self._session.state.latest[step.key]


def _write(path: str, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
