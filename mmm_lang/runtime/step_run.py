"""The protocol of one run: started, ran, committed, finished, each journalled before the next (spec/durability.md)."""

from __future__ import annotations

import os
from collections.abc import Callable

from attrs import evolve

from mmm_lang.agents.errors import AgentError
from mmm_lang.agents.model import AgentResult
from mmm_lang.git.trailers import message_with_trailers
from mmm_lang.plan.ir import AgentCall, Analyze, Group, Step
from mmm_lang.plan.script import ScriptProblem
from mmm_lang.process.errors import ProcessError
from mmm_lang.process.model import Ended
from mmm_lang.runtime.actions import RunStep
from mmm_lang.runtime.commands import Preparation, Prepared
from mmm_lang.runtime.conditions import holds
from mmm_lang.runtime.ending import ended
from mmm_lang.runtime.events import (
    AgentCalled,
    Base,
    BudgetReached,
    Paused,
    StepCommitted,
    StepFinished,
    StepRan,
    StepStarted,
)
from mmm_lang.runtime.evidence import (
    Verdict,
    commit_verdict,
    denied_sentence,
    denied_verdict,
    process_verdict,
    protected_verdict,
)
from mmm_lang.runtime.outputs import OutputMissing, gather
from mmm_lang.runtime.recovery import Recovery
from mmm_lang.runtime.rendering import Missing
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.values import ValueProblem, run_folder
from mmm_lang.runtime.world import CommitRefused, changed_since


class StepRunner:
    """Runs the steps of one session, one at a time."""

    def __init__(self, session: Session, recovery: Recovery) -> None:
        self._session = session
        self._tree = session.world.tree
        self._recovery = recovery
        self._preparation = Preparation(session)

    def run(self, action: RunStep, base: Base) -> None:
        """Run a step, open a group, or skip it. ``base`` is the work tree as it is now."""
        step = action.step
        started = StepStarted(step.key, action.path, action.attempt, base)
        try:
            if action.attempt == 1 and (reason := self._skip_reason(step)) is not None:
                self._skip(action, reason)
                return
            if isinstance(step.action, Group):
                self._session.record(started)
                return
            started = evolve(started, run=self._session.state.runs + 1)
            prepared = self._preparation.prepare(step, started.run, action.attempt)
        except (Missing, ValueProblem, ScriptProblem, AgentError) as problem:
            # a step that has failed before must not pass by being skipped
            if isinstance(problem, Missing) and action.attempt == 1:
                self._skip(action, str(problem))
                return
            self._session.record(evolve(started, title=step.title))
            self._finish(step, self._latest(step), Verdict("value", str(problem)), base)
            return
        self._session.record(evolve(started, title=prepared.title))
        self._perform(step, prepared, base)

    def _skip_reason(self, step: Step) -> str | None:
        if step.when is not None and not holds(step.when, self._session.renderer(strict=False)):
            return "its condition is false"
        if isinstance(step.action, Analyze):
            return "project context is not in this version"
        return None

    def _skip(self, action: RunStep, reason: str) -> None:
        self._session.record(StepFinished(action.step.key, action.path, 0, "skipped", reason=reason))

    def _perform(self, step: Step, prepared: Prepared, base: Base) -> None:
        """Run the program, and unless the session was stopped meanwhile, judge it."""
        attempt = self._latest(step)
        folder = prepared.command.folder
        os.makedirs(folder, mode=0o700, exist_ok=True)
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
            )
            self._session.record(called)
        session = self._session
        began = session.world.clock()
        end = session.world.processes.run(
            prepared.command, lambda: session.signals, self._watch(step, prepared)
        )
        self._tree.clear_locks(began, session.world.clock())
        if end.cause == "stopped":
            # the run has no verdict: it was cut off, by a signal to mmm or to the keeper
            if end.error is not None:
                raise ProcessError(f"`{attempt.title}`: {end.error}")
            session.signals = max(session.signals, 1)
            return
        result = self._agent_result(prepared, end)
        verdict = process_verdict(step, end, result)
        agent_call = isinstance(step.action, AgentCall)
        session.record(
            StepRan(
                step.key,
                attempt.path,
                attempt.number,
                exit_code=end.exit_code,
                duration=round(end.duration, 3),
                calls=1 if agent_call else 0,
                cost_usd=result.cost_usd if result is not None else 0.0,
                fault=verdict.fault,
                reason=verdict.reason,
            )
        )
        if result is None or not self._ends_session(step, prepared, result):
            self._settle(step, verdict, result, base)

    def _watch(self, step: Step, prepared: Prepared) -> Callable[[], None]:
        activity = prepared.agent.activity if prepared.agent is not None else None
        told = False

        def watch() -> None:
            nonlocal told
            stopping, told = self._session.signals > 0 and not told, self._session.signals > 0
            for watcher in self._session.watchers:
                if stopping:
                    watcher.stopping()
                watcher.working(step, prepared.command.folder, activity)

        return watch

    def _agent_result(self, prepared: Prepared, end: Ended) -> AgentResult | None:
        """What the agent's output says; its answer goes to a file, so that it is a value like any output."""
        if prepared.agent is None or prepared.request is None or end.cause == "not-started":
            return None
        folder = prepared.command.folder
        stdout, stderr = os.path.join(folder, "stdout"), os.path.join(folder, "stderr")
        result = prepared.agent.result(prepared.request, stdout, stderr, end.exit_code)
        _write(os.path.join(folder, "answer"), result.text.encode("utf-8", "replace"))
        if result.json is not None:
            _write(os.path.join(folder, "json"), result.json.encode("utf-8", "replace"))
        return result

    def _ends_session(self, step: Step, prepared: Prepared, result: AgentResult) -> bool:
        """Endings of an agent call that are no failure of the step: quota, login, the session's own budget."""
        reason = result.reason or ""
        match result.ending:
            case "quota":
                self._session.record(Paused(step.key, reason, result.resets_at))
                return True
            case "auth":
                files = self._session.files_changed()
                self._session.record(ended(self._session.state, "failed", "auth", reason, 1, files))
                return True
            case "budget" if not prepared.own_cap:
                self._session.record(BudgetReached(step.key, reason))
                return True
        return False

    def _settle(self, step: Step, verdict: Verdict, result: AgentResult | None, base: Base) -> None:
        """Look at what the run left in the work tree, commit it, and give the verdict."""
        now = self._tree.snapshot()
        if now.branch != base.branch or not self._tree.descends(now.head, base.head):
            self._recovery.undo_move(self._latest(step), base)
            moved = "it moved HEAD elsewhere (another branch, or history rewritten), which was undone"
            self._finish(step, self._latest(step), Verdict("head-moved", moved), base)
            return
        commits = list(self._tree.commits(base.head, now.head))
        if verdict.fault is None:
            verdict = self._protected(now)
        if verdict.fault is None and step.commit:
            try:
                with self._session.breakable():
                    commits += self._commit(step, now)
            except CommitRefused as refused:
                verdict = Verdict("commit-rejected", str(refused))
                # what the hook said is part of the step's output, so that a handler can repair it
                _append(os.path.join(self._folder(step), "log"), refused.output)
        if commits:
            attempt = self._latest(step)
            self._session.record(StepCommitted(step.key, attempt.path, attempt.number, tuple(commits)))
        self._finish(step, self._latest(step), verdict, base, result)

    def _protected(self, now: Base) -> Verdict:
        """Protected files are compared with those that the session began with, so that no later step hides a change."""
        globs = self._session.plan.header.protect
        if not globs:
            return Verdict()
        return protected_verdict(self._tree.changed(self._session.started.base.tree, now.tree, globs))

    def _commit(self, step: Step, now: Base) -> list[str]:
        """Commit what is uncommitted, except what was so when the session began and that nobody changed since."""
        start = self._session.started.base
        paths = set(self._tree.changed(now.head, now.tree))
        if theirs := paths & set(self._tree.changed(start.head, start.tree)):
            paths -= theirs - changed_since(self._tree, start, now)
        if not paths:
            return []
        made = self._tree.commit(sorted(paths), self._message(step))
        # a hook may have put back the last of it, and then there was nothing to commit
        return [made] if made != now.head else []

    def _message(self, step: Step) -> str:
        attempt = self._latest(step)
        text = f"mmm: {attempt.title or step.title}"
        if step.commit_message is not None:
            text = self._session.renderer(strict=False).text(step.commit_message).strip() or text
        trailers = {
            "Mmm-Session": self._session.started.session,
            "Mmm-Step": step.key,
            "Mmm-Iteration": str(self._session.state.iteration),
            "Mmm-Attempt": str(attempt.number),
        }
        return message_with_trailers(text, trailers)

    def _finish(
        self,
        step: Step,
        attempt: Attempt,
        verdict: Verdict,
        base: Base,
        result: AgentResult | None = None,
    ) -> None:
        """The last event of a run: verdict, outputs, files."""
        notes = verdict.notes
        outputs: dict[str, str] = {}
        if verdict.fault is None:
            try:
                # fields of a run that succeeded: its status is not journalled yet
                gathered = gather(
                    step, evolve(attempt, status="succeeded"), self._session.scope(), self._tree
                )
                outputs, notes = dict(gathered.outputs), (*notes, *gathered.notes)
            except OutputMissing as missing:
                verdict = Verdict("output", str(missing))
        if verdict.fault is not None and result is not None and result.denied:
            notes = (*notes, denied_sentence(result.denied))
        if verdict.fault is None and result is not None:
            shows = bool(attempt.commits) or any(one.name in outputs for one in step.outputs)
            verdict = denied_verdict(step, result.denied, shows)
            notes = (*notes, *verdict.notes)
        if verdict.fault is None:
            verdict = commit_verdict(step, self._session.state, self._committed(attempt))
        now = self._tree.snapshot()
        self._session.record(
            StepFinished(
                step.key,
                attempt.path,
                attempt.number,
                "succeeded" if verdict.fault is None else "failed",
                fault=verdict.fault,
                reason=verdict.reason,
                converged=verdict.converged,
                outputs=outputs,
                files=self._tree.changed(base.tree, now.tree),
                notes=notes,
            )
        )

    def _committed(self, attempt: Attempt) -> bool:
        """Whether there is a commit since the step first began, its handlers' included."""
        first = self._session.state.attempts_at(attempt.step, attempt.path)[0].base
        return first is not None and first.head != self._session.state.head

    def _latest(self, step: Step) -> Attempt:
        return self._session.state.latest[step.key]

    def _folder(self, step: Step) -> str:
        return run_folder(self._session.folder, self._latest(step).run)


def _append(path: str, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab") as file:
        file.write(text.encode("utf-8", "replace") + b"\n")


def _write(path: str, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
