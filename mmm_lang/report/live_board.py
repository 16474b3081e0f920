"""Several sessions at once on a terminal: what has happened above, and below it a line for each that says what it does.

rich draws it; it is imported only where a person looks on. It reckons where the cursor is when it begins to write, and
writes when it is done with that: two threads that do so at once would draw over each other, so each does it alone here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from attrs import define, field
from rich.console import Console as Terminal
from rich.live import Live
from rich.text import Text

from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Step
from mmm_lang.report import wording
from mmm_lang.report.board import Lines, Part, prefixed
from mmm_lang.report.console import Console
from mmm_lang.report.doing import Activity, Doing
from mmm_lang.report.one_of_many import OneOfMany
from mmm_lang.report.screen import screen
from mmm_lang.runtime.cook import Watching
from mmm_lang.runtime.events import StepStarted
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.requirements import Item
from mmm_lang.runtime.state import State
from mmm_lang.tagged import Json

_A_SECOND = 4
"""How often the lines are drawn anew."""


class LiveBoard:
    """Lines of all sessions, and a moving one for each that runs. Session folders lie in ``sessions``."""

    def __init__(self, sessions: str, *, verbose: bool) -> None:
        self._terminal = Terminal(file=screen(sys.stdout), highlight=False, soft_wrap=True)
        self._drawing = threading.RLock()
        """Held by whoever draws: a line above, or the moving ones."""
        self._lines = Lines(self._print)
        self._sessions = sessions
        self._verbose = verbose
        self._lanes: tuple[_Lane, ...] = ()
        self._lock = threading.Lock()
        self._live: _Moving | None = None
        self._asking = False

    def _print(self, line: str) -> None:
        with self._drawing:
            self._terminal.print(Text(line))

    @contextmanager
    def lane(self, part: Part, plan: Plan) -> Iterator[Watching]:
        """The part's lines, and its moving line as long as this is entered."""
        width = wording.cells(part.prefix)
        write = prefixed(part.prefix, self._lines.write)
        console = Console(
            plan,
            write,
            self._sessions,
            verbose=self._verbose,
            width=lambda: self._terminal.width - width,
        )
        lane = _Lane(part, console if self._verbose else OneOfMany(console, write, self._sessions))
        with self._lock:
            self._lanes = tuple(sorted((*self._lanes, lane), key=lambda one: one.part.number or 0))
            self._move()
        try:
            yield lane
        finally:
            with self._lock:
                self._lanes = tuple(one for one in self._lanes if one is not lane)
                self._move()

    def say(self, line: str) -> None:
        """A line above the moving ones."""
        self._lines.write(line)

    def tell(self, event: Mapping[str, Json]) -> None:
        """Nothing."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing moves, and lines wait."""
        with self._lines.kept():
            self._ask(asking=True)
            try:
                yield
            finally:
                self._ask(asking=False)

    def close(self) -> None:
        """Take the moving lines away."""
        with self._lock:
            self._lanes = ()
            self._move()

    def _ask(self, *, asking: bool) -> None:
        with self._lock:
            self._asking = asking
            self._move()

    def _move(self) -> None:
        """Begin or cease to draw moving lines."""
        wanted = bool(self._lanes) and not self._asking
        if wanted and self._live is None:
            self._live = _Moving(self._terminal, self._drawn, self._drawing)
        elif not wanted and self._live is not None:
            self._live.stop()
            self._live = None

    def _drawn(self) -> Text:
        """A line for each session, none longer than the window, and no more of them than it has rows."""
        lanes, room = self._lanes, max(1, self._terminal.height - 2)
        lines = [lane.text for lane in lanes[:room]]
        if len(lanes) > room:
            lines[-1] = f"and {len(lanes) - room + 1} more"
        width = max(self._terminal.width - 1, 4)
        return Text("\n".join(wording.cut(line, width) for line in lines), no_wrap=True)


class _Moving:
    """The moving lines, from when it is made until it is stopped; they are drawn anew now and then."""

    def __init__(self, terminal: Terminal, drawn: Callable[[], Text], drawing: threading.RLock) -> None:
        self._drawing = drawing
        self._live = Live(console=terminal, get_renderable=drawn, auto_refresh=False, transient=True)
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="mmm-lines", daemon=True)
        with drawing:
            self._live.start()
        self._ticker.start()

    def _tick(self) -> None:
        while not self._over.wait(1 / _A_SECOND):
            with self._drawing:
                self._live.refresh()

    def stop(self) -> None:
        """Take the lines away."""
        self._over.set()
        self._ticker.join()
        with self._drawing:
            self._live.stop()


@define(eq=False)
class _Lane:
    """One session: its lines, and what it does now."""

    part: Part
    story: Watching
    doing: Doing = field(factory=Doing)
    title: str = ""

    @property
    def text(self) -> str:
        parts = (self.title, self.doing.text or "…")
        return wording.printable(f"{self.part.prefix}{' · '.join(part for part in parts if part)}")

    def item_begins(self, item: Item, number: int, total: int) -> None:
        self.story.item_begins(item, number, total)

    def happened(self, entry: Entry, state: State) -> None:
        self.doing.happened(entry, state)
        if isinstance(entry.event, StepStarted) and entry.event.run:
            self.title = entry.event.title.split("\n")[0]
        self.story.happened(entry, state)

    def working(self, step: Step, folder: str, agent_activity: Activity | None) -> None:
        self.doing.working(step, folder, agent_activity)

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        self.doing.silent(seconds, patience)
        self.story.silent(step, seconds, patience)

    def stopping(self) -> None:
        self.doing.stopping()
        self.story.stopping()

    def awaiting(self, step: Step) -> None:
        self.doing.awaiting()
        self.story.awaiting(step)
