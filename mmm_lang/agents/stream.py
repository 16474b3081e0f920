"""Reading the stream of an ended call: JSON lines of any number and length, in bounded memory.

Only `init` and `result` lines (and the notice of a rejected quota) say how a call ended; all others are passed by without
being parsed. What is not JSON, or longer than `LONGEST_LINE`, is passed by too: a killed program leaves half a line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from attrs import frozen

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of the longest line that is read."""

_CHUNK = 64 * 1024
_MARKS = (b'"result"', b'"init"', b'"rejected"')

Record = Mapping[str, object]


@frozen
class Stream:
    """What the lines of one call say.

    ``result`` is the last result line. A call with background work prints several: ``turns`` is the sum over them,
    ``denials`` are those of all. ``commands`` are the slash commands that the program found, ``None`` where it did not
    say. ``resets`` is a Unix time, where a quota was rejected. ``overlong`` counts lines that were too long to read.
    ``servers_failed`` are the MCP servers that the program could not start, and went on without.
    """

    result: Record | None = None
    turns: int = 0
    denials: tuple[object, ...] = ()
    commands: frozenset[str] | None = None
    session: str | None = None
    resets: float | None = None
    overlong: int = 0
    servers_failed: tuple[str, ...] = ()


def read_stream(path: str) -> Stream:
    """Read the stdout file of an ended call; one that is missing or unreadable is an empty stream."""
    try:
        with open(path, "rb") as file:
            return _read(file)
    except OSError:
        return Stream()


def _read(file: BinaryIO) -> Stream:
    result: Record | None = None
    turns, overlong = 0, 0
    denials: list[object] = []
    commands: frozenset[str] | None = None
    session: str | None = None
    resets: float | None = None
    failed: dict[str, None] = {}
    for line in lines(file):
        if line is None:
            overlong += 1
            continue
        record = (parsed(line) if any(mark in line for mark in _MARKS) else None) or {}
        match record:
            case {"type": "result"}:
                result = record
                turns += count(record.get("num_turns"))
                listed = record.get("permission_denials")
                denials += listed[:_MOST_DENIALS] if isinstance(listed, list) else []
                del denials[_MOST_DENIALS:]
                session = text(record.get("session_id")) or session
            case {"type": "system", "subtype": "init"}:
                names = record.get("slash_commands")
                if isinstance(names, list):
                    commands = frozenset(name for name in names if isinstance(name, str))
                session = text(record.get("session_id")) or session
                failed.update(dict.fromkeys(_servers_failed(record.get("mcp_servers"))))
            case {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected", "resetsAt": moment}}:
                resets = number(moment)
            case _:
                pass
    return Stream(result, turns, tuple(denials), commands, session, resets, overlong, tuple(failed))


_MOST_DENIALS = 1000


def _servers_failed(servers: object) -> Iterator[str]:
    for server in servers if isinstance(servers, list) else ():
        if isinstance(server, dict) and server.get("status") == "failed":
            yield text(server.get("name"))


def lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Lines without their end, the last one also where it has none; ``None`` for one longer than `LONGEST_LINE`.

    Holds one line at most, however long the file or its lines are.
    """
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) <= LONGEST_LINE or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        del line
        while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield None


def parsed(line: bytes) -> Record | None:
    """A line as a JSON object; ``None`` where it is none."""
    try:
        value = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text(value: object) -> str:
    """``value`` where it is text, else no text. Lone surrogates, which no file can hold, are replaced."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def number(value: object) -> float | None:
    """``value`` where it is a finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        converted = float(value)
    except OverflowError:
        return None
    return converted if math.isfinite(converted) and converted >= 0 else None


def count(value: object) -> int:
    """``value`` where it counts something, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
