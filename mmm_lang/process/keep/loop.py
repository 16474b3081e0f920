"""The keeper's loop: orders come in, output is pumped, times are held, ends are reported.

One thread, one selector, no timer but the nearest deadline: a command that is silent for an hour costs nothing.

Orders (JSON lines on descriptor 0): ``launch`` with a command, ``stop`` (TERM, then KILL after the grace) and ``kill``,
of one run or of all, and ``close``. Reports (JSON lines on descriptor 1): ``started``, ``ended``, and ``failed`` for a
bug of the keeper's own.

Orders end without ``close`` when mmm has died. Commands that outlive it then run to their end, with their timeouts, and
are recorded; all others are told to end and killed a second later; nothing new starts; when all is over, whatever
carries the session's mark is ended, and the keeper goes. SIGTERM to the keeper ends everything, in the same order;
SIGINT and SIGHUP are none of its business.
"""

from __future__ import annotations

import json
import os
import select
import selectors
import signal
import time

from mmm_lang.process import sweep
from mmm_lang.process.keep import run as runs
from mmm_lang.process.keep.orphans import Orphans
from mmm_lang.process.keep.spawn import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from mmm_lang.process.keep.outputs import Stream
    from mmm_lang.process.keep.run import Run

ORDERS, REPORTS = 0, 1
_ORPHANED_GRACE = 1.0
"""Seconds that a command has when mmm has died: all is to be gone within 2."""
_LONGEST_WAIT = 5.0
"""Seconds after which runs are looked at although nothing was heard of them: the byte that a signal writes can get lost,
and no end of a run may go unnoticed for that."""
_PARTING = 1.0
"""Seconds that mmm has to take the last reports."""


class Loop:
    """All that the keeper knows: the commands that run, and what is to be read and written."""

    def __init__(self, mark: str, grace: float) -> None:
        self._mark = mark
        self._grace = grace
        self._runs: dict[int, Run] = {}
        self._inbox = bytearray()
        self._outbox = bytearray()
        self._leaving = False
        self._reporting = True
        self._orphans = Orphans()
        self._signals = _signal_pipe()
        self._selector = selectors.DefaultSelector()
        for descriptor in (ORDERS, REPORTS):
            os.set_blocking(descriptor, False)
        self._selector.register(ORDERS, selectors.EVENT_READ, self._read_orders)
        self._selector.register(self._signals, selectors.EVENT_READ, self._take_signals)

    def go(self) -> None:
        """Until mmm is gone or says ``close``, or a SIGTERM comes, and nothing runs any more."""
        while self._runs or not self._leaving:
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._look_after_runs()
        self._orphans.end_all()
        sweep.end_marked(self._mark)
        self._part()

    def abandon(self, reason: str, trace: str) -> None:
        """The keeper itself has failed: leave nothing behind, and say why."""
        for run in self._runs.values():
            run.tell_to_end("stopped", 0)
        sweep.end_marked(self._mark)
        self._report({"event": "failed", "error": reason, "trace": trace})
        self._part()

    # --- orders ---

    def _read_orders(self) -> None:
        try:
            chunk = os.read(ORDERS, 1 << 16)
        except BlockingIOError:
            return
        if not chunk:
            self._lose_mmm()
            return
        self._inbox += chunk
        while (end := self._inbox.find(b"\n")) >= 0:
            line = bytes(self._inbox[:end])
            del self._inbox[: end + 1]
            self._obey(line)

    def _obey(self, line: bytes) -> None:
        order = json.loads(line)
        what = order["do"]
        if what == "launch":
            self._launch(runs.Order(line))
        elif what == "close":
            self._leaving = True
            self._tell_to_end(None, 0)
        else:
            self._tell_to_end(order["run"], 0 if what == "kill" else self._grace)

    def _launch(self, order: runs.Order) -> None:
        try:
            if self._leaving:
                raise Refused("the keeper was told to end")
            run = runs.start(order, self._grace)
        except Refused as refusal:
            self._report({"event": "ended", **runs.refused(order, str(refusal))})
            return
        self._runs[order.run] = run
        for stream in run.outputs.streams:
            self._selector.register(stream.pipe, selectors.EVENT_READ, self._pump_of(run, stream))
        self._report({"event": "started", "run": order.run, "pid": run.pid})

    def _tell_to_end(self, only: int | None, grace: float) -> None:
        for number, run in self._runs.items():
            if only is None or only == number:
                run.tell_to_end("stopped", grace)

    def _lose_mmm(self) -> None:
        self._selector.unregister(ORDERS)
        self._leaving = True
        sweep.end_marked(sweep.of_git(self._mark))
        for run in self._runs.values():
            if not run.order.outlives:
                run.tell_to_end("stopped", min(self._grace, _ORPHANED_GRACE))

    # --- commands ---

    def _pump_of(self, run: Run, stream: Stream) -> Callable[[], None]:
        def pump() -> None:
            if not run.pump(stream):
                self._selector.unregister(stream.pipe)
                os.close(stream.pipe)
                stream.pipe = -1

        return pump

    def _look_after_runs(self) -> None:
        for number, run in list(self._runs.items()):
            run.look()
            if run.is_over:
                self._finish(number, run)

    def _finish(self, number: int, run: Run) -> None:
        del self._runs[number]
        self._orphans.end(run.pid, run.order.mark, self._living())
        for stream in run.outputs.streams:
            if stream.pipe >= 0:
                self._selector.unregister(stream.pipe)
        self._report({"event": "ended", **run.finish()})

    def _living(self) -> set[int]:
        return {run.pid for run in self._runs.values() if run.main_runs}

    def _patience(self) -> float | None:
        if not self._runs:
            return None
        nearest = min(run.next_look() for run in self._runs.values())
        return min(max(0.0, nearest - time.monotonic()), _LONGEST_WAIT)

    # --- signals ---

    def _take_signals(self) -> None:
        heard = os.read(self._signals, 1 << 12)
        if signal.SIGTERM in heard:
            self._leaving = True
            self._tell_to_end(None, self._grace)
        if signal.SIGCHLD in heard:
            self._orphans.reap(self._living())

    # --- reports ---

    def _report(self, report: dict[str, object]) -> None:
        if self._reporting:
            self._outbox += json.dumps(report).encode() + b"\n"
            self._send()

    def _send(self) -> None:
        """Never waits: mmm may be suspended, and its commands must be looked after all the same."""
        waiting = REPORTS in self._selector.get_map()
        try:
            while self._outbox:
                del self._outbox[: os.write(REPORTS, self._outbox)]
        except BlockingIOError:
            if not waiting:
                self._selector.register(REPORTS, selectors.EVENT_WRITE, self._send)
            return
        except BrokenPipeError:  # mmm has died; the end of its orders will say so too
            self._reporting = False
            self._outbox.clear()
        if waiting:
            self._selector.unregister(REPORTS)

    def _part(self) -> None:
        """The last reports, if mmm takes them."""
        deadline = time.monotonic() + _PARTING
        while self._outbox and (rest := deadline - time.monotonic()) > 0:
            select.select([], [REPORTS], [], rest)
            self._send()


def main(mark: str, grace: float) -> None:
    """Be the keeper of the session with ``mark``; ``grace`` in seconds lies between TERM and KILL."""
    loop = Loop(mark, grace)
    try:
        loop.go()
    except Exception as error:
        import traceback  # dear, and hopefully never needed

        loop.abandon(f"{type(error).__name__}: {error}", traceback.format_exc())
        raise


def _signal_pipe() -> int:
    """Where signals arrive as bytes, one each: the selector hears them, nothing is ever interrupted."""

    def note(_number: int, _frame: FrameType | None) -> None:
        """A handler must be there for the byte to be written."""

    hear, ring = os.pipe()
    for descriptor in (hear, ring):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, note)
    return hear
