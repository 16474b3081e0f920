"""The story of a session in plain lines: for pipes, CI, and below the live view."""

from __future__ import annotations

import os
from collections.abc import Callable

from mmm_lang.figures import measured, money, plural
from mmm_lang.plan.bounds import worst_case
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import AgentCall, Approve, ForEach, Region, Step
from mmm_lang.report import wording
from mmm_lang.runtime.events import (
    Approved,
    BackedOff,
    HandlerStarted,
    How,
    IterationFinished,
    IterationStarted,
    Paused,
    PutBack,
    RolledBack,
    SessionFinished,
    SessionResumed,
    SessionStarted,
    StepCommitted,
    StepFinished,
    StepResumed,
    StepStarted,
    TurnStarted,
)
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import Attempt, State
from mmm_lang.runtime.values import item_label, run_folder

_TAIL = 12
"""Lines of a failed step's output that are shown."""
_LONGEST_LINE = 200
"""Columns of such a line, where nobody knows how wide the reader's window is."""
_SHORTEST_TITLE = 12
"""Columns that a title keeps, however narrow the window."""


_ON: dict[How, str] = {
    "taken": "is taken as it ended",
    "attached": "is waited for",
    "settled": "is judged",
    "continued": "goes on",
    "anew": "is started anew",
}


class Console:
    """Writes lines with ``write``. ``verbose`` adds groups, commits and outputs; session folders lie in ``sessions``.

    ``width`` tells how many columns a person's window has now; titles are shortened to fit.
    """

    def __init__(
        self,
        plan: Plan,
        write: Callable[[str], None],
        sessions: str,
        *,
        verbose: bool,
        width: Callable[[], int] | None = None,
    ) -> None:
        self._plan = plan
        self._print = write
        self._width = width
        self._sessions = sessions
        self._verbose = verbose
        self._titles: dict[tuple[str, tuple[int, ...], int], str] = {}
        self._told_of_silence = False

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._write("")
        self._write(f"📋 Item {number}/{total}: {item.label}")

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """Nothing: plain lines tell only what has happened."""

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """Say once that an agent may be waiting for nothing, as soon as half of the patience with it is gone."""
        if seconds < patience / 2:
            self._told_of_silence = False
        elif not self._told_of_silence:
            self._told_of_silence = True
            self._write(f"   {wording.silence(seconds, patience)}")

    def stopping(self) -> None:
        self._write("   stopping what runs; a second signal does not wait for it")

    def awaiting(self, step: Step) -> None:
        self._write(f"   {wording.AWAITING}")

    def _write(self, line: str) -> None:
        """A line, whatever is in it: what an agent or a program said obeys no terminal."""
        self._print(wording.printable(line.replace("\n", " ")))

    def _write_titled(self, before: str, title: str, after: str) -> None:
        """A line around a title, which gives way where the line would be too long."""
        if self._width is not None:
            room = self._width() - wording.cells(before) - wording.cells(after) - 1
            title = wording.cut(title, max(room, _SHORTEST_TITLE))
        self._write(f"{before}{title}{after}")

    def happened(self, entry: Entry, state: State) -> None:
        """Tell one event."""
        match entry.event:
            case SessionStarted() as event:
                self._session_started(event)
            case SessionResumed() as event:
                self._session_resumed(event, state)
            case StepResumed() as event:
                self._step_resumed(event)
            case PutBack(to=to, rescue=rescue):
                self._write(f"🔄 Put back {to[:10]}, where the session had failed, from {rescue}")
            case Approved(question=question):
                self._write(f"✅ {question} Yes")
            case IterationStarted(iteration=number):
                self._write(f"🔄 Iteration {number}/{_max_iterations(state)}...")
            case StepStarted() as event if not state.latest[event.step].repeats:
                self._step_started(event)
            case BackedOff() as event:
                self._write(f"   {wording.waiting(event)}")
            case StepCommitted(commits=commits):
                if self._verbose:
                    for commit in commits:
                        self._write(f"   commit {commit[:10]}")
            case StepFinished() as event:
                self._step_finished(event, state)
            case TurnStarted() as event:
                self._turn_started(event, state)
            case HandlerStarted() as event:
                self._handler_started(event)
            case RolledBack() as event:
                self._rolled_back(event)
            case IterationFinished() as event if self._verbose:
                self._write(f"   iteration {event.iteration}: {plural(event.commits, 'commit')}")
            case SessionFinished() as event:
                self._session_finished(event, state)

    def _session_started(self, event: SessionStarted) -> None:
        self._write("🔍 Starting improvement loop...")
        self._write(f"📋 Workflow: {event.name}")
        most = worst_case(self._plan, event.max_iterations)
        iterations = plural(event.max_iterations, "iteration")
        self._write(f"   {wording.bound(most.total)} in {iterations}")
        if limits := wording.limits(event):
            self._write(f"   limits: {', '.join(limits)}")

    def _session_resumed(self, event: SessionResumed, state: State) -> None:
        session = state.session
        assert session is not None
        self._write(f"🔄 Resuming session {session.session}...")
        self._write(f"📋 Workflow: {session.name}")
        cost = money(state.cost_usd)
        if state.cost_unknown or state.open_calls:
            cost = f"at least {cost}" if state.cost_usd else "cost unknown"
        spent = f"{plural(state.calls_begun, 'agent call')}, {cost}, {measured(event.elapsed)}"
        self._write(f"   until now: {plural(state.total_commits, 'commit')}, {spent}")
        if limits := wording.limits(session):
            self._write(f"   limits: {', '.join(limits)}")

    def _step_resumed(self, event: StepResumed) -> None:
        step = self._plan.step(event.step)
        self._write_titled("   ", _name(step), f" {_ON[event.how]}: {event.why}")

    def _step_started(self, event: StepStarted) -> None:
        step = self._plan.step(event.step)
        for note in event.notes:
            self._write(f"   note: {note}")
        if isinstance(step.action, Region):
            if isinstance(step.action, ForEach) and not event.items:
                self._write_titled("   ", _name(step), ": no items")
            elif self._verbose:
                self._write(f"📋 {_name(step)}")
            return
        title = event.title or step.title
        self._titles[event.step, event.path, event.attempt] = title
        if isinstance(step.action, Approve):
            return  # the question itself is what is shown
        again = f" (run {event.attempt})" if event.attempt > 1 else ""
        dotted = title if title.endswith("…") else f"{title.rstrip('.')}..."
        self._write_titled(f"{wording.icon(step)} Running ", dotted, again)

    def _step_finished(self, event: StepFinished, state: State) -> None:
        step = self._plan.step(event.step)
        title = self._titles.get((event.step, event.path, event.attempt), step.title)
        attempt = state.latest[event.step]
        if event.status == "skipped":
            self._write_titled("   ", title, f" skipped: {event.reason}")
        elif isinstance(step.action, Region):
            if event.status == "failed":
                self._write(f"❌ {_name(step)} failed: {event.reason}")
        elif event.status == "succeeded":
            self._write_titled("✅ ", title, f" completed{_facts(step, attempt)}")
            if event.reason:
                self._write(f"   {event.reason}")
            if self._verbose:
                self._tail(step, attempt, state)
        else:
            icon, verdict = ("   ", "is not met") if step == self._plan.until else ("❌ ", "failed")
            self._write_titled(icon, title, f" {verdict}: {event.reason}{_facts(step, attempt)}")
            self._tail(step, attempt, state)
        for note in event.notes:
            self._write(f"   note: {note}")
        if self._verbose and event.outputs:
            for name, value in event.outputs.items():
                self._write(f"   {name}: {value}")

    def _tail(self, step: Step, attempt: Attempt, state: State) -> None:
        """The last lines of what the run said; an agent's own stream is nothing to read."""
        if attempt.run == 0 or state.session is None:
            return
        folder = run_folder(os.path.join(self._sessions, state.session.session), attempt.run)
        names = ("answer", "stderr") if isinstance(step.action, AgentCall) else ("log",)
        found = (wording.last_lines(os.path.join(folder, name), _TAIL) for name in names)
        longest = _LONGEST_LINE if self._width is None else max(self._width() - 6, _SHORTEST_TITLE)
        for line in next(filter(None, found), []):
            self._write(f"   | {wording.cut(line, longest)}")

    def _turn_started(self, event: TurnStarted, state: State) -> None:
        """Which item of how many a loop has come to."""
        items = state.latest[event.step].items or ()
        label = item_label(items[event.turn - 1]) if event.turn <= len(items) else ""
        self._write_titled(f"🔄 {event.turn}/{len(items)} ", label, "")

    def _handler_started(self, event: HandlerStarted) -> None:
        handler = self._plan.handler(event.handler)
        owner = self._plan.step(handler.owner)
        # a step that is tried again after its session had failed has rounds behind it
        of = f" of {handler.max_attempts}" if event.round <= handler.max_attempts else ""
        after = f", round {event.round}{of}..."
        self._write_titled("🔧 Repairing ", _name(owner), after)

    def _rolled_back(self, event: RolledBack) -> None:
        if event.refused is not None:
            self._write(f"   not rolled back: {event.refused}")
            return
        if event.why == "session":
            self._write(f"🔄 Rolled back to {event.to[:10]}, where the failed iteration began")
        if event.why == "asked":
            self._write(f"🔄 Back to {event.to[:10]}, where `{event.step}` began")
        if event.rescue is not None:
            what = "uncommitted files" if event.why == "given-up" else "work"
            self._write(f"   the {what} is kept in {event.rescue}")
            self._write(f"   to see it: mmm rescue show {event.rescue.removeprefix('refs/mmm/rescue/')}")

    def _session_finished(self, event: SessionFinished, state: State) -> None:
        self._write("")
        self._write(_headline(event))
        full = event.iterations == _max_iterations(state)
        reached = " (reached maximum)" if event.reason == "limit" and full else ""
        self._write(f"   Iterations: {event.iterations}/{_max_iterations(state)}{reached}")
        self._write(f"   Files improved: {event.files}")
        message, *difference = event.message.split("\n")
        self._write(f"   Reason: {message}")
        for line in difference:
            self._write(f"   | {line}")
        if isinstance(state.stop, Paused) and state.stop.resets_at is not None:
            self._write(f"   The quota is there again at {state.stop.resets_at}")
        if event.status in ("budget", "paused", "interrupted") and state.session is not None:
            self._write(f"   To go on: {_to_go_on(event, state)}")
        if event.status != "succeeded" and state.rolled_back is None:
            self._write("   Nothing was reset: commits and files are as the last step left them")
        cost = _cost(event.cost_usd, state.cost_usd)
        self._write(f"   Agent calls: {event.calls}, cost: {cost}, commits: {event.commits}")
        if event.charged_usd:
            self._write(f"   Calls of unknown cost count as their cap: {money(event.charged_usd)}")
        if state.session is not None:
            self._write(f"   Log: {os.path.join(self._sessions, state.session.session)}")


def _to_go_on(event: SessionFinished, state: State) -> str:
    """The command that resumes a session."""
    session = state.session
    command = f"mmm resume {(session.map or session.session) if session is not None else ''}"
    if event.reason == "approval" and state.stop is not None:
        return f"{command} --approve {state.stop.step}"
    if event.reason == "budget":
        return f"{command} with a higher limit"
    return command


def _cost(total: float | None, known: float) -> str:
    """What the calls cost; ``known`` is the part that was told where the total is not."""
    if total is not None:
        return money(total)
    return f"at least {money(known)} (not every call told its cost)" if known else "unknown"


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
        facts.append(plural(len(attempt.commits), "commit"))
    if attempt.ran is not None:
        facts.append(measured(attempt.ran.duration))
        if isinstance(step.action, AgentCall):
            known = attempt.ran.cost_usd is not None
            facts.append(money(attempt.paid_usd + (attempt.ran.cost_usd or 0.0)) if known else "cost unknown")
    return f" ({', '.join(facts)})" if facts else ""


def _name(step: Step) -> str:
    return f"`{step.id}`" if step.id is not None else step.title
