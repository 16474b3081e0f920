"""Where every step stands: in which list, at which place of it, and in whose list.

Keys, scopes and the order of execution are all read off this outline, so that the nesting of a playbook
is walked once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from mmm_lang.record import field, frozen
from mmm_lang.syntax.nodes import ForEachAction, GroupAction, Handler, Playbook, ShellAction, Step

Relation = Literal["main", "group", "items", "loop", "handler", "on_success"]
"""What a list of steps is to its owner; ``main`` has none. ``items``: the command that prints a loop's items."""

INSIDE: tuple[Relation, ...] = ("group", "items", "loop")
"""Lists that run while their owner does."""


@frozen(eq=False)
class Home:
    """The list that a step stands in.

    ``index`` counts from 0 in ``steps``. ``owner`` is the step whose list it is (``None``: the playbook's
    own); ``handler`` is set where the list is a handler's.
    """

    steps: tuple[Step, ...]
    index: int
    relation: Relation
    owner: Step | None = None
    handler: Handler | None = None


@frozen(eq=False)
class Outline:
    """The home of every step.

    The order of ``homes`` is the order in which steps first run: a step, the steps of its group or loop, of its
    handlers, of its ``on_success``. A value may flow down this order only, which keeps the plan acyclic.
    """

    main: tuple[Step, ...]
    homes: Mapping[Step, Home] = field(repr=False)
    order: Mapping[Step, int] = field(repr=False)
    shell_before: Mapping[Step, Step | None] = field(repr=False)
    """The nearest shell step before each step in the same list."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the playbook in that order."""
        return tuple(self.homes)

    def lineage(self, step: Step) -> tuple[Step, ...]:
        """The steps around ``step``, outermost first, and the step itself at the end."""
        line = [step]
        while (owner := self.homes[line[-1]].owner) is not None:
            line.append(owner)
        return tuple(reversed(line))

    def loops(self) -> Iterator[tuple[Step, ForEachAction]]:
        """Every step that is a loop, with its action."""
        for step in self.homes:
            if isinstance(step.action, ForEachAction):
                yield step, step.action

    def loop_around(self, step: Step | None) -> Step | None:
        """The innermost loop for whose items ``step`` runs."""
        while step is not None and self.homes[step].relation != "loop":
            step = self.homes[step].owner
        return None if step is None else self.homes[step].owner


def outline_of(playbook: Playbook) -> Outline:
    """The outline of a whole playbook."""
    homes = dict(_homes(playbook.steps, "main", None, None))
    order = {step: number for number, step in enumerate(homes)}
    return Outline(playbook.steps, homes, order, _shell_before(homes))


def _shell_before(homes: Mapping[Step, Home]) -> dict[Step, Step | None]:
    found: dict[Step, Step | None] = {}
    for step, home in homes.items():
        before = home.steps[home.index - 1] if home.index else None
        is_shell = before is not None and isinstance(before.action, ShellAction)
        found[step] = before if before is None or is_shell else found[before]
    return found


def handlers_of(step: Step) -> Iterator[Handler]:
    """``on_failure`` and the entries of ``on_exit_code`` of a step."""
    if step.on_failure is not None:
        yield step.on_failure
    for entry in step.on_exit_code:
        yield entry.handler


def _homes(
    steps: tuple[Step, ...], relation: Relation, owner: Step | None, handler: Handler | None
) -> Iterator[tuple[Step, Home]]:
    for index, step in enumerate(steps):
        yield step, Home(steps, index, relation, owner, handler)
        if isinstance(step.action, GroupAction):
            yield from _homes(step.action.steps, "group", step, None)
        elif isinstance(step.action, ForEachAction):
            if step.action.lookup is not None:
                yield from _homes((step.action.lookup,), "items", step, None)
            yield from _homes(step.action.steps, "loop", step, None)
        for inner in handlers_of(step):
            yield from _homes(inner.steps, "handler", step, inner)
        yield from _homes(step.on_success, "on_success", step, None)
