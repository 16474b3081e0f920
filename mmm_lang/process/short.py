"""Brief programs with little output (git): run, wait, take the bytes.

Each runs in a session of its own, so Ctrl-C in a terminal does not reach it and it has no terminal to ask questions
on. Its outputs go to unnamed files in memory, not to pipes: a background process that a git hook leaves behind with
our stdout in its hands cannot make us wait, and nothing has to be pumped.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence

from mmm_lang.process.errors import NotStarted, ProgramNotFound, TimedOut
from mmm_lang.record import frozen


@frozen
class Completed:
    """How a short program ended. ``exit_code`` is minus the signal's number where a signal ended it."""

    exit_code: int
    stdout: bytes
    stderr: bytes


def run_short(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run ``argv`` in the folder ``cwd`` to its end, whatever its exit code.

    ``env`` is its whole environment (``None``: ours), ``stdin`` what it reads (``None``: nothing), ``timeout`` in
    seconds. Meant for outputs that fit into memory several times over. Whatever ends the wait early (the timeout,
    an exception from a signal handler) kills the program with its group first.

    Raises ``ProgramNotFound``, ``NotStarted`` or ``TimedOut``.
    """
    source, out, err = (_unnamed_file(name) for name in ("stdin", "stdout", "stderr"))
    try:
        if stdin:
            _fill(source, stdin)
        process = _start(argv, cwd, env, source if stdin else subprocess.DEVNULL, out, err)
        try:
            in_time = _wait(process, timeout)
        finally:
            if process.returncode is None:
                _kill(process)
        if not in_time and timeout is not None:
            raise TimedOut(tuple(argv), timeout, _content(out), _content(err))
        return Completed(process.returncode, _content(out), _content(err))
    finally:
        for file in (source, out, err):
            os.close(file)


def _start(
    argv: Sequence[str], cwd: str, env: Mapping[str, str] | None, stdin: int, stdout: int, stderr: int
) -> subprocess.Popen[bytes]:
    if not argv:
        raise NotStarted("", "no program was named")
    try:
        return subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
        )
    except ValueError as error:  # a NUL in an argument, a `=` in a variable's name
        raise NotStarted(argv[0], str(error)) from error
    except OSError as error:
        if not os.path.isdir(cwd):
            raise NotStarted(argv[0], f"`{cwd}` is not a folder to run in") from error
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise ProgramNotFound(argv[0]) from error
        raise NotStarted(argv[0], (error.strerror or str(error)).lower()) from error


def _wait(process: subprocess.Popen[bytes], timeout: float | None) -> bool:
    """Whether it ended in time. Without a busy loop where the system lends a descriptor for a process."""
    try:
        handle = os.pidfd_open(process.pid) if timeout is not None else None
    except (AttributeError, OSError):
        handle = None
    try:
        if handle is not None and timeout is not None:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            if not poll.poll(timeout * 1000):
                return False
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()


def _unnamed_file(name: str) -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create(f"mmm-{name}")
    import tempfile  # dear to import, and only needed where memory has no files

    with tempfile.TemporaryFile() as file:
        copy: int = os.dup(file.fileno())
    return copy


def _fill(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
    os.lseek(file, 0, os.SEEK_SET)


def _content(file: int) -> bytes:
    """Read by position: a process that is left behind may still share, and move, the file's offset."""
    chunks: list[bytes] = []
    position = 0
    while chunk := os.pread(file, 1 << 20, position):
        chunks.append(chunk)
        position += len(chunk)
    return b"".join(chunks)
