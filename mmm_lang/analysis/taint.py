"""How far each value of a playbook can be trusted, and by which way it gets to where it is read.

A value is ``fixed`` (written in the playbook or given by whoever starts it), ``structured`` (it has a shape that
leaves no room for orders: a number, a path, one of a few words) or ``arbitrary`` (an agent's words, the output of a
command, an item).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scopes import (
    EnvironmentTarget,
    InputTarget,
    Resolution,
    ShellsOwn,
    StepTarget,
    VariableTarget,
)
from mmm_lang.analysis.types import type_of
from mmm_lang.diagnostics.model import Label
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction, ShellAction, Step, Template, templates_of_action

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


def taint_of(resolution: Resolution) -> Tainted:
    """The judgement on what a hole stands for."""
    match resolution.target:
        case StepTarget(step=step):
            origin: Origin = "agent" if isinstance(step.action, ClaudeAction) else "command"
            return Tainted(_by_shape(resolution), origin, step)
        case VariableTarget(name="CAPTURED_OUTPUT"):
            return Tainted("arbitrary", "command")
        case VariableTarget(name=name) if name in _ITEMS:
            return Tainted("arbitrary" if name == "ARG" else "structured", "item")
        case VariableTarget():
            return Tainted("structured", "session")
        case InputTarget() | EnvironmentTarget() | ShellsOwn():
            return Tainted("fixed", "person")
        case None:
            return Tainted("fixed", "playbook")


def _by_shape(resolution: Resolution) -> Taint:
    found = type_of(resolution)
    if found is None or found.kind in _SHAPELESS:
        return "structured" if _is_of_git(resolution) else "arbitrary"
    return "structured"


def _is_of_git(resolution: Resolution) -> bool:
    """Whether the value is a list of commits or of paths that mmm makes itself."""
    target = resolution.target
    return isinstance(target, StepTarget) and target.field in ("commits", "files", "spec_id", "output_file")


# --- paths ---


def path_to(facts: Facts, resolution: Resolution, end: str | None = None) -> tuple[Label, ...]:
    """The steps of the way of a value to a hole: where it is made, what it is put into on the way, the hole itself
    at the end, with ``end`` for its label if that is given. A value that is put into a prompt or a script is taken
    to be in what comes out."""
    path = tuple(reversed([*_backwards(facts, resolution)]))
    return path if end is None else (*path[:-1], Label(resolution.site.hole.span, end))


def _backwards(facts: Facts, resolution: Resolution) -> Iterator[Label]:
    at: Resolution | None = resolution
    seen: set[Step] = set()
    while at is not None and len(seen) < _DEEPEST:
        found = taint_of(at)
        yield Label(at.site.hole.span, f"{found.title} is put in here")
        if found.step is None or found.step in seen:
            return
        seen.add(found.step)
        place = action_span(found.step)
        if place is not None:
            yield Label(place, f"{found.title}: made here")
        at = next(_arbitrary_in(facts, found.step), None)


def _arbitrary_in(facts: Facts, step: Step) -> Iterator[Resolution]:
    for template in templates_of_action(step):
        for hole in template.holes:
            resolution = facts.resolutions.get(hole)
            if resolution is not None and taint_of(resolution).taint == "arbitrary":
                yield resolution


def action_span(step: Step) -> Span | None:
    """The place of a step's prompt or script."""
    return next((template.span for template in templates_of_action(step)), None)


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
