"""The story of a session in plain lines: for pipes, CI, and below the live view."""

from __future__ import annotations

import os
from collections.abc import Callable

from mmm_lang.plan.bounds import worst_case
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import AgentCall, Group, Step
from mmm_lang.report import wording
from mmm_lang.runtime.events import (
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    RolledBack,
    SessionFinished,
    SessionStarted,
    StepCommitted,
    StepFinished,
    StepStarted,
)
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import Attempt, State
from mmm_lang.runtime.values import run_folder

_TAIL = 12
"""Lines of a failed step's output that are shown."""


class Console:
    """Writes lines with ``write``. ``verbose`` adds groups, commits and outputs; session folders lie in ``sessions``."""

    def __init__(self, plan: Plan, write: Callable[[str], None], sessions: str, *, verbose: bool) -> None:
        self._plan = plan
        self._write = write
        self._sessions = sessions
        self._verbose = verbose
        self._titles: dict[tuple[str, tuple[int, ...], int], str] = {}

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._write("")
        self._write(f"📋 Item {number}/{total}: {wording.printable(item.label)}")

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """Nothing: plain lines tell only what has happened."""

    def happened(self, entry: Entry, state: State) -> None:
        """Tell one event."""
        match entry.event:
            case SessionStarted() as event:
                self._session_started(event)
            case IterationStarted(iteration=number):
                self._write(f"🔄 Iteration {number}/{_max_iterations(state)}...")
            case StepStarted() as event:
                self._step_started(event)
            case StepCommitted(commits=commits):
                if self._verbose:
                    for commit in commits:
                        self._write(f"   commit {commit[:10]}")
            case StepFinished() as event:
                self._step_finished(event, state)
            case HandlerStarted() as event:
                self._handler_started(event)
            case RolledBack() as event:
                self._rolled_back(event)
            case IterationFinished() as event if self._verbose:
                self._write(f"   iteration {event.iteration}: {wording.plural(event.commits, 'commit')}")
            case SessionFinished() as event:
                self._session_finished(event, state)

    def _session_started(self, event: SessionStarted) -> None:
        self._write("🔍 Starting improvement loop...")
        self._write(f"📋 Workflow: {event.name}")
        most = worst_case(self._plan, event.max_iterations)
        iterations = wording.plural(event.max_iterations, "iteration")
        self._write(f"   {wording.bound(most.total)} in {iterations}")
        if limits := _limits(event):
            self._write(f"   limits: {', '.join(limits)}")

    def _step_started(self, event: StepStarted) -> None:
        step = self._plan.step(event.step)
        if isinstance(step.action, Group):
            if self._verbose:
                self._write(f"📋 {_name(step)}")
            return
        title = event.title or step.title
        self._titles[event.step, event.path, event.attempt] = title
        again = f" (run {event.attempt})" if event.attempt > 1 else ""
        dots = "" if title.endswith("…") else "..."
        self._write(f"{wording.icon(step)} Running {title}{dots}{again}")

    def _step_finished(self, event: StepFinished, state: State) -> None:
        step = self._plan.step(event.step)
        title = self._titles.get((event.step, event.path, event.attempt), step.title)
        attempt = state.latest[event.step]
        if event.status == "skipped":
            self._write(f"   {title} skipped: {event.reason}")
        elif isinstance(step.action, Group):
            if event.status == "failed":
                self._write(f"❌ {_name(step)} failed: {event.reason}")
        elif event.status == "succeeded":
            self._write(f"✅ {title} completed{_facts(step, attempt)}")
            if event.reason:
                self._write(f"   {event.reason}")
        else:
            self._write(f"❌ {title} failed: {event.reason}{_facts(step, attempt)}")
            self._tail(attempt, state)
        for note in event.notes:
            self._write(f"   note: {note}")
        if self._verbose and event.outputs:
            for name, value in event.outputs.items():
                self._write(f"   {name}: {wording.printable(value)}")

    def _tail(self, attempt: Attempt, state: State) -> None:
        if attempt.run == 0 or state.session is None:
            return
        folder = run_folder(os.path.join(self._sessions, state.session.session), attempt.run)
        for name in ("answer", "log"):
            lines = wording.last_lines(os.path.join(folder, name), _TAIL)
            if lines or name == "log":
                break
        for line in lines:
            self._write(f"   | {line}")

    def _handler_started(self, event: HandlerStarted) -> None:
        handler = self._plan.handler(event.handler)
        owner = self._plan.step(handler.owner)
        self._write(f"🔧 Repairing {_name(owner)}, round {event.round} of {handler.max_attempts}...")

    def _rolled_back(self, event: RolledBack) -> None:
        if event.refused is not None:
            self._write(f"   not rolled back: {event.refused}")
            return
        if event.why == "session":
            self._write(f"🔄 Rolled back to {event.to[:10]}, where the failed iteration began")
        if event.rescue is not None:
            what = "uncommitted files" if event.why == "given-up" else "work"
            self._write(f"   the {what} is kept in {event.rescue}")
            self._write(f"   to see it: git show --stat {event.rescue}")

    def _session_finished(self, event: SessionFinished, state: State) -> None:
        self._write("")
        self._write(_headline(event))
        full = event.iterations == _max_iterations(state)
        reached = " (reached maximum)" if event.reason == "limit" and full else ""
        self._write(f"   Iterations: {event.iterations}/{_max_iterations(state)}{reached}")
        self._write(f"   Files improved: {event.files}")
        self._write(f"   Reason: {event.message}")
        unknown = event.cost_usd is None
        cost = (
            f"at least {wording.money(state.cost_usd)}" if unknown else wording.money(event.cost_usd or 0.0)
        )
        if unknown:
            cost += " (not every call told its cost)"
        self._write(f"   Agent calls: {event.calls}, cost: {cost}, commits: {event.commits}")
        if state.session is not None:
            self._write(f"   Log: {os.path.join(self._sessions, state.session.session)}")


def _limits(event: SessionStarted) -> list[str]:
    limits = []
    if event.agent_calls is not None:
        limits.append(wording.plural(event.agent_calls, "agent call"))
    if event.cost_usd is not None:
        limits.append(wording.money(event.cost_usd))
    if event.duration is not None:
        limits.append(wording.duration(event.duration))
    return limits


def _max_iterations(state: State) -> int:
    return state.session.max_iterations if state.session is not None else 1


def _headline(event: SessionFinished) -> str:
    match event.status:
        case "succeeded" if event.reason == "converged":
            return "✅ Improvement session finished early:"
        case "succeeded":
            return "✅ Improvement session completed:"
        case "budget":
            return "❌ Improvement session stopped by its budget:"
        case "paused":
            return "❌ Improvement session paused:"
        case "interrupted":
            return "❌ Improvement session interrupted:"
    return "❌ Improvement session failed:"


def _facts(step: Step, attempt: Attempt) -> str:
    """What a run took and left, in brackets."""
    facts = []
    if attempt.commits:
        facts.append(wording.plural(len(attempt.commits), "commit"))
    if attempt.ran is not None:
        facts.append(wording.duration(attempt.ran.duration))
        if isinstance(step.action, AgentCall) and attempt.ran.cost_usd is not None:
            facts.append(wording.money(attempt.ran.cost_usd))
    return f" ({', '.join(facts)})" if facts else ""


def _name(step: Step) -> str:
    return f"`{step.id}`" if step.id is not None else step.title
