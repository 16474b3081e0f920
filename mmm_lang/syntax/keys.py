"""The one table of the keys of a playbook.

The parser checks against it what is known where, what fits which action and what this version cannot run;
schema, hover and completion read the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mmm_lang.record import frozen
from mmm_lang.syntax.input_types import INPUT_TYPES

Place = Literal[
    "header", "step", "handler", "defaults", "until", "limits", "retry", "input", "output", "test",
    "analyze", "analysis", "map", "over", "foreach",
]  # fmt: skip
"""Where a key may stand: at the top, in a step, in the options of ``on_failure``, or inside the key of that
name (``input``: one entry of ``inputs``; ``output``: one entry of ``outputs``; ``over``: that of ``map``)."""

ValueKind = Literal[
    "text", "template", "condition", "identifier", "integer", "number", "boolean", "duration", "texts", "variables",
    "templates", "codes", "steps", "handler", "exit-handlers", "env", "outputs", "inputs", "schema", "block", "any",
    "passed", "results",
    "source", "sort", "loop",
]  # fmt: skip


@frozen
class Key:
    """One key in one place.

    ``actions`` are the actions of a step that it fits (``None``: all); ``feature`` names what this version
    lacks to run it; ``instead`` says, for a key without effect, what to write; ``choices`` are its legal
    values and ``minimum`` its least one, where there are such.
    """

    name: str
    place: Place
    value: ValueKind
    meaning: str
    actions: tuple[str, ...] | None = None
    feature: str | None = None
    instead: str | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None


ACTIONS = (
    "claude", "shell", "name", "analyze", "steps", "test", "approve", "parallel", "foreach", "playbook",
)  # fmt: skip
"""The keys of which a step has exactly one."""

_AGENT = ("claude", "name")
_COMMITTING = ("claude", "shell", "test", "name")
_SHELL = ("shell", "test")
_NOT_A_GROUP = tuple(action for action in ACTIONS if action not in ("steps", "foreach", "playbook"))
"""A group runs no process of its own: what speaks of one stands on the steps inside."""

_ROWS = (
    # --- the header ---
    Key("version", "header", "integer", "version of the playbook language; 1 is the only one", choices=("1",)),
    Key("name", "header", "text", "name of the playbook, for people"),
    Key("description", "header", "text", "what the playbook does, for people"),
    Key("inputs", "header", "inputs", "values that `--set NAME=VALUE` gives, with types and defaults"),
    Key("outputs", "header", "results", "what a playbook that calls this one sees as `${id.outputs.NAME}`"),
    Key("env", "header", "env", "environment variables for every step"),
    Key("secrets", "header", "variables", "environment variables whose values are masked in all that mmm writes"),
    Key("defaults", "header", "block", "settings for every step that says nothing else"),
    Key("protect", "header", "texts", "file patterns; a step that changes a file of these has failed"),
    Key("max_iterations", "header", "integer", "how many times the steps run at most", minimum=1),
    Key("until", "header", "block", "success criterion, judged at the end of every iteration"),
    Key("limits", "header", "block", "bounds for the whole session: agent calls, money, time"),
    Key("steps", "header", "steps", "the steps of the playbook, in order"),
    Key("commands", "header", "steps", "the steps, as slash commands that are expected to commit"),
    Key("setup", "header", "steps", "steps run once, first, in a fresh worktree"),
    Key("merge", "header", "steps", "steps run after the merge of a worktree; where they fail it is taken back"),
    Key(
        "mode", "header", "any", "`mapreduce` of older playbooks",
        instead="write `map: {over: …}`, the steps of an item under `steps:`, and what follows all items under `reduce:`",
    ),
    Key("map", "header", "block", "what the steps are run for, once an item: `${item}`"),
    Key("reduce", "header", "steps", "steps run once after all items of `map:`, with `${map.results}`"),
    Key("shell_program", "header", "text", "program that runs `shell:` scripts; `sh` unless said otherwise"),
    Key("model", "header", "text", "model for every agent call"),
    Key("allowed_tools", "header", "texts", "tools that the agent may use without asking"),
    Key("permissions", "header", "text", "permission mode of the agent"),
    Key("agent", "header", "text", "which agent runs `claude:` steps"),
    Key("on_denied", "header", "text", "what a refused tool means for a step", choices=("fail", "warn")),
    Key(
        "config", "header", "any", "settings of an older dialect",
        instead="write `max_iterations`, `env` and `defaults: {timeout: …}` at the top of the file",
    ),
    # --- the actions of a step ---
    Key("claude", "step", "template", "a prompt or slash command for the agent"),
    Key("shell", "step", "template", "a script for the shell"),
    Key("name", "step", "template", "a slash command without its `/`, with `args`"),
    Key("analyze", "step", "block", "refresh the project context"),
    Key("steps", "step", "steps", "a group: steps under one `when`, `env` and `on_failure`"),
    Key("test", "step", "block", "deprecated: a test command with its `on_failure`"),
    Key("approve", "step", "template", "a question for a person, without whose yes the playbook does not go on"),
    Key("parallel", "step", "any", "branches that run side by side", feature="parallel branches"),
    Key("foreach", "step", "loop", "a loop: `do` runs once for every item of this list, one after the other"),
    Key("playbook", "step", "text", "the path of another playbook, whose steps run here, once"),
    # --- the other keys of a step ---
    Key("do", "step", "steps", "the steps for every item of `foreach`, which is `${item}` there", actions=("foreach",)),
    Key("max_items", "step", "integer", "how many items `foreach` takes at most", actions=("foreach",), minimum=1),
    Key("inputs", "step", "passed", "values for the inputs of the other playbook", actions=("playbook",)),
    Key("id", "step", "identifier", "name of the step, for references such as `${id.output}`"),
    Key("args", "step", "templates", "arguments of the slash command, one each", actions=("name",)),
    Key("commit_required", "step", "boolean", "whether the step must leave a commit", actions=_COMMITTING),
    Key("commit", "step", "boolean", "`false`: what the step leaves uncommitted stays so", actions=_COMMITTING),
    Key("capture_output", "step", "boolean", "also set `$CAPTURED_OUTPUT`", actions=("claude", "shell", "test")),
    Key("outputs", "step", "outputs", "values that later steps use as `${id.NAME}`", actions=_NOT_A_GROUP),
    Key("on_failure", "step", "handler", "what runs before the step is tried again, and what giving up means"),
    Key("on_success", "step", "steps", "steps that run once after the step has succeeded"),
    Key("on_exit_code", "step", "exit-handlers", "handlers for single exit codes", actions=_SHELL),
    Key("ok_exit_codes", "step", "codes", "exit codes that count as success", actions=_SHELL),
    Key("when", "step", "condition", "a condition; where it is false the step is skipped"),
    Key("timeout", "step", "duration", "how long the step may take", actions=_NOT_A_GROUP),
    Key("retry", "step", "block", "runs again when the process itself fails, before any handler"),
    Key("rerun", "step", "text", "what to do after a crash in mid-step", choices=("auto", "ask", "never")),
    Key("analysis", "step", "block", "refresh the project context before the step", actions=_AGENT),
    Key("env", "step", "env", "environment variables for the step"),
    Key("cwd", "step", "template", "folder to run in, from the root of the work tree", actions=_SHELL),
    Key("shell_program", "step", "text", "program that runs the script", actions=_SHELL),
    Key("commit_message", "step", "template", "message of the commit that mmm makes", actions=_COMMITTING),
    Key("model", "step", "text", "model for the agent", actions=_AGENT),
    Key("max_cost_usd", "step", "number", "most that one call may cost, in US dollars", actions=_AGENT),
    Key("allowed_tools", "step", "texts", "tools that the agent may use without asking", actions=_AGENT),
    Key("permissions", "step", "text", "permission mode of the agent", actions=_AGENT),
    Key("agent", "step", "text", "which agent runs the step", actions=_AGENT),
    Key("on_denied", "step", "text", "what a refused tool means", actions=_AGENT, choices=("fail", "warn")),
    Key("output_schema", "step", "schema", "JSON Schema that the agent's answer must fit", actions=_AGENT),
    Key(
        "options", "step", "any", "options of an older dialect",
        instead="write what the command needs into its text, as in `claude: \"/mmm-lint --fix\"`",
    ),
    Key(
        "metadata", "step", "any", "metadata of an older dialect",
        instead="write `on_failure: {fail_workflow: false}` for `continue_on_error`, and `timeout` or `env` as keys",
    ),
    # --- a handler's own ---
    Key("max_attempts", "handler", "integer", "how many times the handler runs at most; 3 if not said", minimum=1),
    Key("fail_workflow", "handler", "boolean", "whether the session fails when the attempts are spent"),
    # --- settings for all steps ---
    Key("timeout", "defaults", "duration", "how long a step may take"),
    Key("shell_program", "defaults", "text", "program that runs `shell:` scripts"),
    Key("model", "defaults", "text", "model for the agent"),
    Key("max_cost_usd", "defaults", "number", "most that one call may cost, in US dollars"),
    Key("allowed_tools", "defaults", "texts", "tools that the agent may use without asking"),
    Key("permissions", "defaults", "text", "permission mode of the agent"),
    Key("agent", "defaults", "text", "which agent runs `claude:` steps"),
    Key("on_denied", "defaults", "text", "what a refused tool means for a step", choices=("fail", "warn")),
    Key("retry", "defaults", "block", "runs again when the process itself fails"),
    # --- blocks ---
    Key("shell", "until", "template", "a script; exit code 0 means that the goal is reached"),
    Key("timeout", "until", "duration", "how long the script may take"),
    Key("agent_calls", "limits", "integer", "agent calls in all", minimum=0),
    Key("cost_usd", "limits", "number", "money in all, in US dollars"),
    Key("duration", "limits", "duration", "time in all"),
    Key("over", "map", "source", "the items: a glob or several, `{items: […]}`, `{shell: …}` or `{file: …}`"),
    Key("filter", "map", "condition", "a condition on `${item}`; items for which it is false are left out"),
    Key("sort_by", "map", "sort", "what the items are sorted by, such as `-item.priority`; `-` is descending"),
    Key("max_items", "map", "integer", "how many items there are at most", minimum=1),
    Key("parallel", "map", "integer", "how many items run side by side, in worktrees; 1 if not said", minimum=1),
    Key("fail_fast", "map", "boolean", "whether no item is begun after one has failed"),
    Key("limits", "map", "block", "bounds for each item: agent calls, money, time"),
    Key("setup", "map", "steps", "steps run once, before the items are looked up"),
    Key("items", "over", "any", "the items themselves, as a list"),
    Key("shell", "over", "template", "a script that prints the items, one a line, or as JSON"),
    Key("timeout", "over", "duration", "how long the script may take"),
    Key("file", "over", "text", "a file that holds the items, one a line, or as JSON"),
    Key("json", "over", "text", "where the items are in the JSON, such as `$.items[*]`"),
    Key("shell", "foreach", "template", "a script that prints the items, one a line, or as JSON"),
    Key("json", "foreach", "text", "where the items are in the JSON that it prints, such as `$.items[*]`"),
    Key("timeout", "foreach", "duration", "how long the script may take"),
    Key("attempts", "retry", "integer", "runs in all", minimum=1),
    Key("backoff", "retry", "duration", "pause before the next run"),
    Key("type", "input", "text", "what a value must be; text if not said", choices=INPUT_TYPES),
    Key("default", "input", "text", "value where none is given"),
    Key("description", "input", "text", "what the input is, for people"),
    Key("file_pattern", "output", "text", "pattern of the file that the step's commits added or changed"),
    Key("json", "output", "text", "path into the step's output read as JSON, such as `$.score`"),
    Key("regex", "output", "text", "regular expression on the step's output; its first group is the value"),
    Key("command", "test", "template", "the test command"),
    Key("on_failure", "test", "handler", "what runs before the test is tried again"),
    Key("force_refresh", "analyze", "boolean", "refresh even where the context is young enough"),
    Key("max_cache_age", "analyze", "duration", "how old the context may be, in seconds"),
    Key("save", "analyze", "any", "of an older dialect", instead="remove it; the context is always saved"),
    Key("format", "analyze", "any", "of an older dialect", instead="remove it; the context has one format"),
    Key("force_refresh", "analysis", "boolean", "refresh even where the context is young enough"),
    Key("max_cache_age", "analysis", "duration", "how old the context may be, in seconds"),
    Key("save", "analysis", "any", "of an older dialect", instead="remove it; the context is always saved"),
    Key("format", "analysis", "any", "of an older dialect", instead="remove it; the context has one format"),
)  # fmt: skip


def _by_place() -> dict[Place, dict[str, Key]]:
    table: dict[Place, dict[str, Key]] = {}
    for row in _ROWS:
        table.setdefault(row.place, {})[row.name] = row
    return table


KEYS: Mapping[Place, Mapping[str, Key]] = _by_place()
"""Every key, by the place where it may stand and by its name."""


USUAL: Mapping[Place, tuple[str, ...]] = {
    "header": ("name", "steps", "commands", "max_iterations", "until", "inputs", "env", "defaults", "limits", "protect"),
    "step": (
        "id", "args", "when", "timeout", "on_failure", "on_success", "commit_required", "env", "cwd", "ok_exit_codes",
        "model", "outputs", "retry",
    ),
    "handler": ("claude", "shell", "name", "steps", "max_attempts", "fail_workflow"),
    "defaults": ("timeout", "model", "max_cost_usd", "retry", "shell_program", "allowed_tools", "permissions"),
    "map": ("over", "filter", "sort_by", "max_items", "parallel", "fail_fast", "limits", "setup"),
}  # fmt: skip
"""The keys that are named where a key is nothing that we know, in the order of use; other places name all."""
