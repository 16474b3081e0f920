"""The syntax tree of a playbook: frozen nodes, each with its place in the source.

The parser always gives a whole tree, however broken the text: what could not be read is absent (``None``,
an empty tuple) or ``Broken``, and a diagnostic has said why. Nodes are compared by identity, so that they can
be keys of the facts that later passes compute. See ``spec/language.md`` for what the keys mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Literal, TypeVar

from mmm_lang.record import field, frozen
from mmm_lang.source import Source, Span

T = TypeVar("T")


@frozen(eq=False)
class Located(Generic[T]):
    """A plain value (text, number, switch) and where it stands."""

    value: T
    span: Span


# --- templates ---


@frozen(eq=False)
class Text:
    """Literal text of a template, as it is after YAML and after ``$$``."""

    value: str
    span: Span
    start: int
    """Index of its first character in the decoded scalar."""


@frozen(eq=False)
class Filter:
    """``| name`` or ``| name(argument)`` of a hole."""

    name: str
    argument: int | None
    span: Span


@frozen(eq=False)
class Hole:
    """A reference in a template: ``${a.b}``, ``$<a.b>``, ``$NAME`` or ``${NAME}``.

    ``names`` are its dotted names with their places; ``default`` is the text after ``:-``. ``start`` and
    ``end`` are indexes into the decoded scalar, ``span`` is the place in the file.
    """

    names: tuple[Located[str], ...]
    spelling: Literal["braced", "angled", "bare"]
    span: Span
    start: int
    end: int
    default: str | None = None
    filters: tuple[Filter, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The names alone: ``("coverage", "spec")``."""
        return tuple(name.value for name in self.names)

    @property
    def written(self) -> str:
        """The reference as people say it: ``coverage.spec``."""
        return ".".join(self.path)


@frozen(eq=False)
class Template:
    """A string that may hold references, split once after YAML.

    ``raw`` is the decoded scalar, ``span`` its place; ``offset_of`` gives the source offset of an index of
    ``raw`` (``len(raw)`` included), exact in every scalar style.
    """

    parts: tuple[Text | Hole, ...]
    raw: str
    span: Span
    offset_of: Callable[[int], int] = field(repr=False)

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))

    def span_of(self, start: int, end: int) -> Span:
        """Source span of ``raw[start:end]``."""
        return Span(self.offset_of(start), max(self.offset_of(start), self.offset_of(end)))


# --- conditions (spec/language.md, 3.4) ---


@frozen(eq=False)
class Constant:
    """A number, string, truth value or (right of ``matches``) a pattern."""

    value: str | float | bool
    span: Span


@frozen(eq=False)
class Reference:
    """A hole as an operand."""

    hole: Hole
    span: Span


@frozen(eq=False)
class Not:
    operand: Expression
    span: Span


@frozen(eq=False)
class Both:
    """``left && right`` or ``left || right``."""

    operator: Literal["&&", "||"]
    left: Expression
    right: Expression
    span: Span


@frozen(eq=False)
class Comparison:
    """``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``matches``."""

    operator: Literal["==", "!=", "<", "<=", ">", ">=", "matches"]
    left: Expression
    right: Expression
    span: Span


@frozen(eq=False)
class Membership:
    """``left in [a, b]``."""

    left: Expression
    choices: tuple[Expression, ...]
    span: Span


Expression = Constant | Reference | Not | Both | Comparison | Membership


def holes_in(expression: Expression) -> Iterator[Hole]:
    """Every reference of a condition, from left to right."""
    match expression:
        case Reference(hole=hole):
            yield hole
        case Not(operand=operand):
            yield from holes_in(operand)
        case Both(left=left, right=right) | Comparison(left=left, right=right):
            yield from holes_in(left)
            yield from holes_in(right)
        case Membership(left=left, choices=choices):
            for one in (left, *choices):
                yield from holes_in(one)


@frozen(eq=False)
class Condition:
    """The value of ``when:``. ``expression`` is ``None`` where the text could not be read."""

    expression: Expression | None
    holes: tuple[Hole, ...]
    raw: str
    span: Span


# --- steps ---


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
class UnavailableAction:
    """An action of the language that this version cannot run; a diagnostic has said so."""

    key: str
    span: Span


@frozen(eq=False)
class Broken:
    """No action, or several; a diagnostic has said so."""

    span: Span


Action = ClaudeAction | ShellAction | AnalyzeAction | ApproveAction | GroupAction | UnavailableAction | Broken


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


# --- the whole ---


@frozen(eq=False)
class Input:
    """A declared input; without ``default`` it must be given with ``--set``."""

    name: Located[str]
    default: Located[str] | None
    description: str | None


@frozen(eq=False)
class Until:
    """``until: {shell: …}``: the success criterion, judged at the end of every iteration."""

    script: Template
    timeout: Located[float] | None
    span: Span


@frozen(eq=False)
class Limits:
    """``limits:``; ``duration`` in seconds, ``cost_usd`` in US dollars."""

    agent_calls: Located[int] | None
    cost_usd: Located[float] | None
    duration: Located[float] | None
    span: Span


@frozen(eq=False)
class Playbook:
    """A whole file. ``setup`` is a group that has the steps of `setup:`, and the first of ``steps``; ``merge`` are steps
    that run elsewhere and later, so that they see nothing of the others."""

    source: Source
    form: Literal["list", "commands", "steps"]
    span: Span
    keys: Mapping[str, Span]
    steps: tuple[Step, ...]
    name: Located[str] | None = None
    description: Located[str] | None = None
    inputs: tuple[Input, ...] = ()
    env: tuple[EnvEntry, ...] = ()
    secrets: tuple[Located[str], ...] = ()
    protect: tuple[Located[str], ...] = ()
    max_iterations: Located[int] | None = None
    until: Until | None = None
    setup: Step | None = None
    merge: tuple[Step, ...] = ()
    limits: Limits | None = None
    defaults: Settings = field(factory=Settings)
    settings: Settings = field(factory=Settings)
    """What the header says itself: ``shell_program``, ``permissions``, ``agent``, ``on_denied``, …"""


def templates_of_action(step: Step) -> Iterator[Template]:
    """The templates of a step's action: what decides that it has nothing to work on."""
    match step.action:
        case ClaudeAction(prompt=prompt, args=args):
            yield prompt
            yield from args
        case ShellAction(script=script):
            yield script
        case ApproveAction(question=question):
            yield question


def templates_of(step: Step) -> Iterator[Template]:
    """Every template of a step itself (not of steps inside it), the action's first."""
    yield from templates_of_action(step)
    yield from (entry.value for entry in step.env)
    if step.cwd is not None:
        yield step.cwd
    if step.commit_message is not None:
        yield step.commit_message


def children(step: Step) -> Iterator[tuple[Step, ...]]:
    """The lists of steps directly inside a step, in order of the text's meaning."""
    if isinstance(step.action, GroupAction):
        yield step.action.steps
    if step.on_failure is not None:
        yield step.on_failure.steps
    yield from (entry.handler.steps for entry in step.on_exit_code)
    if step.on_success:
        yield step.on_success


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step of a list and of the lists inside, outer before inner."""
    for step in steps:
        yield step
        for inner in children(step):
            yield from walk(inner)
