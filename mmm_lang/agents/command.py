"""Any program as an agent, as the project's configuration names it.

Its limits are honest: it is told the prompt and nothing else. Which model, which tools, how much money is its own affair;
what it cost is known only where it prints that; and a call that was cut off cannot go on, it is made anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from itertools import pairwise

from attrs import field, frozen

from mmm_lang.agents.errors import RequestError
from mmm_lang.agents.model import AgentRequest, AgentResult, Invocation
from mmm_lang.agents.stream import number
from mmm_lang.agents.wording import one_line
from mmm_lang.analysis.configuration.programs import PROMPT, AgentProgram

LONGEST_ARGUMENT = 100 * 1024
"""Bytes; the system's limit for one argument is 128 KiB."""
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that is read."""
_SHOWN = 300


class _NoAnswer(Exception):
    """What a program printed is no answer; the message says why."""


@frozen
class CommandAgent:
    """The agent ``name`` of the configuration, in the environment ``environ``."""

    name: str
    program: AgentProgram
    environ: Mapping[str, str] = field(repr=False)

    def missing(self) -> str | None:
        """A sentence where the program was not found; ``None`` if it is there."""
        if self._found() is not None:
            return None
        program = self.program.argv[0]
        where = "is not a program that can be run" if os.sep in program else "was not found on PATH"
        what = f"the program `{program}` of the agent `{self.name}` {where}"
        return f"{what}; install it, or change `agents:` in the settings"

    def _found(self) -> str | None:
        program = os.path.expanduser(self.program.argv[0])
        path = shutil.which(program, path=self.environ.get("PATH", os.defpath))
        return None if path is None else os.path.abspath(path)

    def invocation(self, request: AgentRequest) -> Invocation:
        """The program for a prompt. Raises `RequestError` for one that cannot be an argument."""
        if request.continues:
            # there is no session to go on with, and to ask for nothing would be paid for all the same
            return Invocation(("sh", "-c", 'echo "this agent cannot go on with a session" >&2; exit 1'))
        prompt = request.prompt
        found = self._found() or self.program.argv[0]
        if not self.program.takes_argument:
            return Invocation(
                (found, *self.program.argv[1:]), dict(self.program.env), prompt.encode("utf-8", "replace")
            )
        self._check_argument(prompt)
        argv = (one.replace(PROMPT, prompt) for one in self.program.argv[1:])
        return Invocation((found, *argv), dict(self.program.env))

    def _check_argument(self, prompt: str) -> None:
        advice = f"leave `{PROMPT}` out of its `argv`, and it gets prompts on standard input"
        if "\0" in prompt or len(prompt.encode("utf-8", "replace")) > LONGEST_ARGUMENT:
            what = "holds a NUL" if "\0" in prompt else f"is longer than {LONGEST_ARGUMENT // 1024} KiB"
            raise RequestError(
                f"the prompt {what}, and the agent `{self.name}` takes it as an argument; {advice}"
            )
        argv = self.program.argv
        if prompt.startswith("-") and any(one == PROMPT and before != "--" for before, one in pairwise(argv)):
            raise RequestError(
                f"the prompt begins with `-`, which the agent `{self.name}` may take for an option; write `--` before "
                f"`{PROMPT}`, or {advice}"
            )

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        """The answer that the program printed; what it cost, where it says so."""
        cost: float | None = None
        if request.continues:
            return AgentResult("failed", reason=f"the agent `{self.name}` cannot go on with a session")
        try:
            printed = _read(stdout)
            if exit_code != 0:
                cost = self._cost(printed)
                how = "was ended by a signal" if exit_code is None else f"ended with exit code {exit_code}"
                said = one_line(_last_line(stderr) or printed, _SHOWN)
                raise _NoAnswer(f"{how}{f': {said}' if said else ''}")
            values = _json_of(printed) if self.program.answer or self.program.cost_usd else None
            cost = self._cost(printed)
            text, structured = printed, None
            if self.program.answer is not None:
                text = _as_text(_at(values, self.program.answer), self.program.answer)
            if request.output_schema is not None:
                structured = json.dumps(_json_of(text))
        except _NoAnswer as problem:
            return AgentResult("failed", reason=f"the agent `{self.name}` {problem}", cost_usd=cost, turns=1)
        return AgentResult("succeeded", text.rstrip("\n"), cost_usd=cost, turns=1, json=structured)

    def _cost(self, printed: str) -> float | None:
        try:
            return (
                None
                if self.program.cost_usd is None
                else number(_at(_json_of(printed), self.program.cost_usd))
            )
        except _NoAnswer:
            return None

    def activity(self, line: bytes) -> str | None:
        """The line itself, as far as it is text."""
        return one_line(line.decode("utf-8", "replace"), 80) or None


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_ANSWER + 1)
    except OSError as error:
        raise _NoAnswer(
            f"gave no answer that can be read: {(error.strerror or str(error)).lower()}"
        ) from None
    if len(content) > LARGEST_ANSWER:
        raise _NoAnswer(f"printed more than {LARGEST_ANSWER // 2**20} MiB")
    return content.decode("utf-8", "replace")


def _last_line(path: str) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 16 * 1024))
            words = [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return words[-1] if words else ""


def _json_of(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise _NoAnswer("did not print JSON") from None
    return value


def _at(value: object, path: str) -> object:
    """What lies at a path; ``None`` where nothing does."""
    for key in re.findall(r"[^.\[\]$]+", path):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _as_text(value: object, path: str) -> str:
    if value is None:
        raise _NoAnswer(f"printed JSON without `{path}`")
    return value if isinstance(value, str) else json.dumps(value)
