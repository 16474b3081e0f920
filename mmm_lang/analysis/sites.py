"""Every hole of a playbook and the place it stands in: what scopes, flow and rules speak of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mmm_lang.analysis.outline import Outline
from mmm_lang.record import frozen
from mmm_lang.syntax.nodes import (
    ApproveAction,
    CallAction,
    ClaudeAction,
    ForEachAction,
    Hole,
    Listed,
    Playbook,
    ShellAction,
    Step,
    Template,
    templates_in,
)

Key = Literal[
    "claude", "args", "shell", "approve", "inputs", "env", "cwd", "commit_message", "when", "until", "outputs",
    "filter", "foreach",
]  # fmt: skip
"""What a hole stands in: the key of the step or header that holds its text."""


@frozen(eq=False)
class Site:
    """A hole and its place.

    ``step`` is ``None`` in the header (``env``, ``until``, ``outputs``, ``filter``); ``template`` is ``None`` in
    conditions, where the hole is an operand. ``program`` is the shell that reads the text, set in scripts only.
    """

    hole: Hole
    key: Key
    step: Step | None = None
    template: Template | None = None
    program: str | None = None


def sites_of(playbook: Playbook, outline: Outline) -> Iterator[Site]:
    """Every hole of the playbook: the header's, then step by step, at last those of ``until`` and ``outputs``."""
    for entry in playbook.env:
        yield from _sites(entry.value, "env", None)
    if playbook.map is not None and playbook.map.filter is not None:
        for hole in playbook.map.filter.holes:
            yield Site(hole, "filter")
    for step in outline.steps:
        yield from _sites_of_step(step, playbook)
    if playbook.until is not None:
        yield from _sites(playbook.until.script, "until", None, shell_program(playbook))
    for output in playbook.outputs:
        yield from _sites(output.value, "outputs", None)


def shell_program(playbook: Playbook, step: Step | None = None) -> str:
    """The program that runs a step's script (or ``until``, without a step): ``sh`` where nothing is said."""
    levels = [playbook.settings, playbook.defaults]
    if step is not None:
        levels.insert(0, step.settings)
    return next((level.shell_program.value for level in levels if level.shell_program is not None), "sh")


def _sites_of_step(step: Step, playbook: Playbook) -> Iterator[Site]:
    match step.action:
        case ClaudeAction(prompt=prompt, args=args):
            yield from _sites(prompt, "claude", step)
            for argument in args:
                yield from _sites(argument, "args", step)
        case ShellAction(script=script):
            yield from _sites(script, "shell", step, shell_program(playbook, step))
        case ApproveAction(question=question):
            yield from _sites(question, "approve", step)
        case CallAction(inputs=inputs):
            for passed in inputs:
                for value in passed.values:
                    yield from _sites(value, "inputs", step)
        case ForEachAction(items=Template() | Listed() as items):
            for template in templates_in(items):
                yield from _sites(template, "foreach", step)
        case _:
            pass
    for entry in step.env:
        yield from _sites(entry.value, "env", step)
    if step.cwd is not None:
        yield from _sites(step.cwd, "cwd", step)
    if step.commit_message is not None:
        yield from _sites(step.commit_message, "commit_message", step)
    if step.when is not None:
        for hole in step.when.holes:
            yield Site(hole, "when", step)


def _sites(template: Template, key: Key, step: Step | None, program: str | None = None) -> Iterator[Site]:
    for hole in template.holes:
        yield Site(hole, key, step, template, program)
