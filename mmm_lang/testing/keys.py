"""The keys of test files, with their meaning: one table for reader, schema and reference."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Kind = Literal[
    "text", "count", "number", "money", "duration", "truth", "choice", "texts", "texts_by_name", "files", "any",
    "commits", "stops", "values", "outcomes", "cases", "expect", "at_most",
]  # fmt: skip


@frozen
class Key:
    """``choices`` are the words of a ``choice``; ``least`` is the lowest number of a ``count``."""

    name: str
    kind: Kind
    meaning: str
    choices: tuple[str, ...] = ()
    least: int = 0


STATUSES = ("succeeded", "failed", "budget", "paused", "interrupted")
ENDINGS = ("failed", "quota", "auth", "budget", "transient")

FILE = (
    Key("version", "count", "version of the format, 1", least=1),
    Key("playbook", "text", "path of the playbook, relative to this file; default: the one of the same name"),
    Key("tests", "cases", "the tests"),
)
CASE = (
    Key("name", "text", "what the test shows; each name once"),
    Key("set", "texts_by_name", "inputs by name, as `--set`"),
    Key("arg", "text", "the item, as of `--args`"),
    Key("map", "text", "the item's path, as of `--map`"),
    Key(
        "item",
        "any",
        "the item of the playbook's `map:`: a text, or a mapping as the JSON of the items has it",
    ),
    Key("max_iterations", "count", "as `--max-iterations`", least=1),
    Key("max_calls", "count", "as `--max-calls`", least=1),
    Key("max_cost", "money", "as `--max-cost`, in US dollars"),
    Key("max_duration", "duration", "as `--max-duration`"),
    Key("on_failure", "choice", "as `--on-failure`", ("rollback", "keep")),
    Key("env", "texts_by_name", "variables of the environment"),
    Key("files", "files", "the repository's files, by path; `null`: there is none of that name"),
    Key(
        "recording",
        "text",
        "path of a recording, relative to this file: agents answer from it, shell steps run for real",
    ),
    Key(
        "project",
        "text",
        "with `recording`: folder that is the repository; default: a clone of the one around this file",
    ),
    Key(
        "steps",
        "outcomes",
        "how the runs of each step end, by its key: one outcome, or a list of them in order",
    ),
    Key("expect", "expect", "what must come of it"),
)
OUTCOME = (
    Key("exit_code", "count", "how the program ends; default 0"),
    Key("output", "text", "what it prints, or the agent's answer"),
    Key("stderr", "text", "what it prints to standard error"),
    Key("files", "files", "files that it writes and leaves uncommitted; `null` deletes"),
    Key("commit", "text", "message of a commit that it makes of `files`"),
    Key("commits", "commits", "commits that it makes: a list of `{message, files}`"),
    Key("cost_usd", "number", "what the agent's call costs, in US dollars; default 0, `null`: nobody knows"),
    Key("takes", "duration", "how long it runs; default 1s"),
    Key("timeout", "truth", "`true`: it runs until its time limit ends it"),
    Key("signal", "count", "number of the signal that ends it", least=1),
    Key("ending", "choice", "how an agent's call fails", ENDINGS),
    Key("reason", "text", "with `ending`: the reason"),
    Key("denied", "texts", "tools that the agent is refused, as rules of `allowed_tools`"),
    Key("json", "any", "the agent's structured output"),
    Key("moves_head", "truth", "`true`: it leaves the branch"),
    Key("answer", "truth", "answer of a person to `approve:`; default `true`, `null`: nobody is there"),
)
COMMIT = (
    Key("message", "text", "its message"),
    Key("files", "files", "the files that it changes; `null` deletes"),
)
EXPECT = (
    Key("status", "choice", "how the session ends", STATUSES),
    Key(
        "reason",
        "text",
        "why, as the journal names it: `converged`, `criteria-met`, `limit`, `step-failed`, …",
    ),
    Key("message", "text", "a part of the sentence that says why"),
    Key("exit_code", "count", "exit code of `mmm cook`"),
    Key("iterations", "count", "how many iterations there are"),
    Key(
        "path",
        "stops",
        "the way through the graph: `- STEP: STATUS`, `- HANDLER: round N`, `- LOOP: turn N`, `- iteration: N`",
    ),
    Key("outputs", "values", "fields and outputs of steps, as `STEP.NAME`; `null`: unset"),
    Key("commits", "texts", "first lines of the messages of the commits that stay"),
    Key("files", "files", "files and their contents at the end; `null`: there is none of that name"),
    Key("agent_calls", "count", "how many calls are made"),
    Key("cost_usd", "number", "what they cost, in US dollars"),
    Key("at_most", "at_most", "the proved worst case of the session is no more than this"),
)
AT_MOST = (
    Key("agent_calls", "count", "agent calls"),
    Key("shell_runs", "count", "runs of scripts"),
    Key("cost_usd", "number", "US dollars"),
    Key("duration", "duration", "time"),
)


def named(keys: tuple[Key, ...], name: str) -> Key | None:
    """The key of that name."""
    return next((key for key in keys if key.name == name), None)
