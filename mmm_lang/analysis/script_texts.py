"""The scripts of a playbook: those of its `shell:` steps and that of `until:`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.sites import shell_program
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ShellAction, Step, Template


class ScriptText(NamedTuple):
    """A script, the program that runs it by its bare name (``bash``), and its step (``None``: `until`)."""

    template: Template
    program: str
    step: Step | None

    def span_of(self, start: int, end: int) -> Span:
        """The place of ``raw[start:end]`` in the file."""
        return self.template.span_of(start, end)


def scripts_of(facts: Facts) -> Iterator[ScriptText]:
    """Every script that is not empty, in the order of the steps, `until` at last."""
    playbook = facts.playbook
    for step in facts.outline.steps:
        if isinstance(step.action, ShellAction) and step.action.script.raw.strip():
            yield ScriptText(step.action.script, _name(shell_program(playbook, step)), step)
    if playbook.until is not None and playbook.until.script.raw.strip():
        yield ScriptText(playbook.until.script, _name(shell_program(playbook)), None)


def _name(program: str) -> str:
    return program.strip().rpartition("/")[2]
