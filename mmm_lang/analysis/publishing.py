"""Steps that carry work out of the work tree, and agents that may run what they like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmm_lang.analysis.facts import Facts
from mmm_lang.analysis.scripts import Command, read_script
from mmm_lang.analysis.taint import View
from mmm_lang.diagnostics.model import Label
from mmm_lang.syntax.nodes import Located, Settings, ShellAction, Step

_VERBS: dict[str, frozenset[str]] = {
    "git": frozenset({"push", "send-email"}),
    "npm": frozenset({"publish"}),
    "pnpm": frozenset({"publish"}),
    "yarn": frozenset({"publish"}),
    "cargo": frozenset({"publish"}),
    "poetry": frozenset({"publish"}),
    "uv": frozenset({"publish"}),
    "twine": frozenset({"upload"}),
    "gem": frozenset({"push"}),
    "docker": frozenset({"push"}),
    "podman": frozenset({"push"}),
    "kubectl": frozenset({"apply", "create", "delete", "rollout"}),
    "helm": frozenset({"install", "upgrade"}),
    "terraform": frozenset({"apply", "destroy"}),
    "gh": frozenset({"release", "pr"}),
}
_READING = frozenset({"view", "list", "diff", "status", "checks", "checkout", "--dry-run"})
_ANYTHING = r"\*|Bash(?:\(\s*:?\*+\s*\))?"


def publishing_in(step: Step) -> Label | None:
    """The first command of a step's script that hands the work to others."""
    if not isinstance(step.action, ShellAction) or not any(name in step.action.script.raw for name in _VERBS):
        return None
    script = step.action.script
    for command in read_script(script.raw).commands:
        if _publishes(command):
            words = " ".join((command.name, *command.arguments[:1]))
            return Label(script.span_of(command.start, command.end), f"`{words}` hands the work to others")
    return None


def _publishes(command: Command) -> bool:
    verbs = _VERBS.get(command.name, frozenset())
    operands = [one for one in command.arguments if not one.startswith("-")]
    return bool(verbs.intersection(operands[:2])) and not _READING.intersection(command.arguments)


def freedom_of(view: View, step: Step) -> Label | None:
    """What lets the agent of a step run commands without asking; ``None`` where nothing does."""
    levels = [*_levels(view, step)]
    for at, one in levels:
        if one.permissions is not None:
            if one.permissions.value == "bypass":
                return at.label(one.permissions.span, "the agent may do everything without asking")
            break
    at, tools = next(
        ((at, one.allowed_tools) for at, one in levels if one.allowed_tools is not None), (view, ())
    )
    for tool in tools:
        if tool.value.startswith("Bash") or is_anything(tool):
            return at.label(tool.span, "the agent may run commands without asking")
    return None


def _levels(view: View, step: Step) -> Iterator[tuple[View, Settings]]:
    """Where the settings of a step may stand, what wins first: its own, those of its file, those of the callers'."""
    yield view, step.settings
    at: View | None = view
    while at is not None:
        yield at, at.facts.playbook.defaults
        yield at, at.facts.playbook.settings
        at = at.caller


def is_anything(tool: Located[str]) -> bool:
    """Whether an entry of `allowed_tools` allows every command: `*`, `Bash`, `Bash(*)`."""
    return re.fullmatch(_ANYTHING, tool.value.strip()) is not None


def settings_of(facts: Facts) -> Iterator[Settings]:
    """The settings of the header, of `defaults:` and of every step."""
    yield facts.playbook.settings
    yield facts.playbook.defaults
    yield from (step.settings for step in facts.outline.steps)
