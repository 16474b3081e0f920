"""What the running step of one session does now, in a few words that change: for a line that moves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from mmm_lang.figures import money
from mmm_lang.plan.ir import AgentCall, Step
from mmm_lang.report import wording
from mmm_lang.runtime.events import (
    BackedOff,
    SessionFinished,
    StepFinished,
    StepRan,
    StepResumed,
    StepStarted,
)
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.state import State

_CHUNK = 64 * 1024
"""Bytes of new output that are looked at each time; what is older than that is skipped."""
_SILENCE = 10
"""Seconds without output after which that is said."""
_SIGN_OF_LIFE = 60
"""Seconds for which an agent's model may be silent before it is said when that ends its call."""

Activity = Callable[[bytes], str | None]


class Doing:
    """Told what a watcher is told. ``text`` is what to show: empty while no step runs."""

    def __init__(self) -> None:
        self.text = ""
        self._since = 0.0
        self._heard = 0.0
        self._says = ""
        self._read = 0
        self._cost = 0.0
        self._stops = False
        self._silence = ""

    def happened(self, entry: Entry, state: State) -> None:
        """After an event."""
        self._cost = state.cost_usd
        match entry.event:
            case StepFinished() | SessionFinished():
                self.text = ""
            case StepRan():
                self.text = "saving its work"  # a hook may take its time
            case BackedOff() as event:
                self.text = wording.waiting(event)
            case StepStarted(run=run) if run:
                self._begins()
            case StepResumed():
                self._begins()

    def _begins(self) -> None:
        self._since = self._heard = time.monotonic()
        self._says, self._read = "", 0

    def working(self, step: Step, folder: str, agent_activity: Activity | None) -> None:
        """Look at what the process has said since the last time."""
        if agent_activity is not None:
            said = [agent_activity(line) for line in self._new_lines(os.path.join(folder, "stdout"))]
            self._says = next((one for one in reversed(said) if one), self._says)
        elif self._grew(os.path.join(folder, "log")):
            last = wording.last_lines(os.path.join(folder, "log"), 1, limit=4096)
            self._says = last[0].strip() if last else self._says
        self.text = self._told(step)
        self._silence = ""

    def silent(self, seconds: float, patience: float) -> None:
        """Before ``working``: an agent's model says nothing, and at some time that ends its call."""
        if seconds >= min(_SIGN_OF_LIFE, patience / 2):
            self._silence = wording.silence(seconds, patience)

    def stopping(self) -> None:
        """It is told to end."""
        self._stops = True

    def awaiting(self) -> None:
        """It does not begin yet."""
        self.text = wording.AWAITING

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

    def _told(self, step: Step) -> str:
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
        return " · ".join(parts)
