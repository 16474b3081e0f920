"""What a plan says of the whole: inputs, limits, and the items that it is run for."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from mmm_lang.figures import least
from mmm_lang.plan.ir_values import Expression
from mmm_lang.syntax.input_types import InputType


@frozen
class Input:
    name: str
    default: str | None = None
    description: str | None = None
    type: InputType = "text"


@frozen
class Limits:
    """Most that a session may use: calls of agents, US dollars, seconds; ``None`` is no limit."""

    agent_calls: int | None = None
    cost_usd: float | None = None
    duration: float | None = None

    def within(self, other: Limits) -> Limits:
        """These limits, or those of ``other`` where they are lower."""
        return Limits(
            least(self.agent_calls, other.agent_calls),
            least(self.cost_usd, other.cost_usd),
            least(self.duration, other.duration),
        )


@frozen
class GlobItems:
    """Items that are files: patterns from the root of the work tree, each item a path."""

    patterns: tuple[str, ...]


@frozen
class ListedItems:
    """Items that are written in the playbook, each as JSON text."""

    values: tuple[str, ...]


@frozen
class CommandItems:
    """Items that the last step of the opening prints: at the JSON path ``json``, or its lines that are not empty."""

    json: str | None = None


@frozen
class FileItems:
    """Items that a file of the work tree holds: at the JSON path ``json``, or its lines that are not empty."""

    path: str
    json: str | None = None


@frozen
class GivenItems:
    """Items of the command line, which take the place of those of the playbook: files by ``patterns`` (`--map`), then
    texts (`--args`)."""

    patterns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


ItemSource = GlobItems | ListedItems | CommandItems | FileItems | GivenItems


@frozen
class SortKey:
    """What items are sorted by: the names that lead into one (none: the item itself), and the direction."""

    path: tuple[str, ...] = ()
    descending: bool = False


@frozen
class MapHeader:
    """`map:`: what the plan is run for, once an item. ``limits`` are an item's; ``parallel`` is the number of lanes where
    the command line does not say. ``filter`` reads items, inputs and, of files, `ARG` and `FILE…`."""

    over: ItemSource
    filter: Expression | None = None
    sort_by: tuple[SortKey, ...] = ()
    max_items: int | None = None
    parallel: int = 1
    fail_fast: bool = False
    limits: Limits = field(factory=Limits)


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
    map: MapHeader | None = None
    """What the steps are run for; ``None`` in the plans of the opening, of `reduce:` and of `merge:`."""
