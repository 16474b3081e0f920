"""Writing the user's files: whole or not at all, with the mode that they have, behind a link where there is one."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.diagnostics.display import visible
from mmm_lang.source import Source


class NotWritten(UsageFailure):
    """The file is as it was."""


def rewrite(source: Source, text: str) -> None:
    """Put ``text`` in the place of a source's file, which still holds what was read; a byte order mark stays.

    Raises `NotWritten` where somebody has changed the file since, or the system refuses.
    """
    try:
        with open(source.path, "rb") as file:
            held = file.read()
    except OSError as error:
        raise _refusal(source.path, error) from None
    if held != source_bytes(source):
        raise NotWritten(
            f"{visible(source.path)}: the file was changed while mmm read it; run the command again"
        )
    write_whole(source.path, source_bytes(Source(source.path, text, source.bom)))


def write_whole(path: str, content: bytes) -> None:
    """Make ``content`` the content of a file, new or not. Raises `NotWritten`."""
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    try:
        descriptor, scratch = tempfile.mkstemp(prefix=f".{name[:100]}.", dir=folder)
    except OSError as error:
        raise _refusal(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            _own_alike(file.fileno(), target)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, target)
    except OSError as error:
        raise _refusal(path, error) from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(scratch)


def source_bytes(source: Source) -> bytes:
    """A text as it stands in its file."""
    return (("\ufeff" if source.bom else "") + source.text).encode("utf-8")


def _own_alike(descriptor: int, target: str) -> None:
    """Owner and mode of the file that is there; of a new one those that any new file has."""
    try:
        there = os.stat(target)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(descriptor, 0o666 & ~mask)
        return
    # Owner first: changing it may clear bits of the mode. Who may not give files away keeps their own.
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, there.st_uid, there.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(there.st_mode))


def _refusal(path: str, error: OSError) -> NotWritten:
    reason = (error.strerror or str(error)).lower()
    return NotWritten(f"{visible(path)}: the file cannot be written ({reason}); it is as it was")
