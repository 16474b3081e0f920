"""Agents of a project's own: programs that the configuration names under `agents:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmm_lang.analysis.configuration.tree import Array, Entry, Node, Table, Word
from mmm_lang.record import field, frozen
from mmm_lang.source import Span

if TYPE_CHECKING:
    from mmm_lang.analysis.configuration.reading import Reader

PROMPT = "{prompt}"
"""What stands for the prompt in an argument."""
OWN = ("claude", "replay")
"""Agents that mmm brings, whose names are taken."""
_KEYS = ("argv", "env", "answer", "cost_usd")
_NAME = r"[A-Za-z][A-Za-z0-9_-]*"
_PATH = r"\$(?:\.[A-Za-z_][\w-]*|\[\d+\])+"


@frozen
class AgentProgram:
    """A program that answers prompts. Where no argument holds `{prompt}`, the prompt is on its standard input.

    ``answer`` and ``cost_usd`` are paths into what it prints, as JSON (`$.result`); ``None``: all that it prints is the
    answer, and nobody knows the cost.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(factory=dict)
    answer: str | None = None
    cost_usd: str | None = None

    @property
    def takes_argument(self) -> bool:
        """Whether the prompt is an argument."""
        return any(PROMPT in one for one in self.argv)


def read_programs(reader: Reader, entry: Entry) -> dict[str, AgentProgram]:
    """The agents that a configuration names; what is wrong is said and left out."""
    programs = {}
    for one in reader.entries(entry, "write `NAME: {argv: [PROGRAM, …]}`"):
        if one.key in OWN:
            advice = "choose another name; its model and its tools are set in playbooks"
            _wrong(reader, one.key_span, f"`{one.key}` is an agent of mmm's own", advice)
        elif not re.fullmatch(_NAME, one.key):
            advice = "write letters, digits, `-` and `_`, a letter first"
            _wrong(reader, one.key_span, f"`{one.key}` cannot be the name of an agent", advice)
        else:
            program = _program(reader, one)
            if program is not None:
                programs[one.key] = program
                reader.places[f"agents.{one.key}"] = one.key_span
    return programs


def _program(reader: Reader, entry: Entry) -> AgentProgram | None:
    entries = {}
    for one in reader.entries(entry, "write `argv:` with the program and its arguments below it"):
        if one.key in _KEYS:
            entries[one.key] = one
        else:
            reader.unknown(one, _KEYS)
    if not isinstance(entry.value, Table):
        return None
    if "argv" not in entries:
        advice = 'write `argv: [PROGRAM, "{prompt}"]`'
        _wrong(reader, entry.key_span, f"the agent `{entry.key}` has no `argv`", advice)
        return None
    argv = _argv(reader, entries["argv"])
    env = _env(reader, entries.get("env"))
    answer, cost = _json_path(reader, entries.get("answer")), _json_path(reader, entries.get("cost_usd"))
    return None if argv is None else AgentProgram(argv, env, answer, cost)


def _argv(reader: Reader, entry: Entry) -> tuple[str, ...] | None:
    advice = 'write it as `[PROGRAM, "{prompt}"]`'
    if not isinstance(entry.value, Array):
        reader.wrong(entry.value, "`argv` is a list of texts", advice)
        return None
    words = [_text(reader, item, "an argument is a text") for item in entry.value.items]
    if not words or words[0] == "" or PROMPT in (words[0] or ""):
        _wrong(reader, entry.value.span, "`argv` begins with no program", advice)
        return None
    return tuple(word for word in words if word is not None) if None not in words else None


def _env(reader: Reader, entry: Entry | None) -> dict[str, str]:
    found = {}
    for one in () if entry is None else reader.entries(entry, "write names with their values"):
        text = _text(reader, one.value, f"`{one.key}` is a text")
        if text is not None:
            found[one.key] = text
    return found


def _json_path(reader: Reader, entry: Entry | None) -> str | None:
    if entry is None:
        return None
    text = _text(reader, entry.value, f"`{entry.key}` is a path into JSON")
    if text is not None and not re.fullmatch(_PATH, text):
        reader.wrong(
            entry.value, f"`{entry.key}` is a path into JSON", "write it as `$.result` or `$.items[0].text`"
        )
        return None
    return text


def _text(reader: Reader, node: Node, expected: str) -> str | None:
    if isinstance(node, Word) and isinstance(node.value, str):
        return node.value
    reader.wrong(node, expected, "put it in quotes")
    return None


def _wrong(reader: Reader, span: Span, message: str, advice: str) -> None:
    reader.findings.error("invalid-config", span, message, advice)
