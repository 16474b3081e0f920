"""What a running agent waits for, told from its stream: its model, or something that may rightly take long.

While a tool runs the stream is silent, and that is no sign of a server that hangs. So the silence of a stream counts only
where no tool is open: each `tool_use` opens one, its `tool_result` closes it. A tool in which another agent speaks is no
tool to wait for: that agent has a model too. After a `result` line the program waits for work in the background and
for no server, until it begins to speak again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmm_lang.agents.stream import LONGEST_LINE, Record, parsed, text

_MARKS = (
    b'"tool_use"', b'"tool_result"', b'"result"', b'"parent_tool_use_id":"', b'"parent_tool_use_id": "',
)  # fmt: skip
_MARKS_AFTER_AN_ANSWER = (*_MARKS, b'"assistant"', b'"init"')


class Pulse:
    """Folds the lines of one stream. A line that says nothing about it changes nothing."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._agents: set[str] = set()
        self._answered = False

    @property
    def waits_for_model(self) -> bool:
        """Whether the next word has to come from the model."""
        return self._open <= self._agents and not self._answered

    def take(self, line: bytes) -> None:
        """One line of the stream, without its end. Never raises."""
        marks = _MARKS_AFTER_AN_ANSWER if self._answered else _MARKS
        if len(line) > LONGEST_LINE or not any(mark in line for mark in marks):
            return
        record = parsed(line) or {}
        kind = record.get("type")
        if kind == "result":
            self._answered, self._open = True, set()
        elif kind in ("assistant", "system"):
            self._answered = False
        if isinstance(parent := record.get("parent_tool_use_id"), str):
            self._agents.add(parent)
        for block in _blocks(record):
            if block.get("type") == "tool_use":
                self._open.add(text(block.get("id")))
            elif block.get("type") == "tool_result":
                self._open.discard(text(block.get("tool_use_id")))


def _blocks(record: Record) -> Iterator[Mapping[str, object]]:
    message = record.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict):
            yield block
