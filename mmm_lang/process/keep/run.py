"""One command under the keeper, from its order to its record."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time

from mmm_lang.masking import Mask, Secret
from mmm_lang.process import sweep
from mmm_lang.process.keep.outputs import Outputs, Stream, sync_folder, write_record
from mmm_lang.process.keep.spawn import Refused, spawn, words

NEVER = float("inf")
_GROUP_LOOK = 0.05
"""Seconds between looks at a group that was told to end: nobody reports the end of what is not our child."""
_CAN_PEEK = hasattr(os, "waitid")


class Order:
    """A command as mmm sent it; see ``process.model.Command`` for what the fields mean."""

    __slots__ = (
        "argv",
        "cwd",
        "env",
        "folder",
        "idle_timeout",
        "mark",
        "outlives",
        "run",
        "secrets",
        "stdin",
        "timeout",
    )

    def __init__(self, line: bytes) -> None:
        sent = json.loads(line)
        self.run: int = sent["run"]
        self.argv: list[str] = sent["argv"]
        self.cwd: str = sent["cwd"]
        self.env: dict[str, str] = sent["env"]
        self.folder: str = sent["folder"]
        self.timeout: float = NEVER if sent["timeout"] is None else sent["timeout"]
        self.idle_timeout: float = NEVER if sent["idle_timeout"] is None else sent["idle_timeout"]
        self.stdin: str = sent["stdin"] or os.devnull
        self.outlives: bool = sent["outlives"]
        self.mark: str = sent["mark"]
        self.secrets = Mask(
            Secret(text.encode("latin-1"), stands.encode("latin-1"), "") for text, stands in sent["secrets"]
        )


class Run:
    """A command that was started.

    It ends in steps. The main process ends, by itself or because it is told to (``tell_to_end``: TERM to its group,
    KILL when the grace is over). Others in its group are then killed at once in the first case, and have the rest of
    the grace in the second (a ``git`` below a shell removes its lock files when it gets TERM). Then it ``is_over``: the
    keeper ends what is left outside the group and calls ``finish``.
    """

    def __init__(self, order: Order, pid: int, outputs: Outputs, grace: float) -> None:
        self.order = order
        self.pid = pid
        self.outputs = outputs
        self._grace = grace
        self._cause = "exit"
        self._trouble: str | None = None
        self._status: int | None = None
        self._kill_at = NEVER
        self._killed = False
        seen = sweep.status(pid)
        self._start = seen.start if seen else None
        self._began = self._heard = self._ended = time.monotonic()

    @property
    def main_runs(self) -> bool:
        """Whether the process that was started itself has not been waited for yet."""
        return self._status is None

    @property
    def is_over(self) -> bool:
        return self._status is not None and (self._killed or not self._group_lives())

    def pump(self, stream: Stream) -> bool:
        """Move a chunk of output; false at the end of the stream. Output that cannot be kept ends the command."""
        try:
            size = self.outputs.pump(stream)
        except OSError as error:
            self._lose(error)
            return False
        if size:
            self._heard = time.monotonic()
        return size != 0

    def tell_to_end(self, cause: str, grace: float) -> None:
        """TERM now, KILL after ``grace`` seconds (0: at once). The first cause stays, the nearest KILL counts."""
        if self._cause == "exit":
            self._cause = cause
            self._signal(signal.SIGTERM)
            self._signal(signal.SIGCONT)  # who is suspended would never notice
        self._kill_at = min(self._kill_at, time.monotonic() + grace)
        if grace <= 0:
            self._kill()

    def look(self) -> None:
        """Notice the end of the main process, and hold the times."""
        if self._status is None:
            self._notice_end()
        now = time.monotonic()
        if now >= self._kill_at:
            self._kill()
        elif self._status is None and self._cause == "exit":
            if now >= self._began + self.order.timeout:
                self.tell_to_end("timeout", self._grace)
            elif now >= self._heard + self.order.idle_timeout:
                self.tell_to_end("idle", self._grace)

    def next_look(self) -> float:
        """When to look again at the latest, on the monotonic clock."""
        if self._status is not None:
            return time.monotonic() + _GROUP_LOOK
        if self._cause != "exit":
            return self._kill_at
        return min(self._began + self.order.timeout, self._heard + self.order.idle_timeout)

    def finish(self) -> dict[str, object]:
        """Take in the last output, write the record, and return it."""
        try:
            self.outputs.drain()
            if self.order.outlives:  # it was paid for: on the disk before its end is
                self.outputs.sync()
        except OSError as error:
            self._lose(error)
        self.outputs.close()
        code = os.waitstatus_to_exitcode(self._status or 0)
        ended = {
            "cause": self._cause,
            "exit_code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "error": self._trouble,
            "duration": round(self._ended - self._began, 4),
        }
        record = recorded(self.order, ended, self.pid, self._start)
        if self.order.outlives:
            with contextlib.suppress(OSError):
                sync_folder(self.order.folder)
        return record

    def _notice_end(self) -> None:
        # While the ended process has not been waited for, its number, and so its group's, cannot be another's.
        if _CAN_PEEK and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return
        if _CAN_PEEK and self._cause == "exit":
            self._kill()
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return
        self._status = status
        self._ended = time.monotonic()
        if self._cause == "exit":
            self._kill()

    def _lose(self, error: OSError) -> None:
        self._trouble = f"its output cannot be written to `{self.outputs.folder}`: {words(error)}"
        if self._status is None:
            self.tell_to_end("stopped", self._grace)
        elif self._cause == "exit":
            self._cause = "stopped"

    def _group_lives(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except (ProcessLookupError, PermissionError):  # macOS: not permitted, where all of them are dead
            return False
        return True

    def _kill(self) -> None:
        if not self._killed:
            self._killed = True
            self._kill_at = NEVER
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def start(order: Order, grace: float) -> Run:
    """Open the files, start the program. Raises ``Refused`` with the reason, which is on record then too."""
    opened: list[int] = []
    outputs: Outputs | None = None
    try:
        outputs = Outputs(order.folder, order.secrets)
        opened.append(_open_input(order.stdin))
        opened.append(outputs.add("stdout"))
        opened.append(outputs.add("stderr"))
        pid = spawn(order.argv, order.env, order.cwd, opened)
    except (OSError, Refused) as error:
        if outputs is not None:
            outputs.close()
        if isinstance(error, Refused):
            raise
        raise Refused(f"its output cannot be written to `{order.folder}`: {words(error)}") from error
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return Run(order, pid, outputs, grace)


def refused(order: Order, reason: str) -> dict[str, object]:
    """The record, written too, of a command that could not be started."""
    error = order.secrets.text(reason)  # it names the program and the folder
    ended = {"cause": "not-started", "exit_code": None, "signal": None, "error": error, "duration": 0.0}
    return recorded(order, ended, None, None)


def recorded(
    order: Order, ended: dict[str, str | int | float | None], pid: int | None, start: str | None
) -> dict[str, object]:
    """Write ``rc``. Where that fails, the record says so and goes to mmm all the same."""
    record: dict[str, object] = {"version": 1, "run": order.run, **ended, "pid": pid, "start": start}
    try:
        write_record(order.folder, record)
    except OSError as error:
        trouble = f"its end cannot be recorded in `{order.folder}`: {words(error)}"
        record["error"] = f"{ended['error']}; {trouble}" if ended["error"] else trouble
    return record


def _open_input(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise Refused(f"its input `{path}` cannot be read: {words(error)}") from error
