"""The small interface behind which every agent stands.

An agent turns a request into a program to run (`Invocation`) and, when that program has ended, its output
files into an `AgentResult`. It starts nothing itself: the runner does, as it does for every process.
"""

from __future__ import annotations

from typing import Literal, Protocol

from attrs import field, frozen

Permissions = Literal["default", "acceptEdits", "plan", "bypass"]


@frozen
class AgentRequest:
    """One call. ``session`` is a UUID; ``max_cost_usd`` the most that this call may spend, in US dollars.

    ``continues``: go on with the agent's own session of that id instead of opening it.
    ``step``, ``iteration`` and ``attempt`` say which place of the playbook asks (counts from 1), ``item`` for which of
    the things that the playbook is run for, where there are any.
    """

    prompt: str
    session: str
    cwd: str
    step: str
    iteration: int = 1
    attempt: int = 1
    model: str | None = None
    max_cost_usd: float | None = None
    allowed_tools: tuple[str, ...] = ()
    permissions: Permissions = "acceptEdits"
    output_schema: str | None = None
    continues: bool = False
    item: int | None = None


@frozen
class Invocation:
    """A program to run: its arguments, what to add to the environment, and its standard input, if any.

    ``patience``: seconds that it may wait for its model without a word on stdout, after which it is ended; whether it
    waits for its model is what `pulse.Pulse` says. ``longest_silence``: the same, whatever it waits for (a tool that runs
    long, too). ``None``: it may be silent for ever.
    """

    argv: tuple[str, ...]
    env: dict[str, str] = field(factory=dict)
    stdin: bytes | None = None
    patience: float | None = None
    longest_silence: float | None = None


@frozen
class DeniedTool:
    """A tool that the agent was refused. ``rule`` is what to add to `allowed_tools` to allow it."""

    tool: str
    rule: str


Ending = Literal["succeeded", "failed", "quota", "auth", "transient", "budget", "mismatch"]
"""How a call ended. ``budget``: stopped by the cap that it was given; ``mismatch``: a recording has other answers than
for this."""


@frozen
class AgentResult:
    """What came of a call.

    ``text`` is the answer (empty where there is none), ``reason`` one sentence why it is not a success, ``cost_usd`` is
    ``None`` where unknown, ``json`` the structured output as JSON text. ``denied`` tools are the caller's to judge
    (spec/language.md, section 4): alone they do not make ``ending`` a failure. ``trouble`` names a transient error in a
    few words (`an overloaded API`); ``notes`` are sentences that deserve to be read although the call may have succeeded.
    """

    ending: Ending
    text: str = ""
    reason: str | None = None
    cost_usd: float | None = None
    turns: int = 0
    denied: tuple[DeniedTool, ...] = ()
    session: str | None = None
    json: str | None = None
    resets_at: str | None = None
    trouble: str | None = None
    notes: tuple[str, ...] = ()


class Agent(Protocol):
    """What every agent can do. Implementations: ``claude``, ``replay``."""

    @property
    def name(self) -> str: ...

    def missing(self) -> str | None:
        """A sentence that says what is missing to use this agent, and how to get it; ``None`` if nothing is."""

    def invocation(self, request: AgentRequest) -> Invocation:
        """The program to run for a request."""

    def result(self, request: AgentRequest, stdout: str, stderr: str, exit_code: int | None) -> AgentResult:
        """Read the output files (paths) of an ended program; ``exit_code`` is ``None`` after a signal."""

    def activity(self, line: bytes) -> str | None:
        """A few words on what one line of the program's stdout says it does now, for the live view."""
