"""What the runs of a session printed, piece by piece, also while they still print."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mmm_lang.agents.activity import activity
from mmm_lang.diagnostics.similar import nearest
from mmm_lang.runtime.values import run_folder
from mmm_lang.sessions.story import Run

_PIECE = 1 << 20
_LONGEST_LINE = 1 << 16
"""Bytes that are waited for until a line has its end; an agent's lines are always whole."""


class NoSuchRun(Exception):
    """A step or run that a session does not have; the message says what to write instead."""


class RunOutput:
    """The output of one run, from its beginning on.

    Of a script it is what it printed, as it came. Of an agent it is what it did, a line each, and its answer in the end;
    with ``raw`` the program's own output, too.
    """

    def __init__(self, session: str, run: Run, *, raw: bool) -> None:
        """``session`` is the session's folder."""
        folder = run_folder(session, run.run)
        self._told = run.agent is not None and not raw
        self._path = os.path.join(folder, "stdout" if self._told else "log")
        self._last = [os.path.join(folder, name) for name in ("answer", "stderr")] if self._told else []
        self._offset = 0
        self._rest = b""

    def more(self, *, over: bool) -> bytes:
        """What has come since the last call: a piece of it, empty where there is nothing (yet).

        Only whole lines while the run may go on; ``over``: it has ended. A file that is missing is an empty one.
        Raises ``OSError``.
        """
        while True:
            piece = self._read(self._path, self._offset)
            self._offset += len(piece)
            if not piece:
                return self._ending() if over else b""
            lines, newline, rest = (self._rest + piece).rpartition(b"\n")
            self._rest = rest
            shown = self._shown(lines + newline)
            if len(self._rest) > _LONGEST_LINE and not self._told:
                shown, self._rest = shown + self._rest, b""
            if shown:
                return shown

    def _ending(self) -> bytes:
        """What is left when nothing more comes: half a line, and an agent's answer; empty the next time."""
        left, self._rest = self._shown(self._rest), b""
        if left:
            return left if left.endswith(b"\n") else left + b"\n"
        while self._last:
            content = self._whole(self._last.pop(0))
            if content.strip():
                self._last = []
                return content if content.endswith(b"\n") else content + b"\n"
        return b""

    def _shown(self, lines: bytes) -> bytes:
        if not self._told:
            return lines
        said = (activity(line) for line in lines.split(b"\n") if line)
        return b"".join(f"· {one}\n".encode("utf-8", "replace") for one in said if one)

    def _read(self, path: str, offset: int) -> bytes:
        try:
            with open(path, "rb") as file:
                file.seek(offset)
                return file.read(_PIECE)
        except (FileNotFoundError, NotADirectoryError):
            return b""

    def _whole(self, path: str) -> bytes:
        content, piece = b"", self._read(path, 0)
        while piece:
            content += piece
            piece = self._read(path, len(content))
        return content


def chosen(runs: Iterable[Run], step: str | None, number: int | None) -> list[Run]:
    """The runs with outputs that are asked for: of one step, or one by its number. Raises `NoSuchRun`."""
    every = [run for run in runs if run.run]
    found = [run for run in every if step in (None, run.step) and number in (None, run.run)]
    if found or (step is None and number is None):
        return found
    if step is not None and not any(run.step == step for run in every):
        guess = nearest(step, [run.step for run in every])
        ran = ", ".join(dict.fromkeys(f"`{run.step}`" for run in every)) or "none"
        advice = f"write `{guess}`" if guess else f"those that ran: {ran}"
        raise NoSuchRun(f"no step `{step}` has run in this session; {advice}")
    last = max((run.run for run in every), default=0)
    raise NoSuchRun(f"there is no such run {number}; the runs of this session have the numbers 1 to {last}")


def heading(run: Run) -> str:
    """The line above a run's output."""
    again = f", run {run.attempt} of it" if run.attempt > 1 else ""
    title = "" if run.title in ("", run.step) else f": {run.title}"
    return f"── run {run.run}, `{run.step}`{again}{title}"
