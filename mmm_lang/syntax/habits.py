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
        ("with", Habit("write `args:` for a `name:` command, `inputs:` for a `playbook:`, or `env:` for variables")),
        ("loop for for_each for-each with_items each", Habit(key="foreach")),
        (
            "matrix strategy",
            Habit("write `foreach:` with a list of mappings and `do:` with the steps; `${item.NAME}` is a value"),
        ),
        ("loop_var as", Habit("remove it: the item is `${item}`")),
        ("limit max_count", Habit(key="max_items")),
        ("body tasks block", Habit("write the steps under `steps:`, or under `do:` beside `foreach:`")),
        ("label title description comment", Habit("write a comment (`# …`), or `id:` for a name to refer to")),
        ("capture", Habit("write `id:` and use `${id.output}`; every output is captured")),
        ("capture_format", Habit("remove it: `${id.json}` is the output read as JSON, `${id.output | lines}` its lines")),
        ("capture_streams", Habit("remove it: `${id.stdout}` and `${id.stderr}` are there in any case")),
        (
            "goal_seek",
            Habit(
                "write its `validate` as `shell:`, with `on_failure: {claude: …, max_attempts: 5}`: the script says "
                "by its exit code whether the goal is reached"
            ),
        ),
        (
            "validate validation",
            Habit("write a `shell:` step below that checks, with `on_failure: {claude: …, max_attempts: 3}` beside it"),
        ),
        ("write_file", Habit("write a `shell:` step, such as `cat > FILE <<END`, with the text and `END` below it")),
        ("auto_commit", Habit("remove it: mmm commits what a step leaves, unless `commit: false` is written")),
        ("commit_config", Habit("write `commit_message:`")),
        ("context", Habit("put it into the text of the prompt")),
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
        ("profiles", Habit("write what differs as `inputs:`, and give it with `--set NAME=VALUE`")),
        ("env_files env_file", Habit("load the file before `mmm cook`, as in `set -a; . ./.env; set +a`")),
        ("retry_defaults retry_config", Habit("write `defaults: {retry: {attempts: 3, backoff: 10s}}`")),
        (
            "error_policy on_item_failure continue_on_failure max_failures failure_threshold error_collection "
            "circuit_breaker",
            Habit("remove it, or write `fail_fast: true` in `map:`; `mmm resume --failed` runs failed items again"),
        ),
        ("foreach for_each over items matrix", Habit("write `map: {over: …}`: the steps are then run for every item")),
    ),
    "defaults": _habits(
        ("retries max_retries attempts", Habit("write `retry: {attempts: 3}`")),
        ("max_cost budget", Habit(key="max_cost_usd")),
    ),
    "input": _habits(
        ("kind format", Habit(key="type")),
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
        ("delay wait sleep interval pause initial_delay", Habit(key="backoff")),
        ("max_delay jitter jitter_factor retry_on retry_budget", Habit("remove it: `backoff:` says how long to wait")),
    ),
    "map": _habits(
        (
            "input source from in items list files file glob globs pattern patterns shell command cmd run",
            Habit("write `over:` with a glob, `{items: […]}`, `{shell: …}` or `{file: …, json: \"$.items[*]\"}`"),
        ),
        ("json_path json", Habit("write it as `json:` inside `over:`, beside `file:` or `shell:`")),
        (
            "agent_template steps do body commands template tasks",
            Habit("write the steps that are run for every item as `steps:` at the top, beside `map:`"),
        ),
        ("reduce", Habit("write `reduce:` at the top, beside `map:`")),
        ("max_parallel max_concurrent concurrency workers lanes jobs", Habit(key="parallel")),
        ("sort order order_by sort-by", Habit(key="sort_by")),
        ("where when if condition select", Habit(key="filter")),
        ("limit max count max_count", Habit(key="max_items")),
        ("stop_on_failure stop_on_error fail-fast", Habit(key="fail_fast")),
        (
            "timeout agent_timeout_secs timeout_config timeout_seconds",
            Habit("write `limits: {duration: 10m}`, which is an item's"),
        ),
        (
            "continue_on_failure continue_on_error",
            Habit("remove it; the other items run on unless `fail_fast: true` is written"),
        ),
    ),
    "foreach": _habits(
        ("command cmd run script exec", Habit(key="shell")),
        ("json_path jsonpath path", Habit(key="json")),
        ("items values list in", Habit("write the list itself after `foreach:`, as in `foreach: [a, b]`")),
        (
            "glob globs pattern patterns files",
            Habit("write `shell:` with a command that prints them, such as `git ls-files 'src/*.py'`"),
        ),
    ),
    "over": _habits(
        ("command cmd run script exec", Habit(key="shell")),
        ("path input", Habit(key="file")),
        ("json_path jsonpath", Habit(key="json")),
        ("list values literal", Habit(key="items")),
        (
            "glob globs pattern patterns files",
            Habit("write the pattern itself: `over: \"specs/*.md\"`, or a list of them"),
        ),
    ),
    "test": _habits(("run cmd shell script", Habit(key="command"))),
    "output": _habits(("file glob path pattern", Habit(key="file_pattern"))),
}  # fmt: skip
"""Keys that people bring along from other tools."""
