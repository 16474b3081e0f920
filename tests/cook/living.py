"""A session that is under way: start it, meet it at a known point, see what is left of it afterwards."""

from __future__ import annotations

import errno
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

from tests.process.programs import eventually
from tests.support.cooking import Cooked, Kitchen

_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def leftovers(kitchen: Kitchen) -> list[str]:
    """Every process of this kitchen's sessions that runs now: keepers, steps, and what those left behind."""
    names = [session.name.encode() for session in kitchen.sessions()]
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command, environ = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if any(b"=" + name in environ or name in command for name in names):
            found.append(f"{entry.name}: {command.decode(errors='replace')}")
    return found


def keeper_of(kitchen: Kitchen) -> int:
    """The pid of the one keeper that runs."""
    [found] = [each for each in leftovers(kitchen) if "keeper.py" in each]
    return int(found.split(":")[0])


def sweep_up(kitchen: Kitchen) -> None:
    """After a test that failed: nothing of it may disturb the next."""
    for each in leftovers(kitchen):
        try:
            os.kill(int(each.split(":")[0]), signal.SIGKILL)
        except ProcessLookupError:
            continue


def journalled(kitchen: Kitchen, event: str, **fields: object) -> dict[str, object]:
    """The first whole event of that kind and with those fields, as soon as it is there."""

    def found() -> dict[str, object] | None:
        for session in kitchen.sessions():
            journal = session / "journal.jsonl"
            lines = journal.read_text().splitlines(keepends=True) if journal.exists() else []
            for line in lines:
                one = json.loads(line) if line.endswith("\n") else {}
                if one.get("event") == event and fields.items() <= one.items():
                    return one
        return None

    return eventually(found)


@contextmanager
def cooking(
    kitchen: Kitchen, *flags: str, before: tuple[str, ...] = (), **env: str
) -> Iterator[subprocess.Popen[str]]:
    """`mmm cook` in a session and process group of its own; it and all that is left of it is ended at last.

    ``before``: the command that starts it, such as `nohup`.
    """
    with alive(kitchen, [*before, *kitchen.command(*flags)], kitchen.env(**env)) as process:
        yield process


@contextmanager
def alive(kitchen: Kitchen, command: Sequence[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command of mmm, called in the repository, in a session and process group of its own, as ``cooking`` has it."""
    process = subprocess.Popen(
        command,
        env=env,
        cwd=kitchen.repo,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        sweep_up(kitchen)


def end(process: subprocess.Popen[str], within: float = 60) -> Cooked:
    """Wait for its end."""
    stdout, stderr = process.communicate(timeout=within)
    return Cooked(process.returncode, stdout, stderr)


def open_gate(gate: Path) -> None:
    """Let the process go on that reads this FIFO, or will soon."""

    def opened() -> bool:
        try:
            os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return False
        return True

    eventually(opened)


@define
class Terminal:
    """`mmm cook` on a terminal of its own, which it controls; ``said`` is all that came out of it so far."""

    process: subprocess.Popen[bytes]
    master: int
    said: bytearray = field(factory=bytearray)
    closed: bool = False

    def read(self) -> None:
        """All that comes, until either end is closed."""
        while not self.closed:
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    self.said += os.read(self.master, 1 << 16)
                except OSError:  # the other end is closed
                    break
        os.close(self.master)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def hang_up(self) -> None:
        """The window is closed: whoever has it as terminal is told, and can no longer write to it."""
        self.closed = True


@contextmanager
def on_a_terminal(
    kitchen: Kitchen,
    *flags: str,
    columns: int = 80,
    rows: int = 24,
    command: Sequence[str] | None = None,
    **env: str,
) -> Iterator[Terminal]:
    """Start `mmm cook`, or another ``command``, as a person does: in the foreground of a terminal of that size."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (rows, columns))
    settings = {"TERM": "xterm-256color", **env}
    environ = {name: value for name, value in kitchen.env(**settings).items() if value or name in env}
    for name in ("CI", "NO_COLOR", "COLUMNS", "LINES"):
        if name not in env:
            environ.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKE_TERMINAL, *(command or kitchen.command(*flags))],
        env=environ,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    terminal = Terminal(process, master)
    reader = threading.Thread(target=terminal.read)
    reader.start()
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        sweep_up(kitchen)
        terminal.closed = True
        reader.join(10)
