"""What a hole can stand for: a field of a step, a variable, an input, or text of the shell's own.

A hole that stands for nothing has a ``Problem`` that says why; the rules put it into words. How it is found
out is in ``lookup``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from mmm_lang.analysis import flow
from mmm_lang.analysis.outline import Outline
from mmm_lang.analysis.sites import Site
from mmm_lang.analysis.variables import SESSION_VARIABLES
from mmm_lang.record import field, frozen
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import Map, Playbook, Step

if TYPE_CHECKING:
    from mmm_lang.analysis.callees import Called

# --- targets ---


@frozen(eq=False)
class StepTarget:
    """A field of a step. An output's name is the field, with or without ``outputs.`` before it; a declared
    output comes before a field of the same name. ``path`` goes on into ``json``.
    """

    step: Step
    field: str
    path: tuple[str, ...] = ()
    kind: str = ""
    """The kind of its type (`types.Kind`), of an output of a playbook that is called."""


@frozen(eq=False)
class VariableTarget:
    """A variable of the session, such as ``ARG``."""

    name: str


@frozen(eq=False)
class InputTarget:
    """A declared input; ``kind`` is that of its type (`types.Kind`). ``path`` goes on into JSON: then nothing is known of
    the kind, which is empty."""

    name: str
    kind: str = "text"
    path: tuple[str, ...] = ()


@frozen(eq=False)
class EnvironmentTarget:
    """A variable of the caller's environment (in ``env:`` only)."""

    name: str


@frozen(eq=False)
class ItemTarget:
    """An item of the loop ``loop`` around the place, or where that is ``None`` of the playbook's ``map``; ``path`` goes
    into it."""

    loop: Step | None
    path: tuple[str, ...] = ()
    map: Map | None = None
    source: Resolution | None = None
    """What the reference of the loop stands for, where it goes through one."""


@frozen(eq=False)
class ShellsOwn:
    """Text that is left to the shell. ``assigned``: where the script assigns a name that is ours elsewhere."""

    assigned: Span | None = None


Target = StepTarget | VariableTarget | InputTarget | EnvironmentTarget | ItemTarget | ShellsOwn

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


@frozen(eq=False)
class UnknownItemField:
    """Items have no such name in them, or not all that the playbook writes have it. The path of ``item`` leads to the
    wrong name, which is its last."""

    item: ItemTarget


@frozen(eq=False)
class UnknownMapField:
    """``map.NAME`` where `map` is known and has no such name. ``position`` is that of the wrong name in the hole."""

    position: int


Problem = (
    UndefinedStep
    | ForwardReference
    | SelfReference
    | UnknownField
    | MaybeUndefined
    | UndefinedVariable
    | UndefinedInput
    | ContextNotAvailable
    | UnknownItemField
    | UnknownMapField
)


@frozen(eq=False)
class Resolution:
    """What the hole at ``site`` stands for; ``None`` where nothing was found. Without problems it is sound."""

    site: Site
    target: Target | None
    problems: tuple[Problem, ...] = ()


# --- scope ---

PartName = Literal["body", "merge", "opening", "reduce"]


@frozen(eq=False)
class Part:
    """The part of a file whose steps are looked at: each runs in sessions of its own. ``map`` is the playbook's;
    ``others`` has the ids of the steps in the other parts."""

    name: PartName = "body"
    map: Map | None = None
    others: Mapping[str, tuple[PartName, Step]] = field(factory=dict, repr=False)


BODY = Part()
"""The steps of a playbook that has no other parts."""


@frozen(eq=False)
class Scope:
    """The names of one playbook."""

    outline: Outline = field(repr=False)
    steps: Mapping[str, tuple[Step, ...]] = field(repr=False)
    inputs: Mapping[str, str]
    """The declared inputs, each with its type."""
    called: Mapping[Step, Called] = field(factory=dict, repr=False)
    """What the steps that call a playbook lead to, as far as that is known."""

    part: Part = BODY

    def knows(self, name: str) -> bool:
        """Whether a single name is a variable, an input, or the item of a playbook with `map:`."""
        if name == "item":
            return self.part.map is not None
        return name in SESSION_VARIABLES or name in self.inputs


def scope_of(
    playbook: Playbook,
    outline: Outline,
    called: Mapping[Step, Called] | None = None,
    part: Part = BODY,
) -> Scope:
    """The names that a playbook defines. Of several steps with one id all are kept."""
    steps: dict[str, tuple[Step, ...]] = {}
    for step in outline.steps:
        if step.id is not None:
            steps[step.id.value] = (*steps.get(step.id.value, ()), step)
    inputs = {one.name.value: one.kind for one in playbook.inputs}
    return Scope(outline, steps, inputs, called or {}, part)
