"""A playbook from standard input."""

from __future__ import annotations

import sys

from mmm_lang.source import Source
from mmm_lang.syntax.reading import MAX_BYTES, Unreadable, source_of_bytes


def read_stdin(name: str) -> Source:
    """What stands on standard input, under a name of the user's choice.

    Raises a `mmm_lang.syntax.reading.SourceError`, as `read_source` does.
    """
    if sys.stdin is None:
        raise Unreadable(name, "standard input is closed")
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(name, f"standard input cannot be read ({error.strerror})") from None
    return source_of_bytes(name, content)
