"""How far each value of a playbook can be trusted, and by which way it gets to where it is read.

A value is ``fixed`` (written in the playbook or given by whoever starts it), ``structured`` (it has a shape that
leaves no room for orders: a number, a path, one of a few words) or ``arbitrary`` (an agent's words, the output of a
command, an item). What a call gives to a playbook, and what comes out of it, is judged by where it was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Literal, NamedTuple

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import (
    EnvironmentTarget,
    InputTarget,
    ItemTarget,
    Resolution,
    ShellsOwn,
    StepTarget,
    VariableTarget,
)
from mmm_lang.analysis.types import type_of
from mmm_lang.diagnostics.model import Label
from mmm_lang.source import Source, Span
from mmm_lang.syntax.nodes import (
    CallAction,
    ClaudeAction,
    CommandItems,
    ForEachAction,
    Hole,
    Listed,
    ListedItems,
    Map,
    ShellAction,
    Step,
    Template,
    templates_in,
    templates_of_action,
)

Taint = Literal["fixed", "structured", "arbitrary"]
Origin = Literal["playbook", "person", "session", "item", "agent", "command"]
"""Who makes a value."""

_ITEMS = frozenset({"ARG", "FILE", "FILE_NAME", "FILE_STEM"})
_SHAPELESS = frozenset({"text", "json", "list"})
_DEEPEST = 20
"""Steps of a path past which its beginning is not looked for."""

_PRIVATE = r"(?i)(?:.*_)?(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS|API_?KEY|(?:ACCESS|SECRET|PRIVATE)_KEY)"
_PRIVATE_OUTPUT = (
    r"(?<![\w./-])(?:gh\s+auth\s+token|op\s+read|pass\s+show|vault\s+(?:kv\s+get|read)"
    r"|aws\s+secretsmanager\s+get-secret-value|gcloud\s+auth\s+print-[\w-]+|security\s+find-generic-password"
    r"|cat\s+[^\s|;&]*(?:\.env|id_rsa|id_ed25519|\.netrc|credentials)(?![\w.])|printenv(?!\s+[a-z]))"
)


class Tainted(NamedTuple):
    """How a value is judged. ``step`` makes it, where one does."""

    taint: Taint
    origin: Origin
    step: Step | None = None

    @property
    def title(self) -> str:
        """What people call it."""
        return _TITLES[self.origin]


_TITLES: dict[Origin, str] = {
    "playbook": "text of the playbook",
    "person": "text of whoever starts the session",
    "session": "text of the session",
    "item": "the text of an item",
    "agent": "the words of an agent",
    "command": "the output of a command",
}


class View:
    """A file as it is read: by itself, or, `inside` a step that calls it, with what that step gives to its inputs.

    ``home`` is the file that diagnostics are about, the outermost; places in others are labelled with their source.
    """

    def __init__(
        self, facts: Facts, given: Mapping[str, Handed] | None = None, caller: View | None = None
    ) -> None:
        self.facts = facts
        self.caller = caller
        self.home: Source = facts.source if caller is None else caller.home
        self._given = given or {}
        self._inside: dict[Step, View | None] = {}
        self._judged: dict[Hole, Tainted] = {}

    def label(self, span: Span, message: str) -> Label:
        """A place in this file."""
        return Label(span, message, None if self.facts.source is self.home else self.facts.source)

    def inside(self, step: Step) -> View | None:
        """The playbook that a step calls, as it is called there; ``None`` where it calls none that is known."""
        if step not in self._inside:
            self._inside[step] = self._called_by(step)
        return self._inside[step]

    def _called_by(self, step: Step) -> View | None:
        called = (self.facts.called or {}).get(step)
        if not isinstance(step.action, CallAction) or called is None:
            return None
        from mmm_lang.analysis.callees import Callee  # few playbooks call another

        if not isinstance(called, Callee):
            return None
        passed = ((one.name.value, self._worst(one.values)) for one in step.action.inputs)
        given = {name: (self, worst) for name, worst in passed if worst is not None}
        return View(called.analysis.facts, given, self)

    def _worst(self, templates: Iterable[Template]) -> Resolution | None:
        """The reference in some templates that is trusted least; ``None`` where there is none at all."""
        holes = (hole for template in templates for hole in template.holes)
        found = [one for one in map(self.facts.resolutions.get, holes) if one is not None]
        return max(found, key=lambda one: _RANKS[self.taint_of(one).taint], default=None)

    def handed(self, resolution: Resolution) -> Handed | None:
        """The reference at the other side of a call that a value comes from, and the file in which it stands: what was
        given to an input, or what an output is made of."""
        match resolution.target:
            case InputTarget(name=name):
                return self._given.get(name)
            case ItemTarget(source=source) if source is not None:
                return self.handed(source)
            case StepTarget(step=step, field=name):
                inside = self.inside(step)
                declared = inside.facts.playbook.outputs if inside is not None else ()
                values = [one.value for one in declared if one.name.value == name]
                worst = inside._worst(values) if inside is not None else None
                return None if inside is None or worst is None else (inside, worst)
        return None

    def taint_of(self, resolution: Resolution) -> Tainted:
        """The judgement on what a hole stands for."""
        hole = resolution.site.hole
        if hole not in self._judged:
            self._judged[hole] = self._judge(resolution)
        return self._judged[hole]

    def _judge(self, resolution: Resolution) -> Tainted:
        handed = self.handed(resolution)
        if handed is not None:
            view, made = handed
            return _narrowed(view.taint_of(made), resolution)
        match resolution.target:
            case StepTarget(step=step, field=name):
                inside = self.inside(step)
                if inside is not None and any(
                    one.name.value == name for one in inside.facts.playbook.outputs
                ):
                    return Tainted("fixed", "playbook")
                origin: Origin = "agent" if isinstance(step.action, ClaudeAction) else "command"
                return Tainted(_by_shape(resolution), origin, step)
            case VariableTarget(name="CAPTURED_OUTPUT"):
                return Tainted("arbitrary", "command")
            case VariableTarget(name="map.results"):
                return Tainted("arbitrary", "item")
            case ItemTarget(loop=Step(action=ForEachAction(items=items)), source=through):
                return self._of_loop_item(resolution, items, through)
            case ItemTarget(map=source) if source is not None:
                return _of_item(resolution, source)
            case ItemTarget():
                return Tainted("arbitrary", "item")
            case VariableTarget(name=name) if name in _ITEMS:
                return Tainted("arbitrary" if name == "ARG" else "structured", "item")
            case VariableTarget():
                return Tainted("structured", "session")
            case InputTarget() | EnvironmentTarget() | ShellsOwn():
                return Tainted("fixed", "person")
            case None:
                return Tainted("fixed", "playbook")

    def _of_loop_item(
        self,
        resolution: Resolution,
        items: Template | Listed | CommandItems | None,
        through: Resolution | None,
    ) -> Tainted:
        """An item is as its list is; one of a text that has a shape may still be anything."""
        match items:
            case Listed():
                worst = self._worst(templates_in(items))
                if worst is None:
                    return Tainted("fixed", "playbook")
                return _narrowed(self.taint_of(worst), resolution)
            case CommandItems(step=lookup):
                return Tainted(_by_shape(resolution), "command", lookup)
        made = None if through is None else self.taint_of(through)
        return _narrowed(made or Tainted("arbitrary", "item"), resolution)


Handed = tuple[View, Resolution]
"""A reference, and the file in which it stands."""

_RANKS: dict[Taint, int] = {"fixed": 0, "structured": 1, "arbitrary": 2}


def _narrowed(made: Tainted, resolution: Resolution) -> Tainted:
    """The judgement on a value that is handed on: where nothing was known of its shape, what is known now."""
    return made._replace(taint=_by_shape(resolution)) if made.taint == "arbitrary" else made


def _of_item(resolution: Resolution, source: Map) -> Tainted:
    """An item that the playbook lists is its own text; a file's name and a number have a shape."""
    if isinstance(source.over, ListedItems):
        return Tainted("fixed", "playbook")
    found = type_of(resolution)
    known = found is not None and found.kind not in _SHAPELESS
    return Tainted("structured" if known else "arbitrary", "item")


def _by_shape(resolution: Resolution) -> Taint:
    found = type_of(resolution)
    if found is None or found.kind in _SHAPELESS:
        return "structured" if _is_of_git(resolution) else "arbitrary"
    return "structured"


def _is_of_git(resolution: Resolution) -> bool:
    """Whether the value is a list of commits or of paths that mmm makes itself."""
    target = resolution.target
    return (
        isinstance(target, StepTarget)
        and target.field in ("commits", "files", "spec_id", "output_file")
        and not target.kind
    )


# --- paths ---


def path_to(view: View, resolution: Resolution, end: str | None = None) -> tuple[Label, ...]:
    """The steps of the way of a value to a hole: where it is made, what it is put into on the way, the hole itself
    at the end, with ``end`` for its label if that is given. A value that is put into a prompt or a script is taken
    to be in what comes out; the way leads into playbooks that are called, and out of them."""
    path = tuple(reversed([*islice(_backwards(view, resolution), 2 * _DEEPEST)]))
    return path if end is None else (*path[:-1], view.label(resolution.site.hole.span, end))


def _backwards(view: View, resolution: Resolution) -> Iterator[Label]:
    at: Handed | None = (view, resolution)
    seen: set[tuple[View, Step]] = set()
    while at is not None:
        view, one = at
        found = view.taint_of(one)
        yield view.label(one.site.hole.span, f"{found.title} is put in here")
        at = view.handed(one)
        if at is not None:
            continue
        if found.step is None or (view, found.step) in seen:
            return
        seen.add((view, found.step))
        place = action_span(found.step)
        if place is not None:
            yield view.label(place, f"{found.title}: made here")
        at = next(_arbitrary_in(view, found.step), None)


def _arbitrary_in(view: View, step: Step) -> Iterator[Handed]:
    for template in templates_of_action(step):
        for hole in template.holes:
            resolution = view.facts.resolutions.get(hole)
            if resolution is not None and view.taint_of(resolution).taint == "arbitrary":
                yield view, resolution


def action_span(step: Step) -> Span | None:
    """The place of a step's prompt or script."""
    return next((template.span for template in templates_of_action(step)), None)


def steps_in_order(view: View, at: Step | None = None) -> Iterator[tuple[View, Step, Step]]:
    """Every step of a playbook and, after each that calls another, every step of that: the file as it is read there, the
    step, and the step of the outermost file that leads there (``at``, where that is known already)."""
    for step in view.facts.outline.steps:
        yield view, step, at or step
        inside = view.inside(step)
        if inside is not None:
            yield from steps_in_order(inside, at or step)


# --- secrets ---


def is_secret_name(name: str) -> bool:
    """Whether a variable of that name is likely to hold a secret: `API_KEY`, `GITHUB_TOKEN`, not `MAX_TOKENS`."""
    return re.fullmatch(_PRIVATE, name) is not None


def secret_of(resolution: Resolution) -> str | None:
    """Why what a hole stands for is a secret, to follow "it is"; ``None`` where it does not look like one."""
    match resolution.target:
        case InputTarget(name=name) | EnvironmentTarget(name=name) if is_secret_name(name):
            return f"the secret `{name}`"
        case StepTarget(step=step, field=field) if isinstance(step.action, ShellAction):
            found = secret_command(step.action.script)
            if found is not None and field in ("output", "stdout", "json", "output_file"):
                return f"what `{found}` prints"
    return None


def secret_command(script: Template) -> str | None:
    """The command of a script whose output is a secret, by its first words."""
    found = re.search(_PRIVATE_OUTPUT, script.raw)
    return " ".join(found[0].split()) if found is not None else None
