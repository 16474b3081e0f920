"""The agent that plays a recording: no account, no cost, the same every time (`spec/recording.md`)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from mmm_lang.agents.activity import activity
from mmm_lang.agents.comparable import comparable, placed, steady
from mmm_lang.agents.errors import RecordingError
from mmm_lang.agents.model import AgentRequest, AgentResult, Invocation
from mmm_lang.agents.outcome import read_result
from mmm_lang.agents.recording import Change, Content, Delete, Patch, RecordedCall
from mmm_lang.agents.recording_file import read_recording
from mmm_lang.agents.stream import read_stream, text

if TYPE_CHECKING:  # the program itself runs in a process of its own
    from mmm_lang.agents.replay_program import CallTask, ChangeTask, Task

_PROGRAM = str(Path(__file__).with_name("replay_program.py"))


@frozen
class ReplayAgent:
    """Answers from the recording at ``recording``; what has answered is noted in the file ``state``.

    One ``state`` a session, in its folder: it outlives crashes and `mmm resume`. Both are absolute paths.
    """

    recording: str
    state: str

    @property
    def name(self) -> str:
        return "replay"

    def missing(self) -> str | None:
        """A sentence where the recording cannot be read or git is not there."""
        try:
            read_recording(self.recording)
        except RecordingError as error:
            return str(error)
        if shutil.which("git") is None:
            return "replaying needs `git`, which was not found on PATH; install git"
        return None

    def invocation(self, request: AgentRequest) -> Invocation:
        """The program that plays the answer; what it may answer with is on its standard input.

        Raises `RecordingError` where the recording cannot be read.
        """
        calls = read_recording(self.recording).calls
        folder = os.path.dirname(self.state)
        asked = comparable(request.prompt, request.cwd, folder)
        answering = [index for index, call in enumerate(calls) if call.answers(request, asked)]
        near = [index for index, call in enumerate(calls) if index not in answering and call.fits(request)]
        task: Task = {
            "recording": self.recording,
            "state": self.state,
            "place": f"{request.step} iteration {request.iteration} attempt {request.attempt}",
            "session": request.session,
            "continues": request.continues,
            "prompt": request.prompt,
            "asked": asked,
            "calls": [_call(index, calls[index], request.cwd, folder) for index in answering],
            "near": [{"index": index, "asked": steady(calls[index].asked or "")} for index in near],
        }
        return Invocation((sys.executable, "-I", "-S", _PROGRAM), stdin=json.dumps(task).encode())

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        """Read the output files of an ended call, as for `claude`; an ending that was recorded is the one that it has."""
        result = read_result(request, stdout, stderr, exit_code)
        told = read_stream(stdout).result or {}
        reason = text(told.get("replay_reason"))
        match told.get("replay_ending"):
            case "failed" | "quota" | "auth" | "budget" | "mismatch" as ending if exit_code is not None:
                return evolve(result, ending=ending, reason=reason, trouble=None)
        return result

    def activity(self, line: bytes) -> str | None:
        """A few words on what one line of stdout says that is done now."""
        return activity(line)


def _call(index: int, call: RecordedCall, root: str, folder: str) -> CallTask:
    task: CallTask = {
        "index": index,
        "answer": placed(call.answer, root, folder) if call.asked is not None else call.answer,
        "cost_usd": call.cost_usd,
        "turns": call.turns,
        "denials": [
            {"tool_name": denial.tool, "tool_input": json.loads(denial.given)} for denial in call.denied
        ],
        "commits": [
            {"message": commit.message, "changes": _changes(commit.changes), "paths": list(commit.paths)}
            for commit in call.commits
        ],
        "changes": _changes(call.changes),
        "error": call.error,
        "status": call.status,
        "ending": call.ending,
        "exit_code": call.exit_code,
        "moves_head": call.moves_head,
    }
    if call.json is not None:
        task["json"] = json.loads(call.json)
    return task


def _changes(changes: tuple[Change, ...]) -> list[ChangeTask]:
    return [_change(change) for change in changes]


def _change(change: Change) -> ChangeTask:
    match change:
        case Patch(text):
            return {"patch": text}
        case Delete(path):
            return {"delete": path}
        case Content(path, content, executable):
            return {
                "write": path, "base64": base64.b64encode(content).decode("ascii"), "executable": executable,
            }  # fmt: skip
        case _:
            return {"write": change.path, "text": change.text, "executable": change.executable}
