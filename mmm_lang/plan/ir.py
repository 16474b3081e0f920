"""What the nodes of the plan hold: plain values, ready to be run, written as JSON and read again.

Nothing here knows YAML or has a place in a file but ``line``, for messages. The graph itself is made in
``plan.lowering`` and wrapped by ``plan.graph.Plan``; its JSON form is described by ``spec/ir.schema.json``.
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

# --- values ---

Place = Literal["bare", "double", "single", "ansi", "heredoc", "arithmetic", "comment"]
"""Where a hole stands in a script: its quoting context (spec/language.md, 3.3)."""


@frozen
class StepField:
    """A field of a step: ``coverage.spec``, or inside it: ``x.json.a.b``, ``x.outputs.score``.

    ``step`` is a node key; ``field`` one of ``STEP_FIELDS`` or the name of an output; ``path`` goes on
    into JSON.
    """

    step: str
    field: str
    path: tuple[str, ...] = ()


@frozen
class Variable:
    """A value of the session: ``ARG``, ``ITERATION``, ``SPEC_ID``, …, or an input as ``inputs.NAME``."""

    name: str


@frozen
class Environment:
    """A variable of the caller's environment (in ``env:`` only)."""

    name: str


@frozen
class Filter:
    name: Literal["json", "lines", "words", "raw", "head", "tail"]
    argument: int | None = None


@frozen
class Hole:
    """A reference in a template. ``written`` is how the author wrote it; ``place`` is set in scripts only."""

    target: StepField | Variable | Environment
    written: str
    default: str | None = None
    filters: tuple[Filter, ...] = ()
    place: Place | None = None


@frozen
class Template:
    """Text and holes, in order."""

    parts: tuple[str | Hole, ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))


# --- conditions ---


@frozen
class Constant:
    value: str | float | bool


@frozen
class Operand:
    hole: Hole


@frozen
class Not:
    operand: Expression


@frozen
class Both:
    operator: Literal["&&", "||"]
    left: Expression
    right: Expression


@frozen
class Comparison:
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "matches"]
    left: Expression
    right: Expression


@frozen
class Membership:
    left: Expression
    choices: tuple[Expression, ...]


Expression = Constant | Operand | Not | Both | Comparison | Membership

# --- steps ---


@frozen
class AgentCall:
    """A call of an agent. ``command`` is the slash command's name without the slash, where it is one.

    ``args`` follow the prompt, each as one argument of the command (quoted where it has spaces).
    ``max_cost_usd`` is the step's own cap in US dollars; ``output_schema`` is JSON text. ``analysis``: the project
    context is refreshed before the call.
    """

    prompt: Template
    args: tuple[Template, ...] = ()
    command: str | None = None
    agent: str | None = None
    model: str | None = None
    max_cost_usd: float | None = None
    allowed_tools: tuple[str, ...] = ()
    permissions: str | None = None
    on_denied: Literal["fail", "warn"] | None = None
    output_schema: str | None = None
    analysis: Analyze | None = None


@frozen
class ShellRun:
    """A script for ``program -c``. Holes carry their ``place``; values travel by environment."""

    script: Template
    program: str = "sh"
    cwd: Template | None = None
    ok_exit_codes: tuple[int, ...] = (0,)


@frozen
class Group:
    """Steps under one condition and handler: the node's ``branch`` edge leads to the first of them."""


@frozen
class Analyze:
    """Refresh the project context. One of the very same files that is younger than ``max_cache_age`` seconds is taken as
    it is, unless ``force_refresh``, which reads every file again."""

    max_cache_age: float = 3600.0
    force_refresh: bool = False


@frozen
class Approve:
    """A question for a person: with a yes the playbook goes on, with a no the step has failed."""

    question: Template


Action = AgentCall | ShellRun | Group | Analyze | Approve


@frozen
class Output:
    name: str
    by: Literal["file_pattern", "json", "regex"]
    pattern: str


CommitRule = Literal["required", "implied", "optional"]
"""``required``: `commit_required: true`; ``implied``: a slash command by name that does not say."""


Rerun = Literal["auto", "ask", "never"]
"""What becomes of a run that was cut off and cannot go on: made anew, after a question to a person, or never again."""


@frozen
class Step:
    """A node that runs. ``key`` is its name in graph and journal, ``title`` what people read.

    ``attempts`` and ``backoff`` (seconds) are its ``retry:``; ``timeout`` is in seconds. ``main_line`` is false
    in handlers. The ``env`` of header and groups is already in ``env``, outermost first.
    """

    key: str
    title: str
    line: int
    action: Action
    id: str | None = None
    when: Expression | None = None
    main_line: bool = True
    attempts: int = 1
    backoff: float = 0.0
    timeout: float | None = None
    rerun: Rerun = "auto"
    commit: bool = True
    commit_rule: CommitRule = "optional"
    commit_message: Template | None = None
    capture_output: bool = False
    outputs: tuple[Output, ...] = ()
    env: tuple[tuple[str, Template], ...] = ()


@frozen
class Handler:
    """A node that opens a repair round: between the runs of ``owner``, at most ``max_attempts`` times.

    ``codes`` are the exit codes that it serves (empty: `on_failure`); ``default`` is `on_exit_code`'s
    `default`. ``empty``: it has no steps and only says what exhaustion means.
    """

    key: str
    owner: str
    max_attempts: int = 3
    fail_workflow: bool = True
    codes: tuple[int, ...] = ()
    default: bool = False
    empty: bool = False


@frozen
class Mark:
    """A node that runs nothing: ``start`` and ``end``."""

    key: Literal["start", "end"]


Node = Step | Handler | Mark

EdgeKind = Literal["then", "branch", "join", "on_failure", "on_exit", "on_success", "data"]

# --- header ---


@frozen
class Input:
    name: str
    default: str | None = None
    description: str | None = None


@frozen
class Limits:
    """Most that a session may use: calls of agents, US dollars, seconds; ``None`` is no limit."""

    agent_calls: int | None = None
    cost_usd: float | None = None
    duration: float | None = None


@frozen
class Header:
    """What the playbook says of the whole. ``max_iterations`` is ``None`` where it does not say."""

    name: str
    """Short name for people and for worktrees: the header's `name` or the file's stem."""
    form: Literal["list", "commands", "steps"] = "list"
    description: str | None = None
    inputs: tuple[Input, ...] = ()
    protect: tuple[str, ...] = ()
    max_iterations: int | None = None
    limits: Limits = field(factory=Limits)
    secrets: tuple[str, ...] = ()
    """Names of environment variables whose values are masked."""
    setup: bool = False
    """Whether the first step is the group of `setup:`, which runs in the first iteration in a fresh worktree only."""
