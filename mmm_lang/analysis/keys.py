"""The readable key of every step and handler: its name in graph, journal and messages.

A step with an ``id`` is called that. The others are called after their place: ``step-3`` at the top (from
1), ``OWNER.1`` in a group or loop, ``OWNER.items`` for the command that prints a loop's items, ``OWNER.on_failure.1``,
``OWNER.on_exit.101.1`` and ``OWNER.on_success.1`` inside a step; the group of `setup:` is ``header.setup``, the step that
prints the items of `map:` is ``map.items``. Handlers are ``OWNER.on_failure``, ``OWNER.on_exit.101`` and
``OWNER.on_exit.default``.
An id has no dot, so only ``step-N`` and the plan's own marks can collide with one: rule ``reserved-id``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmm_lang.record import field, frozen
from mmm_lang.syntax.nodes import ForEachAction, GroupAction, Handler, Playbook, Step

PLAN_MARKS = ("start", "end", "until")
"""Keys that the plan itself uses."""

SETUP = "header.setup"
"""The key of the group that `setup:` in the header is."""

ITEMS = "map.items"
"""The key of the step that prints the items of `map:`, where a command does."""


@frozen(eq=False)
class StepKeys:
    """Keys by node. They are unique in every playbook that has no error."""

    steps: Mapping[Step, str] = field(repr=False)
    handlers: Mapping[Handler, str] = field(repr=False)

    def of(self, node: Step | Handler) -> str:
        """The key of a step or handler of this playbook."""
        return self.steps[node] if isinstance(node, Step) else self.handlers[node]


def keys_of(playbook: Playbook) -> StepKeys:
    """The keys of a whole playbook."""
    steps: dict[Step, str] = {}
    handlers: dict[Handler, str] = {}
    for node, key in _all_keys(playbook):
        if isinstance(node, Step):
            is_lookup = playbook.map is not None and node is playbook.map.lookup
            steps[node] = ITEMS if is_lookup else key
        else:
            handlers[node] = key
    return StepKeys(steps, handlers)


def _all_keys(playbook: Playbook) -> Iterator[tuple[Step | Handler, str]]:
    """Those of `setup:` first; it has no part in the numbers of the steps."""
    setup = playbook.setup
    if setup is not None and isinstance(setup.action, GroupAction):
        yield setup, SETUP
        yield from _keys(setup.action.steps, f"{SETUP}.")
    yield from _keys(playbook.steps[1:] if setup is not None else playbook.steps, "step-")


def _keys(steps: tuple[Step, ...], prefix: str) -> Iterator[tuple[Step | Handler, str]]:
    for number, step in enumerate(steps, start=1):
        key = step.id.value if step.id is not None else f"{prefix}{number}"
        yield step, key
        if isinstance(step.action, GroupAction | ForEachAction):
            if isinstance(step.action, ForEachAction) and step.action.lookup is not None:
                yield step.action.lookup, f"{key}.items"
            yield from _keys(step.action.steps, f"{key}.")
        for handler, name in _handlers(step):
            yield handler, f"{key}.{name}"
            yield from _keys(handler.steps, f"{key}.{name}.")
        yield from _keys(step.on_success, f"{key}.on_success.")


def _handlers(step: Step) -> Iterator[tuple[Handler, str]]:
    if step.on_failure is not None:
        yield step.on_failure, "on_failure"
    for entry in step.on_exit_code:
        yield entry.handler, f"on_exit.{'default' if entry.code is None else entry.code.value}"
