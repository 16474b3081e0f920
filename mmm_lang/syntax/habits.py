"""Keys that people bring along from other tools, and what they are called here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mmm_lang.syntax.keys import Place


class Habit(NamedTuple):
    """A key of other tools. ``key`` is ours where it can simply be renamed; else ``advice`` is a sentence."""

    advice: str = ""
    key: str | None = None


def _habits(*rows: tuple[str, Habit]) -> Mapping[str, Habit]:
    return {name: habit for names, habit in rows for name in names.split()}


HABITS: Mapping[Place, Mapping[str, Habit]] = {
    "step": _habits(
        ("run cmd command script bash sh exec", Habit(key="shell")),
        ("if condition", Habit(key="when")),
        ("prompt ai task", Habit(key="claude")),
        ("slash_command slash", Habit("write `claude: \"/command\"`")),
        ("retries retry_count max_retries attempts tries", Habit("write `retry: {attempts: 3}`")),
        ("on_error on_fail onfail catch rescue except", Habit(key="on_failure")),
        ("then finally on_done", Habit("write `on_success:`, or a step of its own below this one")),
        ("else otherwise", Habit("write a step of its own below this one, with the opposite condition under `when:`")),
        ("unless", Habit("write `when:` with `!(…)` around the condition")),
        ("sleep wait delay", Habit("write `shell: sleep 10`")),
        (
            "continue-on-error continue_on_error ignore_errors ignore-errors allow_failure",
            Habit("write `on_failure: {fail_workflow: false}`"),
        ),
        ("working-directory working_directory workdir dir", Habit(key="cwd")),
        ("timeout-minutes timeout_minutes", Habit("write `timeout:` with a unit, such as `timeout: 10m`")),
        ("timeout_seconds command_timeout", Habit(key="timeout")),
        ("environment env_vars", Habit(key="env")),
        ("needs depends_on depends-on after", Habit("remove it; steps run in the order in which they are written")),
        ("uses", Habit("write what is to be done as `claude:` or `shell:`")),
        ("with", Habit("write `args:` for a `name:` command, or `env:` for variables")),
        (
            "loop for for_each matrix with_items",
            Habit("run the playbook once an item with `--map` or `--args`, and write `$ARG`"),
        ),
        ("label title description comment", Habit("write a comment (`# …`), or `id:` for a name to refer to")),
        ("capture", Habit("write `id:` and use `${id.output}`; every output is captured")),
        ("commit_msg message", Habit(key="commit_message")),
        ("budget max_cost cost_limit max_budget", Habit(key="max_cost_usd")),
        ("tools", Habit(key="allowed_tools")),
        ("arguments params parameters", Habit("write `args:` beside `name:`, or put them into the text of the step")),
    ),
    "handler": _habits(
        ("attempts retries max_retries retry_count tries times", Habit(key="max_attempts")),
        (
            "continue-on-error continue_on_error ignore_errors ignore-errors allow_failure continue",
            Habit("write `fail_workflow: false`"),
        ),
    ),
    "header": _habits(
        ("jobs tasks workflow actions", Habit("write the list of steps under `steps:`")),
        ("environment env_vars", Habit(key="env")),
        ("variables vars parameters params input", Habit("write `inputs:`")),
        ("pipeline stages", Habit("write the list of steps under `steps:`")),
        ("budget max_cost max_cost_total", Habit("write `limits: {cost_usd: 5.00}`")),
        ("repeat times count", Habit(key="max_iterations")),
        ("while condition goal", Habit("write `until:` with a `shell:` script that succeeds when the goal is reached")),
        ("iterations loops", Habit(key="max_iterations")),
        ("on", Habit("remove it; a playbook is started with `mmm cook`")),
        ("title", Habit(key="name")),
    ),
    "defaults": _habits(
        ("retries max_retries attempts", Habit("write `retry: {attempts: 3}`")),
        ("max_cost budget", Habit(key="max_cost_usd")),
    ),
    "input": _habits(
        ("type", Habit("remove it: every input is text")),
        ("required optional", Habit("remove it: an input without `default` must be given with `--set`")),
        ("value", Habit(key="default")),
        ("help desc", Habit(key="description")),
    ),
    "until": _habits(
        ("run cmd command script test", Habit(key="shell")),
        ("claude name when", Habit("write `shell:` with a script that succeeds when the goal is reached")),
    ),
    "limits": _habits(
        ("timeout time max_duration", Habit(key="duration")),
        ("max_cost_usd max_cost cost budget", Habit(key="cost_usd")),
        ("calls max_calls max_agent_calls", Habit(key="agent_calls")),
    ),
    "retry": _habits(
        ("max_attempts count times max retries", Habit(key="attempts")),
        ("delay wait sleep interval pause", Habit(key="backoff")),
    ),
    "test": _habits(("run cmd shell script", Habit(key="command"))),
    "output": _habits(("file glob path pattern", Habit(key="file_pattern"))),
}  # fmt: skip
"""Keys that people bring along from other tools."""
