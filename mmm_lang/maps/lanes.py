"""Lanes: what a map has begun runs in threads of this process, and reports to the one thread that keeps its journal.

The main thread waits for reports. It alone hears signals, which it hands on to all sessions, and it alone asks people,
one question at a time. Nothing is shared between lanes but what they are given: the purse, the relay of signals, and a
view that writes whole lines.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from queue import Empty, SimpleQueue
from types import TracebackType

from attrs import define, field, frozen

from mmm_lang.maps.decide import Merge, Open, Reduce, RunItem, Work
from mmm_lang.maps.events import Ended, MapHalted
from mmm_lang.maps.state import MapState
from mmm_lang.runtime.life import Ask
from mmm_lang.runtime.signals import Relay

Perform = Callable[[Work, MapState], Ended]
"""Does a move to its end, in a thread of its own. What it raises is a bug."""

_LOOKS_UP = 0.25
"""Seconds after which a signal is heard at the latest that came while nobody reported anything."""


@frozen
class _Signal:
    """A signal came."""

    number: int


@frozen
class _Bug:
    """A move raised what nobody expected."""

    error: BaseException


@define(eq=False)
class _Question:
    """What a session asks a person, and waits for the answer to."""

    step: str
    text: str
    said: bool | None = None
    answered: threading.Event = field(factory=threading.Event)

    def answer(self, said: bool | None) -> None:
        self.said = said
        self.answered.set()


class Lanes:
    """The workers of a map, a thread for each move that was begun; used as a context manager, by the main thread.

    ``ask`` answers questions; ``pause_view`` is entered while one is asked, so that nobody writes between question and
    answer. Leaving it waits for what still runs; with an exception it is told to end first, as by a SIGTERM.
    """

    def __init__(
        self,
        perform: Perform,
        ask: Ask,
        pause_view: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.signals = Relay()
        """Where the sessions of all lanes hear that they are to stop."""
        self._perform = perform
        self._ask = ask
        self._pause_view = pause_view
        self._reports: SimpleQueue[Ended | _Signal | _Bug | _Question] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._halted = False
        self._over = threading.Event()

    def __enter__(self) -> Lanes:
        self._heard = self._listening()
        self._heard.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None:
                self.signals.tell(signal.SIGTERM)
            self._see_off()
        finally:
            self._heard.__exit__(kind, error, trace)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        with self.signals, self.signals.told_to(lambda number: self._reports.put(_Signal(number))):
            yield

    def _see_off(self) -> None:
        """Nobody is asked any more, and no thread is left."""
        self._over.set()
        for thread in self._threads:
            while thread.is_alive():
                self._let_go_of_questions()
                thread.join(0.1)
        self._threads.clear()

    def _let_go_of_questions(self) -> None:
        while True:
            try:
                report = self._reports.get_nowait()
            except Empty:
                return
            if isinstance(report, _Question):
                report.answer(None)

    # --- the main thread ---

    def begin(self, move: Work, state: MapState) -> None:
        """Begin a move in a thread of its own; returns at once."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(
            target=self._run, args=(move, state), name=f"mmm-{_name(move)}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def next_ended(self) -> Ended:
        """Wait for the next report. Questions are asked meanwhile, and the first signal is a `MapHalted`."""
        while True:
            report = self._next_report()
            match report:
                case _Question():
                    with self._pause_view():
                        report.answer(None if self._halted else self._ask(report.step, report.text))
                case _Signal(number=number):
                    if not self._halted:
                        self._halted = True
                        return _halted_by(number)
                case _Bug(error=error):
                    raise error
                case _:
                    return report

    def _next_report(self) -> Ended | _Signal | _Bug | _Question:
        """Wait for a report. The system may give a signal to the thread of a lane, which wakes nobody here: what Python
        does then, it does in this thread, so this one looks up now and then."""
        while True:
            with suppress(Empty):
                return self._reports.get(timeout=_LOOKS_UP)

    # --- the lanes ---

    def _run(self, move: Work, state: MapState) -> None:
        try:
            self._reports.put(self._perform(move, state))
        except BaseException as error:  # it is raised again in the main thread
            self._reports.put(_Bug(error))

    def asked_by(self, prefix: str) -> Ask:
        """How a session in a lane asks a person: the main thread does it, and the question begins with ``prefix``."""

        def ask(step: str, text: str) -> bool | None:
            if self._over.is_set() or self.signals.numbers:
                return None
            question = _Question(step, f"{prefix}{text}")
            self._reports.put(question)
            while not question.answered.wait(0.5):
                if self._over.is_set():
                    return None
            return question.said

        return ask


def _halted_by(number: int) -> MapHalted:
    if number == signal.SIGINT:
        return MapHalted("interrupted", "interrupted", "stopped by Ctrl-C", 130)
    return MapHalted("interrupted", "terminated", f"stopped by {signal.Signals(number).name}", 143)


def _name(move: Work) -> str:
    match move:
        case RunItem(index=index):
            return f"item-{index}"
        case Merge(index=index):
            return f"merge-{index}"
        case Open():
            return "opening"
        case Reduce():
            return "reduce"
