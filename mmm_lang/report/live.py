"""The live view: on a terminal, one line below the story says since when the step runs and what it does now.

The line above it names the step, so this one does not. rich draws it; it is imported only here, in `live_board`, and only
for a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console as Terminal
from rich.status import Status
from rich.text import Text

from mmm_lang.plan.ir import Step
from mmm_lang.report import wording
from mmm_lang.report.console import Console
from mmm_lang.report.doing import Activity, Doing
from mmm_lang.report.screen import screen
from mmm_lang.runtime.events import SessionFinished, StepFinished
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State

_SPINNER = 4
"""Columns that are not the text's: the moving sign, blanks, and the last, which some terminals wrap at."""


class LiveView:
    """A status line below the lines of a `Console`.

    ``tell`` makes that console for a way to write a line and a way to ask for the window's width in columns.
    """

    def __init__(self, tell: Callable[[Callable[[str], None], Callable[[], int]], Console]) -> None:
        self._terminal = Terminal(file=screen(sys.stdout), highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._story = tell(self.line, lambda: self._terminal.width)
        self._doing = Doing()

    def line(self, text: str) -> None:
        """Print a line above the status line."""
        self._terminal.print(Text(text))

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self._story.item_begins(item, number, total)

    def happened(self, entry: Entry, state: State) -> None:
        self._doing.happened(entry, state)
        if isinstance(entry.event, StepFinished | SessionFinished):
            self.close()
        elif self._status is not None:
            self._draw()
        self._story.happened(entry, state)

    def working(self, step: Step, folder: str, agent_activity: Activity | None) -> None:
        """Look at what the process has said since the last time, and draw."""
        self._doing.working(step, folder, agent_activity)
        self._draw()

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """Before ``working``: an agent's model says nothing, and at some time that ends its call."""
        self._doing.silent(seconds, patience)
        self._story.silent(step, seconds, patience)

    def stopping(self) -> None:
        self._doing.stopping()
        self._story.stopping()

    def awaiting(self, step: Step) -> None:
        self._story.awaiting(step)

    def close(self) -> None:
        """Take the status line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _draw(self) -> None:
        line = wording.cut(self._doing.text, max(self._terminal.width - _SPINNER, 4))
        text = Text(line, no_wrap=True)
        if self._status is None:
            self._status = self._terminal.status(text, spinner_style="none")
            self._status.start()
        else:
            self._status.update(text)
