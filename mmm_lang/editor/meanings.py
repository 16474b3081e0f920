"""What fields, contexts and filters mean, in a sentence each: for hover and completion."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "status": "`succeeded`, `failed` or `skipped`; always set",
        "exit_code": "the exit code of the process, a number",
        "output": "what a person would want to read: standard output; both streams of a script that failed; "
        "the answer of an agent",
        "stdout": "standard output; of an agent call, its answer",
        "stderr": "standard error",
        "output_file": "path of the whole log",
        "json": "standard output or structured answer, read as JSON; goes on with names and indexes",
        "spec": "path of the `*.md` file under `specs/` that the step's commits added or changed",
        "spec_id": "the name of that file, without folder and ending",
        "commits": "ids of the commits of the step, one a line",
        "files": "files that its commits changed, one a line",
        "items": "how many items the loop had",
        "attempts": "how many times the step ran",
        "duration": "how long the step took, in seconds",
        "calls": "how many agent calls it made",
        "cost_usd": "what it cost, in US dollars",
    }
)
"""The fields of a step."""

CONTEXTS: Mapping[str, str] = MappingProxyType(
    {
        "shell": "the shell step under repair, or else the nearest one before",
        "last": "the step just before in the same list; at the head of a list inside a step, that step",
        "inputs": "the inputs of the playbook",
    }
)
"""First names of references that are no ids."""

FILTERS: Mapping[str, str] = MappingProxyType(
    {
        "head": "the first lines: `head(20)`",
        "tail": "the last lines: `tail(20)`",
        "lines": "line by line, without empty lines",
        "json": "the value as JSON: a text in quotes, with escapes",
        "words": "in a script: as many arguments as there are words",
        "raw": "in a script: spliced as code, so that a value can be a command",
    }
)
"""What stands behind `|` in a reference."""
