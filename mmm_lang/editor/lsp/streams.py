"""Standard input and output, kept for the protocol alone.

A stray ``print``, or a child process that inherits the streams, would break the conversation. So the protocol gets
copies of the descriptors, and the originals lead to the log (standard error) and to nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

_IN, _OUT, _LOG = 0, 1, 2


@contextmanager
def private_streams() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """A reader of what was standard input and a writer to what was standard output, for as long as it lasts."""
    saved_in, saved_out = os.dup(_IN), os.dup(_OUT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(nothing, _IN)
        os.dup2(_LOG, _OUT)
        with os.fdopen(os.dup(saved_in), "rb") as reader, os.fdopen(os.dup(saved_out), "wb") as writer:
            yield reader, writer
    finally:
        os.dup2(saved_in, _IN)
        os.dup2(saved_out, _OUT)
        for descriptor in (saved_in, saved_out, nothing):
            os.close(descriptor)
