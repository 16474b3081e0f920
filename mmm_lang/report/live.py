"""The live view: on a terminal, one line below the story says since when the step runs and what it does now.

The line above it names the step, so this one does not. rich draws it; it is imported only here, and only for a
terminal.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from rich.console import Console as Terminal
from rich.status import Status
from rich.text import Text

from mmm_lang.figures import money
from mmm_lang.plan.ir import AgentCall, Step
from mmm_lang.report import wording
from mmm_lang.report.console import Console
from mmm_lang.report.screen import screen
from mmm_lang.runtime.events import (
    BackedOff,
    SessionFinished,
    StepFinished,
    StepRan,
    StepResumed,
    StepStarted,
)
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State

_CHUNK = 64 * 1024
"""Bytes of new output that are looked at each time; what is older than that is skipped."""
_SILENCE = 10
"""Seconds without output after which that is said."""
_SIGN_OF_LIFE = 60
"""Seconds for which an agent's model may be silent before it is said when that ends its call."""
_SPINNER = 4
"""Columns that are not the text's: the moving sign, blanks, and the last, which some terminals wrap at."""

Activity = Callable[[bytes], str | None]


class LiveView:
    """A status line below the lines of a `Console`.

    ``tell`` makes that console for a way to write a line and a way to ask for the window's width in columns.
    """

    def __init__(self, tell: Callable[[Callable[[str], None], Callable[[], int]], Console]) -> None:
        self._terminal = Terminal(file=screen(sys.stdout), highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._story = tell(self.line, lambda: self._terminal.width)
        self._since = 0.0
        self._heard = 0.0
        self._says = ""
        self._read = 0
        self._cost = 0.0
        self._stops = False
        self._silence = ""

    def line(self, text: str) -> None:
        """Print a line above the status line."""
        self._terminal.print(Text(text))

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._story.item_begins(item, number, total)

    def happened(self, entry: Entry, state: State) -> None:
        self._cost = state.cost_usd
        if isinstance(entry.event, StepFinished | SessionFinished):
            self.close()
        elif isinstance(entry.event, StepRan) and self._status is not None:
            self._status.update("saving its work")  # a hook may take its time
        elif isinstance(entry.event, BackedOff) and self._status is not None:
            self._status.update(wording.waiting(entry.event))
        self._story.happened(entry, state)
        begins = isinstance(entry.event, StepStarted) and entry.event.run
        if begins or isinstance(entry.event, StepResumed):
            self._since = self._heard = time.monotonic()
            self._says, self._read = "", 0

    def working(self, step: Step, folder: str, agent_activity: Activity | None) -> None:
        """Look at what the process has said since the last time, and draw."""
        if agent_activity is not None:
            said = [agent_activity(line) for line in self._new_lines(os.path.join(folder, "stdout"))]
            self._says = next((one for one in reversed(said) if one), self._says)
        elif self._grew(os.path.join(folder, "log")):
            last = wording.last_lines(os.path.join(folder, "log"), 1, limit=4096)
            self._says = last[0].strip() if last else self._says
        self._draw(step)
        self._silence = ""

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """Before ``working``: an agent's model says nothing, and at some time that ends its call."""
        if seconds >= min(_SIGN_OF_LIFE, patience / 2):
            self._silence = wording.silence(seconds, patience)
        self._story.silent(step, seconds, patience)

    def stopping(self) -> None:
        self._stops = True
        self._story.stopping()

    def close(self) -> None:
        """Take the status line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _grew(self, path: str) -> bool:
        """Whether a file is longer than it was when this was last asked."""
        try:
            size = os.stat(path).st_size
        except OSError:
            return False
        if size == self._read:
            return False
        self._read, self._heard = size, time.monotonic()
        return True

    def _new_lines(self, path: str) -> list[bytes]:
        """The whole lines that a file has got since this was last asked, as far as they are worth a look."""
        try:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                start = max(self._read, size - _CHUNK)
                file.seek(start)
                content = file.read(_CHUNK)
        except OSError:
            return []
        whole, newline, _ = content.rpartition(b"\n")
        if not newline:
            return []
        self._read, self._heard = start + len(whole) + 1, time.monotonic()
        return whole.split(b"\n")

    def _draw(self, step: Step) -> None:
        now = time.monotonic()
        parts = ["stopping"] if self._stops else []
        parts.append(wording.elapsed(now - self._since))
        if self._silence:
            parts.append(self._silence)
        elif now - self._heard >= _SILENCE:
            parts.append(f"silent for {wording.elapsed(now - self._heard)}")
        if self._cost and isinstance(step.action, AgentCall):
            parts.append(f"{money(self._cost)} so far")
        if self._says:
            parts.append(self._says)
        line = wording.cut(" · ".join(parts), max(self._terminal.width - _SPINNER, 4))
        text = Text(line, no_wrap=True)
        if self._status is None:
            self._status = self._terminal.status(text, spinner_style="none")
            self._status.start()
        else:
            self._status.update(text)
