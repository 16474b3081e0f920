"""Recordings: answers of agent calls, and the changes and commits that came with them (`spec/recording.md`)."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from mmm_lang.agents.commands import command_of
from mmm_lang.agents.comparable import steady
from mmm_lang.agents.model import AgentRequest


@frozen
class Write:
    """A whole file. ``executable``: set or clear the bit; ``None`` leaves it."""

    path: str
    text: str
    executable: bool | None = None


@frozen
class Delete:
    path: str


@frozen
class Patch:
    """A unified diff."""

    text: str


@frozen
class Content:
    """A whole file that is no text. ``executable`` as in `Write`."""

    path: str
    content: bytes
    executable: bool | None = None


Change = Write | Delete | Patch | Content

RecordedEnding = Literal["failed", "quota", "auth", "budget"]
"""How a call ended that is no success; the names are those of `AgentResult.ending`."""


@frozen
class RecordedCommit:
    """``paths`` are committed as they lie there, beside what ``changes`` touch; neither: a commit of nothing."""

    message: str
    changes: tuple[Change, ...] = ()
    paths: tuple[str, ...] = ()


@frozen
class Denial:
    """A tool that was refused; ``given`` is its input as JSON text."""

    tool: str
    given: str = "{}"


@frozen
class RecordedCall:
    """One answer, and what it answers: calls that fit all of ``command``, ``step`` and ``prompt`` that are set.

    ``item`` is the number of the item of `--map` or `--args`. ``asked`` is the whole prompt, in the form of `comparable`:
    where it is set, the call answers that prompt, whichever step asks, and no other.

    ``json`` is the structured output as JSON text. ``error`` makes it a failure, ``status`` one of HTTP; with ``ending``
    it is the reason as it was told. ``cost_usd`` is ``None`` where nobody knows it. ``tools`` counts what was used, by
    name, for readers. ``moves_head``: it left HEAD elsewhere than on its branch.
    """

    command: str | None = None
    step: str | None = None
    prompt: str | None = None
    answer: str = ""
    cost_usd: float | None = 0.0
    turns: int = 1
    json: str | None = None
    denied: tuple[Denial, ...] = ()
    commits: tuple[RecordedCommit, ...] = ()
    changes: tuple[Change, ...] = ()
    error: str | None = None
    status: int | None = None
    item: int | None = None
    asked: str | None = None
    ending: RecordedEnding | None = None
    exit_code: int | None = None
    tools: tuple[tuple[str, int], ...] = ()
    moves_head: bool = False

    def answers(self, request: AgentRequest, asked: str) -> bool:
        """Whether this can be the answer to a request; ``asked`` is its prompt in the form of `comparable`."""
        if self.asked is None:
            return self.fits(request)
        return steady(self.asked) == asked and self._is_item(request)

    def fits(self, request: AgentRequest) -> bool:
        """Whether this was recorded for the place of a request, whatever the whole prompt is."""
        return (
            self._is_item(request)
            and (self.command is None or self.command == command_of(request.prompt))
            and (self.step is None or self.step == request.step)
            and (self.prompt is None or self.prompt in request.prompt)
        )

    def _is_item(self, request: AgentRequest) -> bool:
        return self.item is None or self.item == request.item


@frozen
class Recording:
    """Recorded calls in the order in which they answer. ``path`` is the file they came from."""

    path: str
    calls: tuple[RecordedCall, ...] = field(factory=tuple)
