"""The fields of a step that a reference may name (``spec/language.md``, 3.2)."""

from __future__ import annotations

from mmm_lang.syntax.nodes import (
    AnalyzeAction,
    ApproveAction,
    Broken,
    CallAction,
    ClaudeAction,
    ForEachAction,
    GroupAction,
    Output,
    ShellAction,
    Step,
    UnavailableAction,
)

GROUP_FIELDS = (
    "status",
    "attempts",
    "duration",
    "commits",
    "files",
    "cost_usd",
    "calls",
    "spec",
    "spec_id",
)
"""Fields of every step, and all that a group has: it runs no process of its own."""

LOOP_FIELDS = (*GROUP_FIELDS, "items")
"""Fields of a loop: those of a group, and how many items it had."""

STEP_FIELDS = (*GROUP_FIELDS, "exit_code", "output", "stdout", "stderr", "output_file", "json")
"""Fields of a step that runs a process."""

NUMBER_FIELDS = frozenset({"exit_code", "attempts", "duration", "calls", "cost_usd", "items"})
"""Fields whose value is always a number."""

ALWAYS_SET = frozenset({"status"})
NEVER_AN_ERROR = frozenset({"status", "spec", "spec_id"})
"""Fields that may be read where the step may not have run: the run skips what finds nothing."""


def own_fields(step: Step) -> tuple[str, ...] | None:
    """The fields that a step has by its kind; ``None`` where its action could not be read."""
    match step.action:
        case ClaudeAction() | ShellAction() | AnalyzeAction():
            return STEP_FIELDS
        case GroupAction() | CallAction() | ApproveAction():
            return GROUP_FIELDS
        case ForEachAction():
            return LOOP_FIELDS
        case UnavailableAction() | Broken():
            return None


def declared_output(step: Step, name: str) -> Output | None:
    """The entry of the step's ``outputs`` of that name."""
    return next((output for output in step.outputs if output.name.value == name), None)
