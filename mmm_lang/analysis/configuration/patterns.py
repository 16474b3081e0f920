"""Patterns of paths, as ``per_file:`` has them.

``*`` and ``?`` stay inside a name, ``**`` crosses folders, ``[abc]`` is one of these letters. A pattern without
``/`` fits names at any depth; one that fits a folder fits all that is in it.
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"\*\*/|/\*\*\Z|\*\*|\*|\?|\[!?\]?[^\]]*\]|[^*?\[]+|\[")
_RANGE = re.compile(r".-.|.", re.DOTALL)


def fits(pattern: str, path: str) -> bool:
    """Whether a pattern fits a path; both are relative to the same folder, with ``/`` between names."""
    expression = _expression(pattern.rstrip("/") if len(pattern) > 1 else pattern)
    parts = path.split("/")
    return any(expression.fullmatch("/".join(parts[: count + 1])) for count in range(len(parts)))


def _expression(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("./")
    prefix = "" if "/" in pattern else "(?:.*/)?"
    return re.compile(prefix + "".join(_translated(piece) for piece in _PIECE.findall(pattern)), re.DOTALL)


def _translated(piece: str) -> str:
    if piece == "**/":
        return "(?:.*/)?"
    if piece == "/**":
        return "/.*"
    if piece == "**":
        return ".*"
    if piece == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if len(piece) > 2 and piece[0] == "[":
        negated = piece[1] == "!" and len(piece) > 3
        ranges = "".join(_range(one) for one in _RANGE.findall(piece[1 + negated : -1]))
        return f"(?!/)[{'^' if negated else ''}{ranges}]" if ranges else "(?!)"
    return re.escape(piece)


def _range(written: str) -> str:
    """One letter of ``[…]``, or ``a-c``; nothing for a range that runs backwards."""
    if len(written) == 1:
        return re.escape(written)
    return f"{re.escape(written[0])}-{re.escape(written[2])}" if written[0] <= written[2] else ""
