"""Watching over an agent that runs: whether it still shows a sign of life, and for how long it has not.

A sign of life is a line on its stdout. Its silence counts while it waits for its model; a tool that it runs may take as
long as it takes (`agents.pulse`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from attrs import evolve

from mmm_lang.agents.pulse import Pulse
from mmm_lang.process.model import Ended

_CHUNK = 1024 * 1024
"""Bytes that are read at a time."""
_MOST = 16 * 1024 * 1024
"""Bytes of a line without an end that are kept; a line that long tells nothing."""


class Vigil:
    """Watches the file ``stdout`` of one call. ``patience`` is in seconds; ``None``: the call may be silent for ever.

    ``clock`` counts seconds, by a clock that nobody sets.
    """

    def __init__(self, stdout: str, patience: float | None, clock: Callable[[], float]) -> None:
        self.patience = patience
        self._path = stdout
        self._clock = clock
        self._pulse = Pulse()
        self._heard = clock()
        self._read = 0
        self._rest = b""
        self._over = False

    def silence(self) -> float:
        """Seconds for which its model has said nothing until now; 0 while it waits for something else."""
        if self.patience is None:
            return 0.0
        for line in self._new_lines():
            self._pulse.take(line)
        return self._clock() - self._heard if self._pulse.waits_for_model else 0.0

    @property
    def over(self) -> bool:
        """Whether the patience was at its end once: what comes after that comes too late."""
        if self.patience is not None and not self._over:
            self._over = self.silence() >= self.patience
        return self._over

    def ended(self, end: Ended, signals: int) -> Ended:
        """How the program ended, told as what it was: one that was stopped, and by no signal to mmm, was idle."""
        idle = self.over and end.cause == "stopped" and end.error is None and not signals
        return evolve(end, cause="idle") if idle else end

    @property
    def allowed(self) -> float | None:
        """Seconds of silence that were allowed, where they are over."""
        return self.patience if self.over else None

    def _new_lines(self) -> Iterator[bytes]:
        for chunk in self._new_chunks():
            self._heard = self._clock()
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if len(self._rest) > _MOST:
                self._rest = b""
            yield from lines

    def _new_chunks(self) -> Iterator[bytes]:
        try:
            if os.stat(self._path).st_size == self._read:
                return
            with open(self._path, "rb") as file:
                file.seek(self._read)
                while chunk := file.read(_CHUNK):
                    self._read += len(chunk)
                    yield chunk
        except OSError:  # it is not there yet
            return
