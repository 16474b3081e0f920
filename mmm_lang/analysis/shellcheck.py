"""Talking to shellcheck: its command line, and what it answers.

It reads all scripts in one process. Every script is a file of its own whose first line names the dialect, so that
directives of the script itself (``# shellcheck disable=SC2086``) keep their meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from mmm_lang.analysis.embedded import EmbeddedScript, Level, Remark, Replacement

OPTIONS = ("--format=json1", "--norc", "--severity=style")

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


class NoAnswer(Exception):
    """Shellcheck said nothing that can be read; the text says what happened."""


def file_of(script: EmbeddedScript) -> bytes:
    """The content of the file that stands for a script."""
    return f"# shellcheck shell={script.dialect}\n{script.text}\n".encode("utf-8", "replace")


def read_answer(answer: bytes, names: Sequence[str]) -> tuple[tuple[Remark, ...], ...]:
    """The remarks on each of the files, in their order. Raises `NoAnswer`."""
    try:
        comments = json.loads(answer)["comments"]
        found: dict[str, list[Remark]] = {name: [] for name in names}
        for comment in comments:
            found[comment["file"]].append(_remark(comment))
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer(f"its answer cannot be read ({type(error).__name__})") from None
    return tuple(tuple(sorted(found[name])) for name in names)


def _remark(comment: Mapping[str, Json]) -> Remark:
    fix = comment.get("fix")
    replacements = fix["replacements"] if isinstance(fix, Mapping) else ()
    start, end = _range(comment)
    return Remark(
        start,
        end,
        cast(Level, comment["level"]),
        int(cast(int, comment["code"])),
        str(comment["message"]),
        tuple(_replacement(cast("Mapping[str, Json]", one)) for one in cast("Sequence[Json]", replacements)),
    )


def _replacement(one: Mapping[str, Json]) -> Replacement:
    start, end = _range(one)
    return Replacement(start, end, str(one["replacement"]))


def _range(one: Mapping[str, Json]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Start and end in the script, which begins on the second line of its file."""
    numbers = [int(cast(int, one[name])) for name in ("line", "column", "endLine", "endColumn")]
    return (max(numbers[0] - 1, 1), numbers[1]), (max(numbers[2] - 1, 1), numbers[3])
