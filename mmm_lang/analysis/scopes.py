"""What a hole can stand for: a field of a step, a variable, an input, or text of the shell's own.

A hole that stands for nothing has a ``Problem`` that says why; the rules put it into words. How it is found
out is in ``lookup``.
"""

from __future__ import annotations

from collections.abc import Mapping

from mmm_lang.analysis import flow
from mmm_lang.analysis.outline import Outline
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.variables import SESSION_VARIABLES
from mmm_lang.record import field, frozen
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Playbook, Step

# --- targets ---


@frozen(eq=False)
class StepTarget:
    """A field of a step. An output's name is the field, with or without ``outputs.`` before it; a declared
    output comes before a field of the same name. ``path`` goes on into ``json``.
    """

    step: Step
    field: str
    path: tuple[str, ...] = ()


@frozen(eq=False)
class VariableTarget:
    """A variable of the session, such as ``ARG``."""

    name: str


@frozen(eq=False)
class InputTarget:
    """A declared input."""

    name: str


@frozen(eq=False)
class EnvironmentTarget:
    """A variable of the caller's environment (in ``env:`` only)."""

    name: str


@frozen(eq=False)
class ShellsOwn:
    """Text that is left to the shell. ``assigned``: where the script assigns a name that is ours elsewhere."""

    assigned: Span | None = None


Target = StepTarget | VariableTarget | InputTarget | EnvironmentTarget | ShellsOwn

# --- problems ---


@frozen(eq=False)
class UndefinedStep:
    """No step has this id."""

    name: str


@frozen(eq=False)
class ForwardReference:
    """The step stands later."""

    step: Step


@frozen(eq=False)
class SelfReference:
    """The step is the one that reads it, or a group around it."""

    step: Step


@frozen(eq=False)
class UnknownField:
    """The step has no such field. ``name`` is the wrong name, the hole's ``position``-th (from 0)."""

    step: Step
    name: str
    position: int


@frozen(eq=False)
class MaybeUndefined:
    """The step may not have run; ``doubts`` say why."""

    step: Step
    doubts: tuple[flow.Doubt, ...]


@frozen(eq=False)
class UndefinedVariable:
    """A single name that is nothing here."""

    name: str


@frozen(eq=False)
class UndefinedInput:
    """``inputs.NAME`` that is not declared."""

    name: str


@frozen(eq=False)
class ContextNotAvailable:
    """A name that has a meaning, but not here."""

    name: str


Problem = (
    UndefinedStep
    | ForwardReference
    | SelfReference
    | UnknownField
    | MaybeUndefined
    | UndefinedVariable
    | UndefinedInput
    | ContextNotAvailable
)


@frozen(eq=False)
class Resolution:
    """What the hole at ``site`` stands for; ``None`` where nothing was found. Without problems it is sound."""

    site: Site
    target: Target | None
    problems: tuple[Problem, ...] = ()


# --- scope ---


@frozen(eq=False)
class Scope:
    """The names of one playbook."""

    outline: Outline = field(repr=False)
    steps: Mapping[str, tuple[Step, ...]] = field(repr=False)
    inputs: frozenset[str]

    def knows(self, name: str) -> bool:
        """Whether a single name is a variable or an input."""
        return name in SESSION_VARIABLES or name in self.inputs


def scope_of(playbook: Playbook, outline: Outline) -> Scope:
    """The names that a playbook defines. Of several steps with one id all are kept."""
    steps: dict[str, tuple[Step, ...]] = {}
    for step in outline.steps:
        if step.id is not None:
            steps[step.id.value] = (*steps.get(step.id.value, ()), step)
    return Scope(outline, steps, frozenset(one.name.value for one in playbook.inputs))
