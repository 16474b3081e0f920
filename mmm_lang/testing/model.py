"""What a test file says: cases with what is given and what is expected, each with its place in the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from mmm_lang.diagnostics.model import Diagnostic
from mmm_lang.source import Source, Span

Files = Mapping[str, str | None]
"""Contents by path; ``None``: there is no such file."""

ScriptedEnding = Literal["failed", "quota", "auth", "budget", "transient"]


@frozen
class ScriptedCommit:
    """A commit that the program makes itself."""

    message: str
    files: Files = field(factory=dict)


@frozen
class Outcome:
    """How one run of a step ends, and what it leaves.

    ``output`` is its stdout, or the agent's answer. ``files`` are left uncommitted, ``commits`` made by the program
    itself, before. ``takes`` is in seconds; where that is longer than the run may last, it is ended. ``timeout``: it
    takes just as long. ``ending`` and ``denied`` (rules as `allowed_tools` has them) are for agents, ``answer`` is a
    person's.
    """

    exit_code: int = 0
    output: str = ""
    stderr: str = ""
    files: Files = field(factory=dict)
    commits: tuple[ScriptedCommit, ...] = ()
    cost_usd: float | None = 0.0
    takes: float = 1.0
    timeout: bool = False
    signal: int | None = None
    ending: ScriptedEnding | None = None
    reason: str | None = None
    denied: tuple[str, ...] = ()
    json: str | None = None
    moves_head: bool = False
    answer: bool | None = True


@frozen
class Stop:
    """One entry of a path: a step with its status, a handler with its round, a loop with its turn, an iteration with its
    number."""

    name: str
    what: str


def is_turn(what: str) -> bool:
    """Whether a stop is a turn of a loop: `turn 2`."""
    return what.startswith("turn ") and what.removeprefix("turn ").isdecimal()


@frozen
class Expected:
    """One expectation: ``value`` as it is written, ``span`` that of its value, and the key's, for messages."""

    value: object
    span: Span
    key_span: Span


@frozen
class Case:
    """One test. ``expect`` has the expectations by their keys, ``at_most`` those of the worst case.

    ``variables`` are those of the item, if there is one. ``recording`` and ``project`` are absolute paths. Limits are
    those of the command line, in calls, US dollars and seconds.
    """

    name: str
    span: Span
    variables: Mapping[str, str] = field(factory=dict)
    inputs: Mapping[str, str] = field(factory=dict)
    max_iterations: int | None = None
    max_calls: int | None = None
    max_cost_usd: float | None = None
    max_duration: float | None = None
    on_failure: Literal["rollback", "keep"] = "rollback"
    environ: Mapping[str, str] = field(factory=dict)
    files: Files = field(factory=dict)
    recording: str | None = None
    project: str | None = None
    steps: Mapping[str, tuple[Outcome, ...]] = field(factory=dict)
    expect: Mapping[str, Expected] = field(factory=dict)
    at_most: Mapping[str, Expected] = field(factory=dict)


@frozen(eq=False)
class TestFile:
    """A test file that was read: the cases that are sound, and what is wrong with the rest."""

    __test__ = False  # pytest takes classes of this name for tests

    source: Source
    playbook: str
    cases: tuple[Case, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return all(one.severity != "error" for one in self.diagnostics)
