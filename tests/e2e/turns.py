"""What the scripted API says: answers of the model, and the ways in which a server fails to answer.

An agent call is a sequence of these, one for each request that the program makes in that call.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen


@frozen
class Use:
    """The model calls a tool."""

    tool: str
    given: Mapping[str, Any]


@frozen
class Answer:
    """A message of the model: words, then calls of tools. ``tokens`` are those of the output; they make the cost."""

    said: str = ""
    uses: tuple[Use, ...] = ()
    tokens: int = 20


@frozen
class Fault:
    """An HTTP status in place of an answer, in the API's own form."""

    status: int
    kind: str
    message: str
    headers: Mapping[str, str] = field(factory=dict)


@frozen
class Silence:
    """The server takes the request and says no more; with ``begins``, after the head of the answer."""

    begins: bool = False


@frozen
class Torn:
    """The stream of an answer breaks off in the middle of its words."""

    said: str = "I was about to say"


@frozen
class Held:
    """The answer comes when the test opens ``gate``, or never."""

    answer: Answer


Turn = Answer | Fault | Silence | Torn | Held


def says(words: str, tokens: int = 20) -> Answer:
    return Answer(words, tokens=tokens)


def runs(command: str, **more: Any) -> Answer:
    """The model runs a script."""
    return Answer(uses=(Use("Bash", {"command": command, "description": "work", **more}),))


def writes(path: Path, text: str) -> Answer:
    """The model writes a file."""
    return Answer(uses=(Use("Write", {"file_path": str(path), "content": text}),))


def changes(path: Path, old: str, new: str) -> Answer:
    """The model reads a file and changes a place in it; two turns of the model are one answer with both calls."""
    return Answer(
        uses=(
            Use("Read", {"file_path": str(path)}),
            Use("Edit", {"file_path": str(path), "old_string": old, "new_string": new}),
        )
    )
