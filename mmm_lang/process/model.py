"""What is run, and how it ended."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from mmm_lang.masking import Secret


@frozen
class Command:
    """A program to run under the keeper.

    ``env`` is its whole environment. ``folder`` is where ``stdout``, ``stderr``, ``log`` (both, in order of arrival)
    and ``rc`` (how it ended, by rename) are written. ``timeout`` and ``idle_timeout`` (no output) are in seconds.
    ``stdin`` is the path of a file, ``None`` for no input. ``outlives``: the program may end in peace when mmm itself
    has died (agent calls); anything else is ended then. ``secrets`` are masked in what it prints, before that is on the
    disk; tokens of well-known shape always are.
    """

    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]
    folder: str
    timeout: float | None = None
    idle_timeout: float | None = None
    stdin: str | None = None
    outlives: bool = False
    secrets: tuple[Secret, ...] = field(default=(), repr=False)


Cause = Literal["exit", "timeout", "idle", "stopped", "not-started"]


@frozen
class Ended:
    """How a command ended. ``exit_code`` is ``None`` after a signal, ``signal`` otherwise.

    ``cause``: by itself (``exit``, a signal from elsewhere included), by its timeout or idle timeout, ``stopped`` because
    mmm was told to stop or died, or ``not-started`` (then ``error`` is the system's reason). ``duration`` in seconds.
    """

    cause: Cause
    exit_code: int | None = None
    signal: int | None = None
    error: str | None = None
    duration: float = 0.0
