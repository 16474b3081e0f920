"""Standard output and standard error, as they are and not as one would like them.

A reader may go away (``mmm check | head``), the disk behind a redirection may be full, a stream may be closed
from the start, and its encoding may lack a letter. None of that is a bug in mmm, and none may change a
verdict that is already known.
"""

from __future__ import annotations

import os
import sys

from mmm_lang.cli.failure import UsageFailure

TYPE_CHECKING = False  # as in `typing`, which `mmm --version` need not import
if TYPE_CHECKING:
    from typing import TextIO


def prepare_streams() -> None:
    """Letters that a stream's encoding lacks are written as escapes from now on."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def write_output(text: str) -> None:
    """Write to standard output, and be done when this returns. A reader that went away is let go.

    Raises `UsageFailure` where the system refuses for another reason.
    """
    stream = sys.stdout
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence(stream)
    except OSError as error:
        silence(stream)
        raise UsageFailure(
            f"standard output cannot be written ({(error.strerror or str(error)).lower()}); "
            "make room or send it elsewhere"
        ) from None


def write_message(text: str) -> None:
    """Write a line to standard error; where that is impossible, nobody is there to be told."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except OSError:
        silence(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person's terminal is at the other end."""
    return stream is not None and not stream.closed and stream.isatty()


def width_of(stream: TextIO | None) -> int | None:
    """The columns of a person's terminal; ``None`` where there is none."""
    if not is_terminal(stream):
        return None
    import shutil  # a look at a terminal is rare, and nobody else here needs it

    return shutil.get_terminal_size().columns


def silence(stream: TextIO) -> None:
    """Send what is left in the stream's buffer nowhere, so that the interpreter's exit stays quiet."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
