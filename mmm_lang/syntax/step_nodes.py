"""The nodes of steps: what they do, what follows it, and the settings that they have.

Nodes are compared by identity, as all of the syntax tree are (`syntax.nodes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mmm_lang.record import field, frozen
from mmm_lang.source import Span
from mmm_lang.syntax.text_nodes import Condition, Located, Template


@frozen(eq=False)
class ClaudeAction:
    """``claude:``, ``name:`` with ``args:``, or a bare string of a list: a prompt or slash command.

    ``form`` says which; ``args`` belong to ``name:`` alone, each one argument.
    """

    prompt: Template
    form: Literal["claude", "name", "string"]
    span: Span
    args: tuple[Template, ...] = ()


@frozen(eq=False)
class ShellAction:
    """``shell:`` (or the deprecated ``test:``): a script for ``shell_program``."""

    script: Template
    span: Span
    deprecated_test: bool = False


@frozen(eq=False)
class AnalyzeAction:
    """``analyze:``, or ``analysis:`` beside another action: refresh the project context."""

    span: Span
    force_refresh: Located[bool] | None = None
    max_cache_age: Located[float] | None = None
    """Seconds."""


@frozen(eq=False)
class ApproveAction:
    """``approve:``: a question for a person."""

    question: Template
    span: Span


@frozen(eq=False)
class GroupAction:
    """``steps:`` inside a list: steps under one ``when``, ``env`` and ``on_failure``."""

    steps: tuple[Step, ...]
    span: Span


@frozen(eq=False)
class PassedInput:
    """An entry of ``inputs:`` beside ``playbook:``. ``values`` is one template, or one for each item of a list."""

    name: Located[str]
    values: tuple[Template, ...]
    is_list: bool
    span: Span


@frozen(eq=False)
class CallAction:
    """``playbook:``: the steps of another file. ``playbook`` is its path as it is written."""

    playbook: Located[str]
    span: Span
    inputs: tuple[PassedInput, ...] = ()


@frozen(eq=False)
class Listed:
    """A list that is written in the playbook: the items of a loop, or a list inside one of them."""

    entries: tuple[ItemValue, ...]
    span: Span


@frozen(eq=False)
class Mapped:
    """An item that is a mapping, or a mapping inside one."""

    entries: tuple[tuple[Located[str], ItemValue], ...]
    span: Span


ItemValue = Template | Listed | Mapped


@frozen(eq=False)
class CommandItems:
    """Items that a script prints: ``step`` runs it. Without ``json`` (a path) they are its lines."""

    step: Step
    json: Located[str] | None
    span: Span


@frozen(eq=False)
class ForEachAction:
    """``foreach:`` with ``do:``. ``items`` is one reference to a list, the list itself, or a command that prints it;
    ``None`` where it could not be read. ``max_items`` is ``None`` where it is not written (or not legal)."""

    items: Template | Listed | CommandItems | None
    steps: tuple[Step, ...]
    span: Span
    max_items: Located[int] | None = None

    @property
    def lookup(self) -> Step | None:
        """The step that prints the items, where a command does."""
        return self.items.step if isinstance(self.items, CommandItems) else None


@frozen(eq=False)
class UnavailableAction:
    """An action of the language that this version cannot run; a diagnostic has said so."""

    key: str
    span: Span


@frozen(eq=False)
class Broken:
    """No action, or several; a diagnostic has said so."""

    span: Span


Action = (
    ClaudeAction
    | ShellAction
    | AnalyzeAction
    | ApproveAction
    | GroupAction
    | ForEachAction
    | CallAction
    | UnavailableAction
    | Broken
)


@frozen(eq=False)
class Handler:
    """What runs between the runs of a failed step: ``on_failure`` or one entry of ``on_exit_code``.

    Without ``steps`` it only says what exhaustion means. ``None`` is "not written"; the defaults
    (3 and true) are applied in lowering.
    """

    steps: tuple[Step, ...]
    span: Span
    key_span: Span
    max_attempts: Located[int] | None = None
    fail_workflow: Located[bool] | None = None


@frozen(eq=False)
class ExitHandler:
    """One entry of ``on_exit_code``; ``code`` is ``None`` for ``default``."""

    code: Located[int] | None
    handler: Handler


@frozen(eq=False)
class Output:
    """A declared output: a file pattern, a JSON path into stdout, or a regular expression on stdout."""

    name: Located[str]
    kind: Literal["file_pattern", "json", "regex"]
    pattern: Located[str]


@frozen(eq=False)
class Retry:
    """``retry:``; ``backoff`` in seconds."""

    attempts: Located[int]
    backoff: Located[float] | None
    span: Span


@frozen(eq=False)
class EnvEntry:
    name: Located[str]
    value: Template


@frozen(eq=False)
class Settings:
    """Keys that a step and ``defaults:`` (and in part the header) share; ``None`` where not written.

    ``timeout`` is in seconds, ``max_cost_usd`` in US dollars.
    """

    timeout: Located[float] | None = None
    shell_program: Located[str] | None = None
    model: Located[str] | None = None
    max_cost_usd: Located[float] | None = None
    allowed_tools: tuple[Located[str], ...] | None = None
    permissions: Located[str] | None = None
    agent: Located[str] | None = None
    on_denied: Located[str] | None = None
    retry: Retry | None = None


@frozen(eq=False)
class Step:
    """One entry of a list of steps. ``keys`` has the place of every key that is written."""

    action: Action
    span: Span
    keys: Mapping[str, Span] = field(factory=dict)
    id: Located[str] | None = None
    when: Condition | None = None
    on_failure: Handler | None = None
    on_exit_code: tuple[ExitHandler, ...] = ()
    on_success: tuple[Step, ...] = ()
    commit_required: Located[bool] | None = None
    commit: Located[bool] | None = None
    capture_output: Located[bool] | None = None
    outputs: tuple[Output, ...] = ()
    ok_exit_codes: tuple[Located[int], ...] | None = None
    env: tuple[EnvEntry, ...] = ()
    cwd: Template | None = None
    commit_message: Template | None = None
    output_schema: Located[str] | None = None
    """JSON text of the schema."""
    rerun: Located[str] | None = None
    analysis: AnalyzeAction | None = None
    settings: Settings = field(factory=Settings)
