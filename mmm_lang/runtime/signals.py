"""Signals to stop, and who is told of them: one session, or all that run in threads of this process.

The system delivers signals to the main thread only. A session that runs there has its own handlers as long as it is under
way; sessions in other threads are told by a `Relay`, which the main thread has entered.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Protocol

from attrs import define

Heed = Callable[[int], None]
"""Takes the number of a signal to stop, in the main thread, in the middle of whatever it does."""


class Signals(Protocol):
    """Where a session hears of signals to stop."""

    def told_to(self, heed: Heed) -> AbstractContextManager[None]:
        """As long as it is entered, ``heed`` is told of every signal."""


class OfTheProcess:
    """The signals of this process, for a session in its main thread."""

    @contextmanager
    def told_to(self, heed: Heed) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGHUP go to ``heed``. A SIGHUP that the caller has us ignore (`nohup`) stays ignored."""

        def handler(number: int, frame: object) -> None:
            heed(number)

        before = {number: signal.signal(number, handler) for number in _wanted()}
        try:
            yield
        finally:
            for number, former in before.items():
                signal.signal(number, former)


def _wanted() -> list[int]:
    wanted: list[int] = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    return wanted


@define(eq=False)
class _Listener:
    heed: Heed
    heard: int = 0


class Relay:
    """Hands the signals of the process on to everybody who listens, in whatever thread; entered in the main thread.

    Whoever comes later is told at once what has come before: nothing begins behind the back of a Ctrl-C.
    """

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._listeners: list[_Listener] = []
        # the handler may come in the middle of what the main thread itself does here
        self._lock = threading.RLock()
        self._handlers = OfTheProcess().told_to(self.tell)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The signals that have come, in order."""
        return tuple(self._numbers)

    def __enter__(self) -> Relay:
        self._handlers.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handlers.__exit__(kind, error, trace)

    def tell(self, number: int) -> None:
        """A signal has come, or all shall stop as if it had."""
        with self._lock:
            self._numbers.append(number)
            for listener in tuple(self._listeners):
                self._catch_up(listener)

    @contextmanager
    def told_to(self, heed: Heed) -> Iterator[None]:
        """As long as it is entered, in any thread, ``heed`` is told of every signal, also of those before."""
        listener = _Listener(heed)
        with self._lock:
            self._listeners.append(listener)
            self._catch_up(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def _catch_up(self, listener: _Listener) -> None:
        """Each signal once, also where a signal comes in the middle of this."""
        while listener.heard < len(self._numbers):
            number = self._numbers[listener.heard]
            listener.heard += 1
            listener.heed(number)
