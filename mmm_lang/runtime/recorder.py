"""`mmm cook --record`: what each agent call was asked, answered and changed, as a recording that can be played again.

The recorder listens to a session. Where a call has ended it looks at the work tree before mmm commits anything: what lies
between there and the run's base is what the agent did. Every call is kept in the folder of its run as soon as it has
ended (masked, synced), so that a crash loses none and a resumed session goes on with what there is; the recording is put
together of them when the session has ended, outside of the work tree until then: no step finds it or commits it.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from attrs import asdict, define, evolve, frozen

from mmm_lang.agents.commands import command_of
from mmm_lang.agents.comparable import comparable, placeless
from mmm_lang.agents.model import Agent, AgentRequest, AgentResult, Invocation
from mmm_lang.agents.recording import (
    Change,
    Content,
    Delete,
    Denial,
    Patch,
    RecordedCall,
    RecordedCommit,
    Write,
)
from mmm_lang.agents.recording_text import call_text, recording_text
from mmm_lang.agents.stream import read_stream
from mmm_lang.agents.tools import tools_used
from mmm_lang.git.authored import TextChange, WholeFile, authored_commits, changes_between
from mmm_lang.git.repository import Repository
from mmm_lang.masking import Mask
from mmm_lang.plan.ir import Step
from mmm_lang.runtime.events import AgentCalled, Base, StepFinished, StepRan
from mmm_lang.runtime.journal import Entry, write_whole
from mmm_lang.runtime.session import Session
from mmm_lang.runtime.state import Attempt, State
from mmm_lang.runtime.values import run_folder

_RUN = "recorded.json"
_SESSION = "recording.json"
_VERSION = 1


@frozen
class Record:
    """Where a recording goes (an absolute path), the name of the ``playbook``, for readers, and the sessions of the same
    command before this one (their names)."""

    file: str
    playbook: str
    after: tuple[str, ...] = ()


def note_record(folder: str, record: Record) -> None:
    """Keep with a session that it is recorded. Raises ``OSError``."""
    kept = {"version": _VERSION, **asdict(record)}
    write_whole(os.path.join(folder, _SESSION), json.dumps(kept).encode("ascii"))


def record_of(folder: str) -> Record | None:
    """Whether a session is recorded, and where; ``None``: it is not."""
    match _read(os.path.join(folder, _SESSION)):
        case {"file": str(file), "playbook": str(playbook), "after": [*after]}:
            return Record(file, playbook, tuple(str(name) for name in after))
    return None


def write_recording(folder: str) -> None:
    """Put the recording of a session together, and write it where it goes; nothing for one that is not recorded.

    Raises ``OSError``.
    """
    record = record_of(folder)
    if record is None:
        return
    sessions = (*(os.path.join(os.path.dirname(folder), name) for name in record.after), folder)
    calls = [call for one in sessions for call in _calls(one)]
    description = (
        f"Recorded by `mmm cook --record` from the playbook {record.playbook}. Play it with `--replay`."
    )
    target = os.path.realpath(record.file)
    mode = _mode(target)
    write_whole(target, recording_text(calls, description).encode("utf-8"))
    os.chmod(target, mode)


def _mode(path: str) -> int:
    """The mode of a file, or the one that a new file gets: a recording is the user's, to be shared."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        # asking the system for its mask would change it for a moment, under whatever other threads make
        probe = f"{path}.{os.getpid()}.{threading.get_native_id()}.tmp"
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            return stat.S_IMODE(os.fstat(descriptor).st_mode)
        finally:
            os.close(descriptor)
            os.unlink(probe)


def _calls(folder: str) -> list[str]:
    """The recorded calls of one session, in order. Of several for one place the last counts: it went on with the others,
    or was made in their stead."""
    steps = os.path.join(folder, "steps")
    names = os.listdir(steps) if os.path.isdir(steps) else []
    found: dict[str, str] = {}
    for name in sorted((one for one in names if one.isdecimal()), key=int):
        kept = _read(os.path.join(steps, name, _RUN))
        if kept is not None and isinstance(kept["call"], str):
            place = json.dumps(kept["place"])
            found.pop(place, None)
            found[place] = kept["call"]
    return list(found.values())


def _read(path: str) -> dict[str, object] | None:
    try:
        with open(path, "rb") as file:
            kept = json.load(file)
    except FileNotFoundError:
        return None
    return kept if isinstance(kept, dict) and kept.get("version") == _VERSION else None


@define
class Heard:
    """What was said last: the request of the last call, and its result once it has ended."""

    request: AgentRequest | None = None
    answered: AgentResult | None = None


@frozen
class Overheard:
    """An agent whose requests and results are noted."""

    agent: Agent
    heard: Heard

    @property
    def name(self) -> str:
        return self.agent.name

    def missing(self) -> str | None:
        return self.agent.missing()

    def invocation(self, request: AgentRequest) -> Invocation:
        self.heard.request, self.heard.answered = request, None
        return self.agent.invocation(request)

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        self.heard.answered = self.agent.result(request, stdout, stderr, exit_code)
        return self.heard.answered

    def activity(self, line: bytes) -> str | None:
        return self.agent.activity(line)


class Recorder:
    """Records one session: its agents come from here, and it is one of the session's watchers."""

    def __init__(self, repository: Repository, agent: Callable[[str], Agent]) -> None:
        self._repository = repository
        self._agent = agent
        self._heard = Heard()
        self._session: Session | None = None

    def agent(self, name: str) -> Agent:
        """The agent of that name, listened to."""
        return Overheard(self._agent(name), self._heard)

    def listen(self, session: Session) -> None:
        """Record this session from now on."""
        self._session = session
        session.watchers = (*session.watchers, self)

    def happened(self, entry: Entry, state: State) -> None:
        """After an event: a call begins, or has ended. Raises ``OSError`` and `GitError`."""
        event = entry.event
        if isinstance(event, AgentCalled):
            self._begins(state.latest[event.step], event, state)
        elif isinstance(event, StepRan) and state.latest[event.step].agent_session and event.calls:
            self._ended(state.latest[event.step], event, state)
        elif isinstance(event, StepFinished) and event.attempt:
            self._overlooked(state.latest[event.step], state)

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """While a process runs there is nothing to record."""

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """Nor while it says nothing."""

    def stopping(self) -> None:
        """Nor while it is told to end."""

    def awaiting(self, step: Step) -> None:
        """Nor before it begins."""

    def _begins(self, attempt: Attempt, event: AgentCalled, state: State) -> None:
        """Keep the prompt: whoever finds the end of the call may be another process."""
        session, place = self._going(), _place(attempt, state)
        request = self._heard.request
        asked: str | None
        if request is not None and not request.continues:
            asked = comparable(session.mask.text(request.prompt), session.world.tree.root, session.folder)
        else:
            asked = self._asked_before(place, attempt.run)
        self._keep(attempt, {"place": place, "asked": asked, "call": None})

    def _asked_before(self, place: Sequence[object], run: int) -> str | None:
        """The prompt with which the agent's session began that goes on now."""
        for earlier in range(run, 0, -1):
            kept = _read(os.path.join(run_folder(self._going().folder, earlier), _RUN))
            if kept is not None and kept["place"] == list(place) and isinstance(kept["asked"], str):
                return kept["asked"]
        return None

    def _ended(self, attempt: Attempt, event: StepRan, state: State) -> None:
        session, place = self._going(), _place(attempt, state)
        kept = _read(os.path.join(run_folder(session.folder, attempt.run), _RUN)) or {}
        asked = kept.get("asked")
        if attempt.base is None or not isinstance(asked, str):
            return
        call = self._call(attempt, event, self._heard.answered, asked)
        call = self._with_work(call, attempt.base, session.world.tree.snapshot())
        text = session.mask.text(call_text(call))
        self._keep(attempt, {"place": place, "asked": asked, "call": text})

    def _overlooked(self, attempt: Attempt, state: State) -> None:
        """Record a call whose end was journalled just before mmm died, now that the session has gone on."""
        ran = attempt.ran
        if ran is None or not ran.calls or attempt.agent_session is None:
            return
        kept = _read(os.path.join(run_folder(self._going().folder, attempt.run), _RUN))
        if kept is not None and kept["call"] is None:
            self._ended(attempt, ran, state)

    def _call(self, attempt: Attempt, event: StepRan, result: AgentResult | None, asked: str) -> RecordedCall:
        """What was said, without what was done."""
        session = self._going()
        folder = run_folder(session.folder, attempt.run)
        stdout = os.path.join(folder, "stdout")
        item = session.started.variables.get("INDEX")
        answered = result or AgentResult("failed")

        def told(text: str) -> str:
            return placeless(session.mask.text(text), session.world.tree.root, session.folder)

        return RecordedCall(
            command=command_of(asked),
            step=attempt.step,
            item=int(item) if item is not None and item.isdecimal() else None,
            asked=asked,
            answer=told(answered.text) if event.fault is None else "",
            json=None
            if answered.json is None or event.fault is not None
            else session.mask.text(answered.json),
            cost_usd=event.cost_usd,
            turns=max(1, answered.turns),
            error=None if event.fault is None else told(event.reason or "it gave no reason"),
            ending=None if event.fault is None else _ending(answered),
            exit_code=event.exit_code if event.exit_code and event.exit_code > 0 else None,
            tools=tools_used(stdout),
            denied=tuple(_denials(stdout)),
        )

    def _with_work(self, call: RecordedCall, base: Base, now: Base) -> RecordedCall:
        """The call with its commits and changes, from the state in which it began to the one that it left."""
        git, tree = self._repository.git, self._going().world.tree
        if now.branch != base.branch or not tree.descends(now.head, base.head):
            return evolve(call, moves_head=True, changes=self._changes(base.tree, now.tree))
        commits, lies = [], base.tree
        ours = f"Mmm-Session: {self._going().started.session}\n"
        for made in authored_commits(git, base.head, now.head):
            if made.message.endswith(ours) or f"\n{ours}" in made.message:
                continue  # what it left, and mmm committed before it died
            paths = tree.changed(made.parent, made.sha)
            after = tree.mixed(lies, made.sha, paths)
            touched = set(tree.changed(lies, after))
            as_they_lie = tuple(path for path in paths if path not in touched)
            commits.append(RecordedCommit(made.message, self._changes(lies, after), as_they_lie))
            lies = after
        return evolve(call, commits=tuple(commits), changes=self._changes(lies, now.tree))

    def _changes(self, before: str, after: str) -> tuple[Change, ...]:
        mask = self._going().mask
        # what was masked in a patch would fit nowhere; and of binary files it holds what no mask can see
        found = changes_between(
            self._repository.git, before, after, lambda content: mask.masked(content) == content
        )
        return tuple(_change(one, mask) for one in found)

    def _keep(self, attempt: Attempt, kept: dict[str, object]) -> None:
        path = os.path.join(run_folder(self._going().folder, attempt.run), _RUN)
        write_whole(path, json.dumps({"version": _VERSION, **kept}).encode("ascii"))

    def _going(self) -> Session:
        assert self._session is not None, "a recorder is asked before it listens"
        return self._session


def _change(change: TextChange | WholeFile, mask: Mask) -> Change:
    match change:
        case TextChange(patch):
            return Patch(mask.text(patch))
        case WholeFile(path, None):
            return Delete(path)
        case WholeFile(path, content, executable):
            return _written(path, mask.masked(content or b""), executable)


def _written(path: str, content: bytes, executable: bool) -> Write | Content:
    """A whole file, as text where that is one."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return Content(path, content, executable)
    return Content(path, content, executable) if "\0" in text else Write(path, text, executable)


def _ending(result: AgentResult) -> Literal["failed", "quota", "auth", "budget"]:
    match result.ending:
        case "quota" | "auth" | "budget" as ending:
            return ending
    return "failed"


def _denials(stdout: str) -> Iterator[Denial]:
    for denial in read_stream(stdout).denials:
        if isinstance(denial, dict) and isinstance(denial.get("tool_name"), str):
            yield Denial(denial["tool_name"], json.dumps(denial.get("tool_input", {})))


def _place(attempt: Attempt, state: State) -> Sequence[object]:
    return [state.iteration, attempt.step, list(attempt.path), attempt.number]
