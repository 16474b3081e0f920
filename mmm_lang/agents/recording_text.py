"""Recordings as text that one reads in a review: YAML in a fixed order, long texts and patches as they are.

The same calls give the same bytes. Only what says something is written; ``parse_recording`` reads it back.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Sequence

from mmm_lang.agents.comparable import digest
from mmm_lang.agents.recording import Change, Content, Delete, Patch, RecordedCall, RecordedCommit, Write

_PLAIN = re.compile(r"[A-Za-z_/][\w./-]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""Plain texts that some reader of YAML takes for something else."""
_NOT_IN_BLOCK = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def recording_text(calls: Iterable[str], description: str) -> str:
    """A whole recording, from the texts of its calls."""
    listed = "".join(calls)
    head = f"version: 1\ndescription: {scalar(description, 0)}\n"
    return f"{head}calls:\n{listed}" if listed else f"{head}calls: []\n"


def call_text(call: RecordedCall) -> str:
    """One entry of ``calls``, with the line end."""
    lines: list[str] = []
    for key, value in (("item", call.item), ("step", call.step), ("command", call.command)):
        if value is not None:
            lines.append(f"{key}: {scalar(value, 4) if isinstance(value, str) else value}")
    if call.asked is not None:
        lines += [f'sha256: "{digest(call.asked)}"', f"asked: {scalar(call.asked, 4)}"]
    if call.prompt is not None:
        lines.append(f"prompt: {scalar(call.prompt, 4)}")
    if call.ending is not None:
        lines.append(f"ending: {call.ending}")
    if call.error is not None:
        lines.append(f"error: {scalar(call.error, 4)}")
    if call.answer:
        lines.append(f"answer: {scalar(call.answer, 4)}")
    if call.json is not None:
        lines.append(f"json: {_flow(call.json)}")
    lines.append(f"cost_usd: {_amount(call.cost_usd)}")
    lines.append(f"turns: {call.turns}")
    if call.exit_code is not None:
        lines.append(f"exit_code: {call.exit_code}")
    if call.tools:
        listed = ", ".join(f"{scalar(name, 0)}: {count}" for name, count in call.tools)
        lines.append(f"tools: {{{listed}}}")
    if call.denied:
        lines.append("denied:")
        lines += [f"  - {{tool: {quoted(one.tool)}, input: {_flow(one.given)}}}" for one in call.denied]
    if call.moves_head:
        lines.append("moves_head: true")
    if call.commits:
        lines += ["commits:", *_commits(call.commits)]
    if call.changes:
        lines += ["changes:", *_changes(call.changes, "  ")]
    return "".join(f"  {'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def _commits(commits: Sequence[RecordedCommit]) -> list[str]:
    lines = []
    for commit in commits:
        lines.append(f"  - message: {scalar(commit.message, 8)}")
        if commit.paths:
            lines.append("    paths:")
            lines += [f"      - {quoted(path)}" for path in commit.paths]
        if commit.changes:
            lines += ["    changes:", *_changes(commit.changes, "      ")]
    return lines


def _changes(changes: Sequence[Change], indent: str) -> list[str]:
    lines = []
    for change in changes:
        match change:
            case Patch(text):
                lines.append(f"{indent}- patch: {scalar(text, len(indent) + 6)}")
            case Delete(path):
                lines.append(f"{indent}- delete: {quoted(path)}")
            case Write(path, text, executable):
                lines += [
                    f"{indent}- write: {quoted(path)}",
                    f"{indent}  text: {scalar(text, len(indent) + 6)}",
                ]
                lines += _bit(executable, indent)
            case Content(path, content, executable):
                written = base64.b64encode(content).decode("ascii")
                lines += [f"{indent}- write: {quoted(path)}", f'{indent}  base64: "{written}"']
                lines += _bit(executable, indent)
    return lines


def _bit(executable: bool | None, indent: str) -> list[str]:
    return [] if executable is None else [f"{indent}  executable: {'true' if executable else 'false'}"]


def scalar(text: str, column: int) -> str:
    """A text as a value in a mapping that begins in ``column`` (from 0): plain where it is a word, a block where it has
    several lines, else quoted."""
    if "\n" in text or len(text) > 100:
        return _block(text, column) or quoted(text)
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def _block(text: str, column: int) -> str | None:
    """A literal block; ``None`` where a block cannot hold the text."""
    body = text.rstrip("\n")
    if not body or _NOT_IN_BLOCK.search(text):
        return None
    ends = len(text) - len(body)
    chomping = {0: "-", 1: ""}.get(ends, "+")
    lines = [*body.split("\n"), *[""] * (ends - 1)]
    indent = " " * (column + 2)
    return f"|2{chomping}\n" + "\n".join(f"{indent}{line}" if line else "" for line in lines)


def quoted(text: str) -> str:
    """A text in double quotes."""
    escaped = json.dumps(text, ensure_ascii=False)
    return _NOT_IN_BLOCK.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)


def _amount(cost: float | None) -> str:
    """US dollars as YAML takes them for a number, without an exponent."""
    return "null" if cost is None else f"{cost:.9f}".rstrip("0").rstrip(".")


def _flow(written: str) -> str:
    """JSON text on one line, its keys in order."""
    value = json.dumps(json.loads(written), sort_keys=True, ensure_ascii=False)
    return _NOT_IN_BLOCK.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
