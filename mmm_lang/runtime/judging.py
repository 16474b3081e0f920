"""The end of a run: read what its program left, journal that, commit it, and give the verdict (spec/durability.md).

Every part may have been done already by a process that died before it could say so: what is there is seen, what is
missing is done.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from attrs import evolve

from mmm_lang.agents.model import AgentResult
from mmm_lang.agents.outcome import cannot_continue, cost_of_call
from mmm_lang.agents.patience import first_wait
from mmm_lang.agents.resets import epoch_of
from mmm_lang.git.trailers import message_with_trailers
from mmm_lang.plan.ir import AgentCall, Call, Step
from mmm_lang.process.model import Ended
from mmm_lang.runtime.backoff import next_call, with_more
from mmm_lang.runtime.calling import calls_around
from mmm_lang.runtime.commands import Prepared
from mmm_lang.runtime.events import (
    BackedOff,
    Base,
    BudgetReached,
    Paused,
    StepCommitted,
    StepFinished,
    StepRan,
    StepResumed,
)
from mmm_lang.runtime.evidence import (
    Verdict,
    commit_verdict,
    denied_sentence,
    denied_verdict,
    process_verdict,
    protected_verdict,
)
from mmm_lang.runtime.leaks import SecretLeft, leak_in
from mmm_lang.runtime.outputs import OutputMissing, gather
from mmm_lang.runtime.recovery import Recovery
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.state import Attempt
from mmm_lang.runtime.values import run_folder
from mmm_lang.runtime.world import CommitRefused, changed_since


class Judge:
    """Judges the runs of one session, one at a time."""

    def __init__(self, session: Session, recovery: Recovery) -> None:
        self._session = session
        self._tree = session.world.tree
        self._recovery = recovery

    def take(
        self, step: Step, prepared: Prepared, end: Ended, base: Base, silence: float | None = None
    ) -> None:
        """A program has ended by itself: journal that, unless it is there, and judge the run.

        ``silence``: seconds without a sign of life that were allowed, where they ended it.
        """
        session, attempt = self._session, self._latest(step)
        place = (step.key, attempt.path, attempt.number)
        result = self._agent_result(prepared, end)
        if prepared.request is not None and result is not None and cannot_continue(prepared.request, result):
            why = f"its agent's own session cannot be continued: {result.reason}"
            # what was turned away was no call; one before it may have been, whose end nobody knows
            session.record(StepResumed(*place, "anew", why, began=attempt.session_calls == 0))
            return
        silence = silence or prepared.command.idle_timeout
        verdict = process_verdict(step, end, result, prepared.own_timeout, silence)
        again = self._next_call(step, prepared, end, result)
        if attempt.ran is None:
            session.record(
                StepRan(
                    *place,
                    exit_code=end.exit_code,
                    duration=round(end.duration, 3),
                    calls=1 if self._counts(step, end, result) and again is None else 0,
                    cost_usd=result.cost_usd if result is not None else 0.0,
                    fault=verdict.fault,
                    reason=verdict.reason,
                )
            )
        if again is not None:
            session.record(again)
        elif not self._ends_session(step, prepared, end, result):
            self.settle(step, verdict, result, base)

    def _counts(self, step: Step, end: Ended, result: AgentResult | None) -> bool:
        """Whether a call is one of those that limits are about. One that was turned away before it cost anything is not:
        the session stops there, and goes on with the very same call."""
        if result is None or end.cause != "exit":
            return isinstance(step.action, AgentCall)
        return result.ending not in ("quota", "auth") or result.cost_usd != 0.0

    def _next_call(
        self, step: Step, prepared: Prepared, end: Ended, result: AgentResult | None
    ) -> BackedOff | None:
        """The call to be made after one that a transient error of the API ended, if there is to be one."""
        session = self._session
        if result is None or end.cause != "exit" or prepared.request is None:
            return None
        if prepared.shared_cap and (more := with_more(step, self._latest(step), result)) is not None:
            return more
        cap, first = prepared.request.max_cost_usd, first_wait(session.world.environ)
        seed = f"{session.started.session} {session.state.iteration}"
        return next_call(step, self._latest(step), result, end.duration, cap, first, seed)

    def _agent_result(self, prepared: Prepared, end: Ended) -> AgentResult | None:
        """What the agent's output says; its answer goes to a file, so that it is a value like any output."""
        if prepared.agent is None or prepared.request is None or end.cause == "not-started":
            return None
        folder = prepared.command.folder
        stdout, stderr = os.path.join(folder, "stdout"), os.path.join(folder, "stderr")
        result = prepared.agent.result(prepared.request, stdout, stderr, end.exit_code)
        attempt = self._session.state.latest[prepared.request.step]
        if attempt.ran is not None:
            result = evolve(result, cost_usd=attempt.ran.cost_usd)
        elif prepared.request.continues:
            # the program counts its session from the start, and what came before is counted already
            result = evolve(result, cost_usd=cost_of_call(result, attempt.session_usd))
        mask = self._session.mask  # the stream was masked as it was written; its escapes are undone only now
        _write(os.path.join(folder, "answer"), mask.masked(result.text.encode("utf-8", "replace")))
        if result.json is not None:
            _write(os.path.join(folder, "json"), mask.masked(result.json.encode("utf-8", "replace")))
        return result

    def _ends_session(self, step: Step, prepared: Prepared, end: Ended, result: AgentResult | None) -> bool:
        """Endings that are no failure of the step: quota, login, and what the session had left of money or time."""
        if end.cause == "timeout" and not prepared.own_timeout:
            self._session.out_of_time(step)
            return True
        if result is None or end.cause != "exit":
            return False
        reason = result.reason or ""
        match result.ending:
            case "quota":
                epoch = epoch_of(result.resets_at)
                self._session.record(Paused(step.key, reason, result.resets_at, epoch))
                return True
            case "auth":
                self._session.end("failed", "auth", reason, 1)
                return True
            case "mismatch":
                self._session.end("failed", "recording", reason, 1)
                return True
            case "budget" if not prepared.own_cap:
                self._session.record(BudgetReached(step.key, reason, prepared.shared_cap))
                return True
        return False

    def settle(self, step: Step, verdict: Verdict, result: AgentResult | None, base: Base) -> None:
        """Look at what the run left in the work tree, commit it, and give the verdict."""
        attempt, now = self._latest(step), self._tree.snapshot()
        if attempt.moved or self._moved(attempt, base, now):
            if not attempt.moved:
                self._recovery.undo_move(attempt, base)
            moved = "it moved HEAD elsewhere (another branch, or history rewritten), which was undone"
            self.finish(step, self._latest(step), Verdict("head-moved", moved), base)
            return
        commits = list(self._tree.commits(base.head, now.head))
        if attempt.leaked or (leak := self._leak_by(commits, base)) is not None:
            self._refuse_commits(step, None if attempt.leaked else leak, base, now, result)
            return
        if verdict.fault is None:
            verdict = self._protected(step, attempt, now)
        if verdict.fault is None and step.commit:
            try:
                with self._session.breakable():
                    commits += self._commit(step, now)
            except CommitRefused as refused:
                verdict = Verdict("commit-rejected", str(refused))
                # what the hook said is part of the step's output, so that a handler can repair it
                _append(os.path.join(self._folder(step), "log"), self._session.mask.text(refused.output))
            except SecretLeft as left:
                verdict = Verdict("secret", f"{left}, so nothing was committed")
                self._tell(step, verdict)
        if new := tuple(commit for commit in commits if commit not in attempt.commits):
            self._session.record(StepCommitted(step.key, attempt.path, attempt.number, new))
        self.finish(step, self._latest(step), verdict, base, result)

    def _moved(self, attempt: Attempt, base: Base, now: Base) -> bool:
        """Whether the run moved HEAD elsewhere, and it has not been put back, or nobody said yet that it was."""
        if now.branch != base.branch or not self._tree.descends(now.head, base.head):
            return True
        return attempt.resumed is not None and self._recovery.was_undoing_move(attempt, base)

    def _leak_by(self, commits: Sequence[str], base: Base) -> str | None:
        """What is to be said of secrets in commits that the run made itself."""
        mask = self._session.mask
        if not commits:
            return None
        return leak_in(self._tree.written_by(commits, base.head, mask.suspects), mask)

    def _refuse_commits(
        self, step: Step, leak: str | None, base: Base, now: Base, result: AgentResult | None
    ) -> None:
        """The run made commits with a secret: they must not stay, and the files do, so that a handler can repair them.

        ``leak`` is ``None`` where the commits were taken back before by a process that could not say why.
        """
        attempt = self._latest(step)
        if leak is not None and self._tree.pushed(base.head, now.head):
            commits = self._tree.commits(base.head, now.head)
            self._session.record(StepCommitted(step.key, attempt.path, attempt.number, commits))
            verdict = Verdict("secret", f"{leak}, and its commits were pushed: withdraw the secret")
        else:
            if leak is not None:
                self._recovery.take_back_commits(attempt, base, now)
            leak = leak or "it left a secret in a commit"
            verdict = Verdict("secret", f"{leak}; its commits were taken back, its files are as it left them")
        self._tell(step, verdict)
        self.finish(step, self._latest(step), verdict, base, result)

    def _tell(self, step: Step, verdict: Verdict) -> None:
        """Make a verdict part of the step's output, so that a handler can repair what it says."""
        names = ("log", "answer") if isinstance(step.action, AgentCall) else ("log",)
        for name in names:
            _append(os.path.join(self._folder(step), name), self._session.mask.text(verdict.reason or ""))

    def _protected(self, step: Step, attempt: Attempt, now: Base) -> Verdict:
        """Protected files are compared with those that the session began with, so that no later step hides a change;
        those that a playbook protects that is called, with those that the call began with."""
        plan, changed = self._session.plan, self._tree.changed
        scope = self._session.scope((step.key, attempt.path))
        guarded = [(plan.header.protect, self._session.started.base)]
        for call in calls_around(plan, step.key):
            run = scope.run_around(call.key)
            if isinstance(call.action, Call) and run is not None and run.base is not None:
                guarded.append((call.action.protect, run.base))
        paths = [changed(base.tree, now.tree, globs) for globs, base in guarded if globs]
        return protected_verdict(tuple(dict.fromkeys(path for found in paths for path in found)))

    def _commit(self, step: Step, now: Base) -> list[str]:
        """Commit what is uncommitted, except what was so when the session began and that nobody changed since."""
        start, attempt = self._session.started.base, self._latest(step)
        first = now.head if attempt.base is None else attempt.base.head
        if first != now.head and self._tree.carries(first, now.head, self._trailers(step)):
            self._tree.settle(first, now.head)  # it was made before, by a process that could not say so
            return []
        paths = set(self._tree.changed(now.head, now.tree))
        if theirs := paths & set(self._tree.changed(start.head, start.tree)):
            paths -= theirs - changed_since(self._tree, start, now)
        if (busy := self._tree.under_way()) is not None:
            raise CommitRefused(f"it left what it began: {busy}", "")
        if not paths:
            return []
        mask = self._session.mask
        changes = self._tree.written(now.head, now.tree, mask.suspects)
        leak = leak_in((one for one in changes if one.path in paths), mask)
        if leak is not None:
            raise SecretLeft(leak)
        made = self._tree.commit(sorted(paths), self._message(step))
        # a hook may have put back the last of it, and then there was nothing to commit
        return [made] if made != now.head else []

    def _message(self, step: Step) -> str:
        attempt = self._latest(step)
        text = f"mmm: {attempt.title or step.title}"
        if step.commit_message is not None:
            renderer = self._session.renderer((step.key, attempt.path), strict=False)
            text = renderer.text(step.commit_message).strip() or text
        return message_with_trailers(self._session.mask.text(text), self._trailers(step))

    def _trailers(self, step: Step) -> dict[str, str]:
        return {
            "Mmm-Session": self._session.started.session,
            "Mmm-Step": step.key,
            "Mmm-Iteration": str(self._session.state.iteration),
            "Mmm-Attempt": str(self._latest(step).number),
        }

    def finish(
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
                    step,
                    evolve(attempt, status="succeeded"),
                    self._session.scope((step.key, attempt.path)),
                    self._tree,
                )
                outputs, notes = dict(gathered.outputs), (*notes, *gathered.notes)
            except OutputMissing as missing:
                verdict = Verdict("output", str(missing))
        notes = (*notes, *(result.notes if result is not None else ()))
        if verdict.fault is not None and result is not None and result.denied:
            notes = (*notes, denied_sentence(step, result.denied))
        if verdict.fault is None and result is not None:
            shows = bool(attempt.commits) or any(one.name in outputs for one in step.outputs)
            verdict = denied_verdict(step, result.denied, shows)
            notes = (*notes, *verdict.notes)
        if verdict.fault is None:
            before = self._before_turn(attempt)
            verdict = commit_verdict(step, self._session.state, self._committed(attempt), before)
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

    def _before_turn(self, attempt: Attempt) -> int:
        """How many commits the iteration had when the turn of the innermost loop around a run began; 0 without one."""
        loops = self._session.plan.loops_around(attempt.step)
        if not loops:
            return 0
        innermost = loops[-1]
        return self._session.state.turn_commits.get((innermost.key, attempt.path[: innermost.at + 1]), 0)

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
