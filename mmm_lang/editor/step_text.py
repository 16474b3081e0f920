"""Steps in words, for hover, completion and the outline."""

from __future__ import annotations

from mmm_lang.syntax.nodes import (
    AnalyzeAction,
    ApproveAction,
    Broken,
    CallAction,
    ClaudeAction,
    CommandItems,
    ForEachAction,
    GroupAction,
    Listed,
    ShellAction,
    Step,
    Template,
    UnavailableAction,
)

_LONGEST = 72


def step_title(step: Step) -> str:
    """What kind of step it is: ``agent step``, ``shell step``."""
    match step.action:
        case ClaudeAction():
            return "agent step"
        case ShellAction():
            return "shell step"
        case GroupAction(steps=steps):
            return f"group of {len(steps)} steps" if len(steps) != 1 else "group of 1 step"
        case ForEachAction(items=Listed(entries=entries)):
            return f"loop over {len(entries)} items" if len(entries) != 1 else "loop over 1 item"
        case ForEachAction(max_items=most):
            return f"loop over up to {most.value} items" if most is not None else "loop"
        case AnalyzeAction():
            return "refresh of the project context"
        case ApproveAction():
            return "question for a person"
        case CallAction():
            return "call of a playbook"
        case UnavailableAction(key=key):
            return f"`{key}` step"
        case Broken():
            return "step without an action"


def action_line(step: Step) -> str:
    """The first line of what a step does, as it is written; shortened, empty where it has no text."""
    match step.action:
        case ClaudeAction(prompt=prompt, form=form, args=args):
            slash = "/" if form != "claude" and not prompt.raw.startswith("/") else ""
            return shortened(" ".join([f"{slash}{prompt.raw}", *(argument.raw for argument in args)]))
        case ShellAction(script=script):
            return shortened(script.raw)
        case ApproveAction(question=question):
            return shortened(question.raw)
        case CallAction(playbook=playbook):
            return shortened(playbook.value)
        case ForEachAction(items=Template(raw=raw)):
            return shortened(raw)
        case ForEachAction(items=CommandItems(step=lookup)):
            return action_line(lookup)
        case _:
            return ""


def shortened(text: str) -> str:
    """The first line that says something, cut where it is long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"
