"""The syntax tree of a playbook: frozen nodes, each with its place in the source.

The parser always gives a whole tree, however broken the text: what could not be read is absent (``None``,
an empty tuple) or ``Broken``, and a diagnostic has said why. Nodes are compared by identity, so that they can
be keys of the facts that later passes compute. See ``spec/language.md`` for what the keys mean.

Here are the header, and the ways through the tree; the nodes of steps and of texts are in ``step_nodes`` and
``text_nodes``, and importable from here: who reads a playbook meets all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from mmm_lang.record import field, frozen
from mmm_lang.source import Source, Span
from mmm_lang.syntax.input_types import InputType, input_type
from mmm_lang.syntax.step_nodes import (
    Action,
    AnalyzeAction,
    ApproveAction,
    Broken,
    CallAction,
    ClaudeAction,
    CommandItems,
    EnvEntry,
    ExitHandler,
    ForEachAction,
    GroupAction,
    Handler,
    ItemValue,
    Listed,
    Mapped,
    Output,
    PassedInput,
    Retry,
    Settings,
    ShellAction,
    Step,
    UnavailableAction,
)
from mmm_lang.syntax.text_nodes import (
    Both,
    Comparison,
    Condition,
    Constant,
    Expression,
    Filter,
    Hole,
    Located,
    Membership,
    Not,
    Reference,
    Template,
    Text,
    holes_in,
)

__all__ = [
    "Action",
    "AnalyzeAction",
    "ApproveAction",
    "Both",
    "Broken",
    "CallAction",
    "ClaudeAction",
    "CommandItems",
    "Comparison",
    "Condition",
    "Constant",
    "EnvEntry",
    "ExitHandler",
    "Expression",
    "FileItems",
    "Filter",
    "ForEachAction",
    "GlobItems",
    "GroupAction",
    "Handler",
    "Hole",
    "Input",
    "ItemSource",
    "ItemValue",
    "Limits",
    "Listed",
    "ListedItems",
    "Located",
    "Map",
    "Mapped",
    "Membership",
    "Not",
    "Output",
    "PassedInput",
    "Playbook",
    "PlaybookOutput",
    "Reference",
    "Retry",
    "Settings",
    "ShellAction",
    "SortKey",
    "Step",
    "Template",
    "Text",
    "UnavailableAction",
    "Until",
    "calls_in",
    "children",
    "holes_in",
    "templates_in",
    "templates_of",
    "templates_of_action",
    "walk",
]


# --- the header ---


@frozen(eq=False)
class Input:
    """A declared input; without ``default`` it must be given with ``--set``, or by the caller."""

    name: Located[str]
    default: Located[str] | None
    description: str | None
    type: Located[str] | None = None

    @property
    def kind(self) -> InputType:
        """What a value of it must be: text, where no type is written (or none that there is)."""
        return input_type(self.type.value if self.type is not None else None)


@frozen(eq=False)
class PlaybookOutput:
    """An entry of ``outputs:`` in the header: what a playbook that calls this one sees as ``${id.outputs.NAME}``."""

    name: Located[str]
    value: Template


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
class GlobItems:
    """Items that are files: patterns from the root of the work tree."""

    patterns: tuple[Located[str], ...]
    span: Span


@frozen(eq=False)
class ListedItems:
    """Items that are written in the playbook, each as JSON text."""

    values: tuple[Located[str], ...]
    span: Span


@frozen(eq=False)
class FileItems:
    """Items that a file of the work tree holds; without ``json`` (a path) they are its lines."""

    path: Located[str]
    json: Located[str] | None
    span: Span


ItemSource = GlobItems | ListedItems | CommandItems | FileItems


@frozen(eq=False)
class SortKey:
    """An entry of ``sort_by``: the names that lead into an item (none: the item itself), and the direction."""

    path: tuple[str, ...]
    descending: bool
    span: Span


@frozen(eq=False)
class Map:
    """``map:``: what the steps are run for. ``over`` is ``None`` where it could not be read; ``limits`` are an item's;
    ``setup`` are steps that run once, before the items are looked up. ``None`` is "not written"."""

    over: ItemSource | None
    span: Span
    key_span: Span
    filter: Condition | None = None
    sort_by: tuple[SortKey, ...] = ()
    max_items: Located[int] | None = None
    parallel: Located[int] | None = None
    fail_fast: Located[bool] | None = None
    limits: Limits | None = None
    setup: tuple[Step, ...] = ()

    @property
    def lookup(self) -> Step | None:
        """The step that prints the items, where a command does."""
        return self.over.step if isinstance(self.over, CommandItems) else None

    @property
    def opening(self) -> tuple[Step, ...]:
        """The steps that run once before the first item: ``setup``, and what prints the items."""
        return self.setup if self.lookup is None else (*self.setup, self.lookup)


@frozen(eq=False)
class Playbook:
    """A whole file. ``setup`` is a group that has the steps of `setup:`, and the first of ``steps``; ``merge`` are steps
    that run elsewhere and later, so that they see nothing of the others, and so are those of ``map.setup`` and
    ``reduce``, which run once before and after all items."""

    source: Source
    form: Literal["list", "commands", "steps"]
    span: Span
    keys: Mapping[str, Span]
    steps: tuple[Step, ...]
    name: Located[str] | None = None
    description: Located[str] | None = None
    inputs: tuple[Input, ...] = ()
    outputs: tuple[PlaybookOutput, ...] = ()
    env: tuple[EnvEntry, ...] = ()
    secrets: tuple[Located[str], ...] = ()
    protect: tuple[Located[str], ...] = ()
    max_iterations: Located[int] | None = None
    until: Until | None = None
    setup: Step | None = None
    merge: tuple[Step, ...] = ()
    map: Map | None = None
    reduce: tuple[Step, ...] = ()
    limits: Limits | None = None
    defaults: Settings = field(factory=Settings)
    settings: Settings = field(factory=Settings)
    """What the header says itself: ``shell_program``, ``permissions``, ``agent``, ``on_denied``, …"""

    @property
    def lists(self) -> tuple[tuple[Step, ...], ...]:
        """Every list of steps in the header, in the order in which they run."""
        opening = () if self.map is None else self.map.opening
        return (opening, self.steps, self.reduce, self.merge)


# --- ways through the tree ---


def templates_in(value: ItemValue) -> Iterator[Template]:
    """The templates of an item that is written in the playbook."""
    match value:
        case Template():
            yield value
        case Listed(entries=entries):
            for one in entries:
                yield from templates_in(one)
        case Mapped(entries=named):
            for _, one in named:
                yield from templates_in(one)


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
        case CallAction(inputs=inputs):
            for one in inputs:
                yield from one.values
        case ForEachAction(items=Template() | Listed() as items):
            yield from templates_in(items)


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
    elif isinstance(step.action, ForEachAction):
        if step.action.lookup is not None:
            yield (step.action.lookup,)
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


def calls_in(playbook: Playbook) -> Iterator[tuple[Step, CallAction]]:
    """Every step of a playbook that calls another, wherever it stands."""
    for steps in playbook.lists:
        for step in walk(steps):
            if isinstance(step.action, CallAction):
                yield step, step.action
