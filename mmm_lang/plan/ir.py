"""What the nodes of the plan hold: plain values, ready to be run, written as JSON and read again.

Nothing here knows YAML or has a place in a file but ``line``, for messages. The graph itself is made in
``plan.lowering`` and wrapped by ``plan.graph.Plan``; its JSON form is described by ``spec/ir.schema.json``.
Here are the steps; the header and the values are in ``ir_header`` and ``ir_values``, and importable from here: who reads
a plan meets all of them.
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from mmm_lang.plan.ir_header import (
    CommandItems,
    FileItems,
    GivenItems,
    GlobItems,
    Header,
    Input,
    ItemSource,
    Limits,
    ListedItems,
    MapHeader,
    SortKey,
)
from mmm_lang.plan.ir_values import (
    Argument,
    Both,
    Comparison,
    Constant,
    Environment,
    Expression,
    Filter,
    Hole,
    Item,
    ItemValue,
    Listed,
    Mapped,
    Membership,
    Not,
    Operand,
    Place,
    StepField,
    Target,
    Template,
    Variable,
)
from mmm_lang.syntax.input_types import InputType

__all__ = [
    "Action",
    "AgentCall",
    "Analyze",
    "Approve",
    "Argument",
    "Both",
    "Call",
    "CommandItems",
    "CommitRule",
    "Comparison",
    "Constant",
    "EdgeKind",
    "Environment",
    "Expression",
    "FileItems",
    "Filter",
    "ForEach",
    "GivenItems",
    "GlobItems",
    "Group",
    "Handler",
    "Header",
    "Hole",
    "Input",
    "Item",
    "ItemSource",
    "ItemValue",
    "Limits",
    "Listed",
    "ListedItems",
    "MapHeader",
    "Mapped",
    "Mark",
    "Membership",
    "Node",
    "Not",
    "Operand",
    "Output",
    "Passed",
    "Place",
    "Region",
    "Rerun",
    "ShellRun",
    "SortKey",
    "Step",
    "StepField",
    "Target",
    "Template",
    "Variable",
]


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
class ForEach:
    """Steps that run once an item, one item after the other: the node's ``branch`` edge leads to the first of them.

    ``items`` is a value that is a list when the loop begins, or the list itself; ``max_items`` is how many of them are
    taken at most. ``json`` is where they are in a value that is JSON text: a path such as `$.items[*]`.
    """

    items: Hole | Listed
    max_items: int
    json: str | None = None


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


@frozen
class Passed:
    """A value for an input of a playbook that is called: one template or, where ``is_list``, one for each item."""

    name: str
    values: tuple[Template, ...]
    is_list: bool = False
    type: InputType = "text"


@frozen
class Call:
    """The steps of another playbook, once: the node's ``branch`` edge leads to the first of them.

    ``inputs`` are rendered where it begins, for the `Argument` holes inside; ``outputs`` (names and templates, read by
    the steps inside) where it has succeeded. ``protect`` are patterns of files that no step inside may change.
    """

    playbook: str
    inputs: tuple[Passed, ...] = ()
    outputs: tuple[tuple[str, Template], ...] = ()
    protect: tuple[str, ...] = ()


Region = Group | ForEach | Call
"""Actions of steps that run no process of their own: their steps are inside them."""

Action = AgentCall | ShellRun | Region | Analyze | Approve


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

    ``line`` is one of ``file``, the playbook that is called, or of the session's own playbook (``None``).
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
    file: str | None = None

    @property
    def where(self) -> str:
        """The place of the step in words, to stand in brackets: `line 3`, `lib/test.yml, line 3`."""
        return f"line {self.line}" if self.file is None else f"{self.file}, line {self.line}"


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
