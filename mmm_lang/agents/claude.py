"""The `claude` command as an agent: its command line, its environment, and what is missing where it is not there.

Nothing is started here. The prompt comes directly after `-p` (a list of tools before it would swallow it), or on
stdin where an argument would be too long or could be taken for an option; never both, because the command joins the two.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping

from attrs import field, frozen

from mmm_lang.agents.activity import activity
from mmm_lang.agents.errors import RequestError
from mmm_lang.agents.model import AgentRequest, AgentResult, Invocation, Permissions
from mmm_lang.agents.outcome import read_result
from mmm_lang.agents.patience import idle_timeout

LONGEST_ARGUMENT = 100 * 1024
"""Bytes; the system's limit for one argument is 128 KiB."""
_RETRIES = "2"
"""Retries of the command itself: mmm has its own, and with the default of 10 a wrong key takes 3 minutes to show."""
_TOOL_TIMEOUT = 600.0
"""Seconds that the command lets a script run at most, where BASH_MAX_TIMEOUT_MS does not say other."""
_TOOLS_PATIENCE = 6
"""A tool that runs may be silent so many times as long as a model: others than scripts have no limit of their own."""

_INSTALL = "install it with `npm install -g @anthropic-ai/claude-code`, or set MMM_CLAUDE to its path"
_RULE = re.compile(r"[A-Za-z][^\x00-\x1f\x7f]*")
_MODES: Mapping[Permissions, tuple[str, ...]] = {
    "default": (),
    "acceptEdits": ("--permission-mode", "acceptEdits"),
    "plan": ("--permission-mode", "plan"),
    "bypass": ("--dangerously-skip-permissions",),
}


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@frozen
class ClaudeAgent:
    """The `claude` command.

    ``environ`` is the environment in which the command will run. ``binary`` is its name or path; ``None``:
    `MMM_CLAUDE` of the environment, else `claude`, both looked for on its PATH. ``as_root``: it will run as root.
    """

    environ: Mapping[str, str] = field(repr=False)
    binary: str | None = None
    as_root: bool = field(factory=_is_root, kw_only=True)

    @property
    def name(self) -> str:
        return "claude"

    @property
    def _wanted(self) -> str:
        return os.path.expanduser(self.binary or self.environ.get("MMM_CLAUDE") or "claude")

    @property
    def program(self) -> str:
        """The path of the command, or the name by which it was looked for in vain."""
        return self._found() or self._wanted

    def _found(self) -> str | None:
        path = shutil.which(self._wanted, path=self.environ.get("PATH", os.defpath))
        return None if path is None else os.path.abspath(path)

    def missing(self) -> str | None:
        """A sentence that says that the command was not found, and how to get it; ``None`` if it is there."""
        if self._found() is not None:
            return None
        if self.binary or self.environ.get("MMM_CLAUDE"):
            return (
                f"`{self._wanted}` is not a program that can be run; set MMM_CLAUDE to the path of `claude`"
            )
        return f"the `claude` command was not found on PATH; {_INSTALL}"

    def invocation(self, request: AgentRequest) -> Invocation:
        """The command line for a request.

        Raises `RequestError` for tool rules, models or schemas that cannot be arguments.
        """
        prompt = request.prompt.encode("utf-8", "replace")
        piped = len(prompt) > LONGEST_ARGUMENT or request.prompt.startswith("-") or b"\0" in prompt
        argv = [self.program, "-p"]
        argv += [] if piped else [prompt.decode()]
        argv += ["--output-format", "stream-json", "--verbose"]
        argv += ["--resume" if request.continues else "--session-id", request.session]
        argv += _options(request)
        patience = idle_timeout(self.environ)
        return Invocation(
            tuple(argv),
            self._environment(request),
            prompt if piped else None,
            patience,
            None if patience is None else self._longest_silence(patience),
        )

    def _longest_silence(self, patience: float) -> float:
        written = self.environ.get("BASH_MAX_TIMEOUT_MS", "")
        script = int(written) / 1000 if written.isdecimal() and len(written) < 12 else _TOOL_TIMEOUT
        return max(patience * _TOOLS_PATIENCE, script + patience)

    def _environment(self, request: AgentRequest) -> dict[str, str]:
        """What is added to the environment. What the user has set stays as it is."""
        added = {"CLAUDE_CODE_MAX_RETRIES": _RETRIES}
        if request.permissions == "bypass" and self.as_root:
            added["IS_SANDBOX"] = "1"
        return {
            name: value for name, value in added.items() if name == "IS_SANDBOX" or name not in self.environ
        }

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        """Read the output files of an ended call.

        ``cost_usd`` counts a continued session from its start, see `outcome.cost_of_call`.
        """
        return read_result(request, stdout, stderr, exit_code)

    def activity(self, line: bytes) -> str | None:
        """A few words on what one line of stdout says the agent does now."""
        return activity(line)


def _options(request: AgentRequest) -> list[str]:
    options = list(_MODES[request.permissions])
    if request.model is not None:
        options += ["--model", _argument(request.model, "model")]
    if request.max_cost_usd is not None:
        options += ["--max-budget-usd", _dollars(request.max_cost_usd)]
    if request.output_schema is not None:
        options += ["--json-schema", _argument(request.output_schema, "output schema")]
    for rule in request.allowed_tools:
        if not _RULE.fullmatch(rule):
            raise RequestError(
                f"{rule!r} is not a tool rule; write a tool's name, such as `Edit` or `Bash(npm test:*)`"
            )
    if request.allowed_tools:
        options += ["--allowedTools", *request.allowed_tools]
    return options


def _argument(value: str, what: str) -> str:
    if not value.strip() or value.startswith("-") or "\0" in value:
        raise RequestError(
            f"the {what} {value[:80]!r} cannot be passed to `claude`; it must not be empty or begin with `-`"
        )
    if len(value.encode("utf-8", "replace")) > LONGEST_ARGUMENT:
        raise RequestError(f"the {what} is longer than {LONGEST_ARGUMENT // 1024} KiB; make it smaller")
    return value


def _dollars(amount: float) -> str:
    if not 0 < amount < float("inf"):
        raise RequestError(f"a cap of {amount} US dollars cannot be kept; it must be more than 0")
    return f"{amount:.6f}".rstrip("0").rstrip(".") if amount >= 1e-6 else "0.000001"
