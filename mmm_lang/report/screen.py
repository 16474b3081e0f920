"""A terminal that may go away: a window is closed, a connection breaks. The session below it must not notice."""

from __future__ import annotations

import os
from typing import IO, cast


class _Screen:
    """The part of a text file that rich writes to."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._gone = False
        self.encoding = getattr(stream, "encoding", "utf-8")

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, text: str) -> int:
        if not self._gone:
            try:
                self._stream.write(text)
            except OSError:
                self._give_up()
        return len(text)

    def flush(self) -> None:
        if not self._gone:
            try:
                self._stream.flush()
            except OSError:
                self._give_up()

    def _give_up(self) -> None:
        """What is still in the stream's buffer goes nowhere, so that the interpreter's exit stays quiet too."""
        self._gone = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def screen(stream: IO[str]) -> IO[str]:
    """A file that writes to ``stream`` as long as that is possible, and nowhere after."""
    return cast("IO[str]", _Screen(stream))
