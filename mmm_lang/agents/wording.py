"""Foreign text in a line for people: one line, no control characters, of bounded length."""

from __future__ import annotations


def one_line(text: str, most: int) -> str:
    """``text`` on one line of at most ``most`` code points, cut with ``…``.

    Runs of white space become one blank; control and format characters (colours, text direction) are left out.
    """
    words = " ".join(text[: most * 4].split())
    plain = "".join(letter for letter in words if letter.isprintable())
    if len(plain) <= most and len(text) <= most * 4:
        return plain
    return plain[: most - 1].rstrip() + "…"
