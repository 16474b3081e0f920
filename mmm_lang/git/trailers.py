"""Commit messages with trailers: written here, read by git itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TRAILER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\s*: ")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def message_with_trailers(text: str, trailers: Mapping[str, str]) -> str:
    """A commit message: ``text`` (subject, and perhaps a body) and ``trailers`` as its last paragraph.

    Trailers that the text ends with already stay in the same block, as git reads only the last one. A value
    is put on one line. Raises ``ValueError`` for a blank text and for a key that git would not read back.
    """
    text = text.replace("\0", "").rstrip()
    if not text.strip():
        raise ValueError("a commit message needs a subject")
    lines = []
    for key, value in trailers.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a trailer's name: `{key}`")
        lines.append(f"{key}: {' '.join(value.replace(chr(0), '').split())}")
    if not lines:
        return text + "\n"
    gap = "\n" if _ends_in_trailers(text) else "\n\n"
    return text + gap + "\n".join(lines) + "\n"


def _ends_in_trailers(text: str) -> bool:
    paragraphs = re.split(r"\n[ \t]*\n", text)
    if len(paragraphs) < 2:
        return False
    lines = paragraphs[-1].lstrip("\n").split("\n")
    first, rest = lines[0], lines[1:]
    return bool(_TRAILER.match(first)) and all(_TRAILER.match(line) or line[:1].isspace() for line in rest)


def parse_trailers(lines: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs from the lines that git prints for ``%(trailers:only,unfold)``."""
    pairs = (line.partition(":") for line in lines if ":" in line)
    return tuple((key.strip(), value.strip()) for key, _, value in pairs)
