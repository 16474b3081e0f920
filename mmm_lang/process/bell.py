"""Wait for a descriptor, a time or a signal, whichever is first.

Python goes on with an interrupted wait as if nothing had happened (PEP 475), so a handler that only sets a flag would
be noticed at the end of it. A bell has every signal write a byte into a pipe that the wait listens to.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from types import TracebackType


class Bell:
    """Armed as long as it is entered (in the main thread; elsewhere signals do not ring and the time has to do).

    Whoever had the wakeup descriptor before gets it back, together with the bytes that came meanwhile.
    """

    def __init__(self) -> None:
        self._hear, self._ring = os.pipe()
        for descriptor in (self._hear, self._ring):
            os.set_blocking(descriptor, False)
        self._before: list[int | None] = []
        self._rang = bytearray()

    def __enter__(self) -> Bell:
        try:
            self._before.append(signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False))
        except ValueError:  # not the main thread
            self._before.append(None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        before = self._before.pop()
        if before is None:
            return
        signal.set_wakeup_fd(before, warn_on_full_buffer=False)
        self._note()
        if before != self._ring:
            if before >= 0 and self._rang:
                with contextlib.suppress(OSError):
                    os.write(before, self._rang)
            self._rang.clear()

    def wait(self, descriptor: int | None, seconds: float) -> bool:
        """Whether ``descriptor`` can be read. Returns at the latest after ``seconds``, or when a signal comes."""
        poll = select.poll()
        poll.register(self._hear, select.POLLIN)
        if descriptor is not None:
            poll.register(descriptor, select.POLLIN)
        ready = {each for each, _ in poll.poll(max(0.0, seconds) * 1000)}
        if self._hear in ready:
            self._note()
        return descriptor in ready

    def close(self) -> None:
        os.close(self._hear)
        os.close(self._ring)

    def _note(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._rang += os.read(self._hear, 1 << 12)
