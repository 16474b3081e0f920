"""Where a command's output goes: files in its folder, pumped through here a chunk at a time, secrets masked."""

from __future__ import annotations

import json
import os

from mmm_lang.masking import MaskedStream

_CHUNK = 1 << 16
_DRAINED = 1 << 20
"""More than a pipe can hold: what is read at most after the end, if somebody out of reach keeps on writing."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from mmm_lang.masking import Mask


class Stream:
    """One pipe from a command, and the file of its own that it goes to. ``pipe`` is -1 after its end."""

    __slots__ = ("file", "masked", "pipe")

    def __init__(self, pipe: int, file: int, masked: MaskedStream) -> None:
        self.pipe = pipe
        self.file = file
        self.masked = masked


class Outputs:
    """``stdout``, ``stderr`` and ``log`` in a command's folder (mode 0600), and the pipes that fill them.

    ``log`` has both in the order in which they arrive. What a program writes to one of the two keeps its order;
    between the two, writes that follow each other faster than the keeper reads may change places. What may be the
    beginning of a secret waits for more of its stream, or for the stream's end.
    """

    __slots__ = ("_log", "_secrets", "folder", "streams")

    def __init__(self, folder: str, secrets: Mask) -> None:
        """Creates the files; raises ``OSError`` where one is there already or cannot be made."""
        self.folder = folder
        self._secrets = secrets
        self.streams: list[Stream] = []
        self._log = _create(folder, "log")

    def add(self, name: str) -> int:
        """A new stream to the file ``name``; returned is the end of its pipe that is the command's."""
        stream = Stream(-1, _create(self.folder, name), MaskedStream(self._secrets))
        self.streams.append(stream)
        stream.pipe, theirs = os.pipe()
        os.set_blocking(stream.pipe, False)
        return theirs

    def pump(self, stream: Stream) -> int | None:
        """Move one chunk. Returns its bytes, 0 at the end of the stream, ``None`` where nothing is there yet.

        Raises ``OSError`` where a file cannot be written (the disk is full).
        """
        try:
            chunk = os.read(stream.pipe, _CHUNK)
        except BlockingIOError:
            return None
        self._keep(stream, stream.masked.feed(chunk) if chunk else stream.masked.end())
        return len(chunk)

    def _keep(self, stream: Stream, content: bytes) -> None:
        _write(stream.file, content)
        _write(self._log, content)

    def drain(self) -> None:
        """Move what the pipes hold, wait for nothing. Raises ``OSError`` as ``pump`` does."""
        for stream in self.streams:
            moved = 0
            while stream.pipe >= 0 and moved < _DRAINED:
                size = self.pump(stream)
                if not size:
                    break
                moved += size
            self._keep(stream, stream.masked.end())

    def sync(self) -> None:
        """Have what was written on the disk before anything is said of it."""
        for file in (*(stream.file for stream in self.streams), self._log):
            os.fsync(file)

    def close(self) -> None:
        for stream in self.streams:
            if stream.pipe >= 0:
                os.close(stream.pipe)
                stream.pipe = -1
            os.close(stream.file)
        self.streams = []
        os.close(self._log)


def write_record(folder: str, record: Mapping[str, object]) -> None:
    """Write ``rc``: whole, on the disk and then by rename, or not at all. Raises ``OSError``."""
    temporary = os.path.join(folder, f".rc.{os.getpid()}")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _write(file, json.dumps(record).encode() + b"\n")
        os.fsync(file)
    finally:
        os.close(file)
    os.rename(temporary, os.path.join(folder, "rc"))


def sync_folder(folder: str) -> None:
    """Have the names in it on the disk, the record's too. Raises ``OSError``."""
    file = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _create(folder: str, name: str) -> int:
    return os.open(
        os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
    )


def _write(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]
