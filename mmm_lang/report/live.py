"""The live view: on a terminal, one line below the story says what runs now, since when, and what it does.

rich draws it; it is imported only here, and only for a terminal.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from rich.console import Console as Terminal
from rich.status import Status
from rich.text import Text

from mmm_lang.plan.ir import AgentCall, Step
from mmm_lang.report import wording
from mmm_lang.report.console import Console
from mmm_lang.runtime.events import SessionFinished, StepRan, StepStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State

_CHUNK = 64 * 1024
"""Bytes of new output that are looked at each time; what is older than that is skipped."""


class LiveView:
    """A status line below the lines of a `Console`, which ``tell`` makes for the given way to write a line."""

    def __init__(self, tell: Callable[[Callable[[str], None]], Console]) -> None:
        self._terminal = Terminal(highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._story = tell(self.line)
        self._title = ""
        self._since = 0.0
        self._heard = 0.0
        self._says = ""
        self._read = 0
        self._folder = ""
        self._cost = 0.0

    def line(self, text: str) -> None:
        """Print a line above the status line."""
        self._terminal.print(Text(text))

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._story.item_begins(item, number, total)

    def happened(self, entry: Entry, state: State) -> None:
        self._cost = state.cost_usd
        if isinstance(entry.event, StepRan | SessionFinished):
            self._end()
        self._story.happened(entry, state)
        if isinstance(entry.event, StepStarted) and entry.event.run:
            self._title = entry.event.title
            self._since = self._heard = time.monotonic()
            self._says, self._read, self._folder = "", 0, ""

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """Look at what the process has said since the last time, and draw."""
        if folder != self._folder:
            self._folder, self._read = folder, 0
        for line in self._new_lines(os.path.join(folder, "stdout" if agent_activity else "log")):
            self._heard = time.monotonic()
            said = (
                agent_activity(line) if agent_activity else wording.printable(line.decode("utf-8", "replace"))
            )
            self._says = said.strip() if said else self._says
        self._draw(step)

    def close(self) -> None:
        """Take the status line away."""
        self._end()

    def _new_lines(self, path: str) -> list[bytes]:
        try:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                file.seek(max(self._read, size - _CHUNK))
                content = file.read(_CHUNK)
        except OSError:
            return []
        whole, newline, _ = content.rpartition(b"\n")
        self._read = max(self._read, size - _CHUNK) + len(whole) + len(newline)
        return whole.split(b"\n") if newline else []

    def _draw(self, step: Step) -> None:
        now = time.monotonic()
        parts = [wording.duration(now - self._since)]
        if isinstance(step.action, AgentCall):
            parts.append(f"{wording.money(self._cost)} so far")
        if now - self._heard > 10:
            parts.append(f"silent for {wording.duration(now - self._heard)}")
        if self._says:
            parts.append(self._says)
        text = Text(f"{self._title or step.title} · {' · '.join(parts)}", no_wrap=True, overflow="ellipsis")
        text.truncate(max(self._terminal.width - 4, 10), overflow="ellipsis")
        if self._status is None:
            self._status = self._terminal.status(text)
            self._status.start()
        else:
            self._status.update(text)

    def _end(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
