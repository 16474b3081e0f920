"""Slash commands as a playbook calls them: which one, with what behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mmm_lang.analysis.facts import Facts
from mmm_lang.source import Span
from mmm_lang.syntax.nodes import ClaudeAction, Step, Text

BUNDLED = frozenset(
    {
        "mmm-add-spec", "mmm-analyze-coverage", "mmm-analyze-results", "mmm-cleanup-tech-debt", "mmm-code-review",
        "mmm-commit-changes", "mmm-coverage", "mmm-debug-test-failure", "mmm-docs-generate", "mmm-fix-test",
        "mmm-implement-spec", "mmm-lint", "mmm-merge-worktree", "mmm-performance", "mmm-performance-review",
        "mmm-product-enhance", "mmm-security-audit", "mmm-security-validate", "mmm-test-generate", "mmm-test-run",
        "mmm-write-tests",
    }
)  # fmt: skip
"""The slash commands whose contract mmm describes."""

IMPLEMENT = "mmm-implement-spec"
"""The command that is given the latest spec where it has no argument."""

_NAME = r"[A-Za-z0-9_][\w.-]*(?::[A-Za-z0-9_][\w.-]*)*"


class Call(NamedTuple):
    """A call of a slash command.

    ``name`` is without its slash, ``span`` the place of the name. ``literal`` is the fixed text of its arguments,
    with a blank for every reference; ``flags`` are its options (``--fix``) and their places. ``has_arguments``:
    something stands behind the name.
    """

    step: Step
    name: str
    span: Span
    literal: str
    flags: tuple[tuple[str, Span], ...]
    has_arguments: bool


def calls_of(facts: Facts) -> Iterator[Call]:
    """Every call whose command is known from the text, in the order of the steps. Only the agent `claude` has slash
    commands that are files."""
    playbook = facts.playbook
    for step in facts.outline.steps:
        levels = (step.settings, playbook.defaults, playbook.settings)
        agent = next((level.agent.value for level in levels if level.agent is not None), "claude")
        if isinstance(step.action, ClaudeAction) and agent == "claude":
            call = call_of(step, step.action)
            if call is not None:
                yield call


def call_of(step: Step, action: ClaudeAction) -> Call | None:
    """The call that an action makes, or ``None`` where its prompt is plain text or the name is not fixed."""
    prompt = action.prompt
    slash = "/" if action.form == "claude" else r"\s*/?"
    found = re.match(rf"{slash}({_NAME})(?=\s|\Z)", prompt.raw)
    if found is None or (prompt.parts and not isinstance(prompt.parts[0], Text)):
        return None
    literal = [part.value if isinstance(part, Text) else " " for part in prompt.parts]
    rest = "".join(literal)[found.end() :]
    flags = [
        (flag[0], prompt.span_of(*flag.span()))
        for flag in re.finditer(r"(?<!\S)--[A-Za-z][\w-]*", prompt.raw)
        if flag.start() >= found.end() and not _inside_a_hole(action, flag.start())
    ]
    for argument in action.args:
        rest += " " + "".join(part.value if isinstance(part, Text) else " " for part in argument.parts)
        flag = re.match(r"--[A-Za-z][\w-]*", argument.raw)
        if flag is not None:
            flags.append((flag[0], argument.span_of(*flag.span())))
    has_arguments = bool(action.args) or bool(prompt.raw[found.end() :].strip())
    return Call(step, found[1], prompt.span_of(*found.span(1)), rest, tuple(flags), has_arguments)


def _inside_a_hole(action: ClaudeAction, index: int) -> bool:
    return any(hole.start <= index < hole.end for hole in action.prompt.holes)
