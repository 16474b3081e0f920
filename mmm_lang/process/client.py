"""mmm's side of the keeper: start commands, wait for their ends, stop them.

What is promised
- A command's output and its end (``rc``) are in its folder whatever becomes of mmm. ``Ended`` is returned only when
  nothing that the command left behind runs any more.
- When mmm dies without ``close``, commands with ``outlives`` run to their recorded end, all others are gone within two
  seconds, and then the keeper goes.
- When the keeper is killed, ``wait`` raises ``KeeperDied``, after what it ran was ended.

What is not: a process that dropped its process group *and* its environment is found on Linux only (as the keeper's
descendant), and there, where other commands run at the same time, only when the last of them has ended; a process of
another user (``sudo``) cannot be ended at all; outside Linux only process groups are known.

One thread: ``wait`` listens to the keeper, to signals and to the clock in one place. Signal handlers should set a flag
that ``until`` looks at. One that raises instead ends the wait at once, after which ``close`` is safe to call, while a
report that was just being read may be lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from types import TracebackType

from mmm_lang.process import sweep
from mmm_lang.process.bell import Bell
from mmm_lang.process.errors import FolderTaken, KeeperDied, NotStarted, RecordDamaged
from mmm_lang.process.identity import Identity, identity_of
from mmm_lang.process.model import Command, Ended
from mmm_lang.process.records import OUTPUTS, RECORD, ended_of, read_ended

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keeper.py")
_CLOSING = 10.0
"""Seconds that an orderly close may take (it kills, so it needs milliseconds); then the keeper itself is killed."""


class Keeper:
    """The keeper of one session. A context manager; leaving it is ``close``."""

    def __init__(self, process: subprocess.Popen[bytes], mark: str) -> None:
        """``start`` is the way to get one. ``process`` has pipes for stdin and stdout."""
        assert process.stdin is not None
        assert process.stdout is not None
        self.mark = mark
        self._process = process
        self._orders = process.stdin
        self._reports = process.stdout
        self._identity = identity_of(process.pid)
        self._bell = Bell()
        self._inbox = b""
        self._launched = 0
        self._folders: dict[int, str] = {}
        self._pids: dict[int, int] = {}
        self._ended: dict[int, Ended] = {}
        self._death: str | None = None
        self._failure: str | None = None
        self._trace = ""
        self._closed = False

    @classmethod
    def start(cls, session: str, grace: float = 5.0) -> Keeper:
        """Start the keeper of ``session`` and return at once; ``grace``: seconds between TERM and KILL.

        It gets a session (of processes) of its own, so no terminal and no Ctrl-C reaches it. Raises ``NotStarted``.
        """
        if not session or any(each in session for each in " /\0"):
            raise ValueError(f"the session's name {session!r} must be one word without a slash")
        mark = f"{session}.{secrets.token_hex(8)}"
        argv = [sys.executable, "-I", "-S", f"-Xutf8={sys.flags.utf8_mode}", _PROGRAM, mark, str(grace)]
        if sys.dont_write_bytecode:
            argv.insert(1, "-B")
        try:
            process = subprocess.Popen(
                argv,
                bufsize=0,
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise NotStarted(sys.executable, (error.strerror or str(error)).lower()) from error
        return cls(process, mark)

    @property
    def pid(self) -> int:
        """The keeper's."""
        return self._process.pid

    @property
    def identity(self) -> Identity | None:
        """What a later mmm needs to find this very keeper (``survivor``). ``None``: it was gone at once."""
        return self._identity

    def launch(self, command: Command) -> int:
        """Have ``command`` started; the number returned names the run from now on.

        Its folder is made (mode 0700) where it is missing; relative paths are taken from our own working directory. A
        program that cannot be started shows in the run's end, as cause ``not-started``.

        Raises ``FolderTaken`` where the folder holds another command's files, ``KeeperDied``, and ``OSError`` where the
        folder cannot be made.
        """
        folder = os.path.abspath(command.folder)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        for name in (RECORD, *OUTPUTS):
            if os.path.lexists(os.path.join(folder, name)):
                raise FolderTaken(folder, name)
        self._launched += 1
        run = self._launched
        mark = f"{self.mark}/{run}"
        env = {**command.env, sweep.VARIABLE: sweep.joined(command.env.get(sweep.VARIABLE), mark)}
        self._folders[run] = folder
        self._send(
            {
                "do": "launch",
                "run": run,
                "argv": command.argv,
                "cwd": os.path.abspath(command.cwd),
                "env": env,
                "folder": folder,
                "timeout": command.timeout,
                "idle_timeout": command.idle_timeout,
                "stdin": None if command.stdin is None else os.path.abspath(command.stdin),
                "outlives": command.outlives,
                "mark": mark,
                "secrets": [
                    (one.text.decode("latin-1"), one.stands.decode("latin-1")) for one in command.secrets
                ],
            }
        )
        if self._death is not None:
            del self._folders[run]
            raise KeeperDied(f"nothing can be started: {self._death}", self._trace)
        return run

    def wait(
        self,
        run: int,
        *,
        until: Callable[[], bool] | None = None,
        tick: float = 0.2,
        on_tick: Callable[[], None] | None = None,
    ) -> Ended | None:
        """Wait for the end of ``run``, however long it is silent.

        Every ``tick`` seconds, and at once when a signal came in or the keeper reported something, ``on_tick`` is called
        and ``until`` asked; where that is true ``None`` is returned, and the run goes on. May be called again, also for a
        run that has ended.

        Raises ``KeeperDied`` where the keeper is gone and the end is not recorded.
        """
        found = self.wait_any((run,), until=until, tick=tick, on_tick=on_tick)
        return None if found is None else found[1]

    def wait_any(
        self,
        runs: Collection[int],
        *,
        until: Callable[[], bool] | None = None,
        tick: float = 0.2,
        on_tick: Callable[[], None] | None = None,
    ) -> tuple[int, Ended] | None:
        """As ``wait``, for the first of several runs to end, which is named in the answer."""
        if not runs or not all(run in self._folders for run in runs):
            raise ValueError(f"no such run was launched: {sorted(runs)}")
        if (found := self._first_ended(runs)) is not None:
            return found
        next_tick = time.monotonic() + tick
        with self._bell:
            while (found := self._first_ended(runs)) is None:
                if until is not None and until():
                    return None
                self._bell.wait(self._reports.fileno(), next_tick - time.monotonic())
                if on_tick is not None:
                    on_tick()
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + tick
        return found

    def ended(self, run: int) -> Ended | None:
        """How ``run`` ended, if it has; waits for nothing."""
        self._take_reports()
        return self._ended.get(run)

    def pid_of(self, run: int) -> int | None:
        """The pid (process group and session, too) of a run, once the keeper has reported it."""
        self._take_reports()
        return self._pids.get(run)

    def stop(self, run: int | None = None) -> None:
        """TERM to the process group of ``run`` (of all), KILL to what is left when the grace is over.

        Returns at once; the ends come with ``wait``, with cause ``stopped``.
        """
        self._send({"do": "stop", "run": run})

    def kill(self, run: int | None = None) -> None:
        """As ``stop``, with KILL at once."""
        self._send({"do": "kill", "run": run})

    def close(self) -> None:
        """Kill what still runs, ``outlives`` or not, and see the keeper off: no child is left. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._send({"do": "close"})
            deadline = time.monotonic() + _CLOSING
            with self._bell:
                while self._death is None and (rest := deadline - time.monotonic()) > 0:
                    self._bell.wait(self._reports.fileno(), rest)
                    with contextlib.suppress(KeeperDied):  # a report that is damaged: no matter now
                        self._take_reports()
        finally:
            if self._death is None:
                self._process.kill()
                self._bury()
            self._orders.close()
            self._reports.close()
            self._bell.close()

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the pipes ---

    def _send(self, order: dict[str, object]) -> None:
        if self._death is not None:
            return
        rest = memoryview(json.dumps(order).encode() + b"\n")
        try:
            while rest:
                rest = rest[self._orders.write(rest) or 0 :]
        except BrokenPipeError:
            self._take_reports()
            if self._death is None:
                self._bury()

    def _first_ended(self, runs: Collection[int]) -> tuple[int, Ended] | None:
        self._take_reports()
        for run in runs:
            if (ended := self._ended.get(run)) is not None:
                return run, ended
        if self._death is not None:
            raise KeeperDied(
                f"{self._death}; output until then is in `{self._folders[min(runs)]}`", self._trace
            )
        return None

    def _take_reports(self) -> None:
        """All that has arrived; the end of the reports is the keeper's death."""
        if self._death is not None:
            return
        poll = select.poll()
        poll.register(self._reports, select.POLLIN)
        while poll.poll(0):
            chunk = os.read(self._reports.fileno(), 1 << 16)
            if not chunk:
                self._bury()
                return
            *lines, self._inbox = (self._inbox + chunk).split(b"\n")
            for line in lines:
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            report = json.loads(line)
            event, run = report["event"], report.get("run", 0)
            if event == "started":
                self._pids[run] = report["pid"]
            elif event == "ended":
                self._ended[run] = ended_of(report)
            elif event == "failed":
                self._failure, self._trace = str(report["error"]), str(report["trace"])
        except (ValueError, KeyError) as error:
            raise KeeperDied(f"the keeper (pid {self.pid}) sent what cannot be read: {error}") from error

    def _bury(self) -> None:
        """The keeper is gone: end what it ran, and take the ends that it recorded but could not report."""
        self._death = f"the keeper of this session (pid {self.pid}) is gone"
        try:
            code = self._process.wait(_CLOSING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code != 0:
            self._death = self._obituary(code)
            self._end_what_it_ran()
        for run, folder in self._folders.items():
            if run not in self._ended:
                with contextlib.suppress(RecordDamaged):
                    if (ended := read_ended(folder)) is not None:
                        self._ended[run] = ended

    def _obituary(self, code: int) -> str:
        name = f"the keeper of this session (pid {self.pid})"
        if self._failure is not None:
            return f"{name} failed, which is a bug in mmm, and what it ran was ended: {self._failure}"
        if code < 0:
            return f"{name} was killed by signal {-code} from outside, and what it ran was ended"
        return f"{name} ended with exit code {code}, and what it ran was ended; is `{sys.executable}` whole?"

    def _end_what_it_ran(self) -> None:
        if sweep.HAS_PROC:
            sweep.end_marked(self.mark)
            return
        for run, pid in self._pids.items():
            if run not in self._ended:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
