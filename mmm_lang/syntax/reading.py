"""Reading a playbook file: bytes to a ``Source``, or one sentence that says why not."""

from __future__ import annotations

import os
import stat

from mmm_lang.source import Source

MAX_BYTES = 1024 * 1024
"""Largest file that is read, in bytes (1 MiB)."""


class SourceError(Exception):
    """A playbook could not be read. ``path`` is the name as given; ``str()`` is one sentence for people."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class NoSuchFile(SourceError):
    """There is no file of that name."""


class NotAFile(SourceError):
    """It is a folder or another thing that is no regular text."""


class Unreadable(SourceError):
    """The system refused to open or read it."""


class TooLarge(SourceError):
    """It is over ``MAX_BYTES``."""


class NotText(SourceError):
    """It is not UTF-8, or holds a NUL byte."""


def read_source(path: str | os.PathLike[str]) -> Source:
    """Read a UTF-8 file (with or without a byte order mark); line ends are kept as they are.

    Raises one of the ``SourceError`` classes above.
    """
    name = os.fspath(path)
    return source_of_bytes(name, _read_bytes(name))


def source_of_bytes(path: str, content: bytes) -> Source:
    """A ``Source`` of bytes that came from elsewhere, such as standard input.

    Raises ``TooLarge`` or ``NotText``.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(path, f"the file is over {MAX_BYTES // 1024**2} MiB, the limit for a playbook")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(content[: error.start])
        raise NotText(
            path,
            f"line {line}, column {column} is not UTF-8 (byte 0x{content[error.start]:02x}); "
            "save the file as UTF-8",
        ) from None
    bom = text.startswith("\ufeff")
    source = Source(path, text[1:] if bom else text, bom)
    nul = source.text.find("\0")
    if nul >= 0:
        place = source.position(nul)
        raise NotText(
            path,
            f"line {place.line}, column {place.column} holds a NUL byte; this does not look like a text file",
        )
    return source


def _read_bytes(name: str) -> bytes:
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NoSuchFile(name, "there is no such file") from None
    except (OSError, ValueError) as error:
        raise Unreadable(name, f"the file cannot be opened ({_reason(error)})") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise NotAFile(name, "this is a folder; name a playbook inside it")
        if not stat.S_ISREG(mode):
            raise NotAFile(name, "this is not a regular file; use `-` to read a playbook from standard input")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(name, f"the file cannot be read ({_reason(error)})") from None
    finally:
        os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)


def _place(before: bytes) -> tuple[int, int]:
    """Line and column, from 1, after ``before``, which is whole UTF-8."""
    source = Source("", before.decode("utf-8").removeprefix("\ufeff"))
    position = source.position(len(source.text))
    return position.line, position.column
