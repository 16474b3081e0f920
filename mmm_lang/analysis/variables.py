"""The names of the session: what ``$ARG``, ``${ITERATION}`` and the like stand for.

They are exported to ``shell:`` steps as well. See ``spec/language.md``, 3.1.
"""

from __future__ import annotations

SESSION_VARIABLES = {
    "ARG": "the path of this item of `--map`, or the text of `--args`",
    "FILE": "the path of this item of `--map`",
    "FILE_NAME": "the name of that file, without its folder",
    "FILE_STEM": "the name of that file, without folder and ending",
    "INDEX": "the number of this item",
    "TOTAL": "how many items there are",
    "ITERATION": "the number of this iteration, from 1",
    "CAPTURED_OUTPUT": "the output of the latest step with `capture_output: true`",
    "PROJECT_ROOT": "the folder of the repository",
    "WORKTREE": "the folder that the session works in",
    "SPEC_ID": "the stem of the latest spec of this iteration",
}
"""Name and meaning of every variable of the session."""

FILE_VARIABLES = ("FILE", "FILE_NAME", "FILE_STEM")
ITEM_VARIABLES = ("ARG", *FILE_VARIABLES, "INDEX", "TOTAL")
"""Variables that only an item sets."""

MAP_FIELDS = {
    "results": "how each item ended, as a JSON list with an object an item",
    "succeeded": "how many items succeeded",
    "failed": "how many items failed",
    "total": "how many items there were",
}
"""Name and meaning of what `${map.…}` has in `reduce:`."""


def meaning_of(name: str) -> str:
    """What a variable of the session is, by its name: one of `SESSION_VARIABLES`, or `map.NAME`."""
    return SESSION_VARIABLES.get(name) or MAP_FIELDS.get(name.removeprefix("map."), "")


NUMBERS = frozenset({"INDEX", "TOTAL", "ITERATION", "map.succeeded", "map.failed", "map.total"})
"""Variables whose value is always a number."""

FOREIGN_CONTEXTS = ("item", "map", "env", "run")
"""First names of references that mean nothing in this version."""

CONTEXTS = ("inputs", "shell", "last", *FOREIGN_CONTEXTS)
"""First names of references that are not ids of steps."""
