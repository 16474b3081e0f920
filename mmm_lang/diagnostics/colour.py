"""Whether to colour, and with what.

A renderer is handed a `Palette` and asks nothing; the command line asks once, here, with the environment
and the stream as arguments. Order of precedence: the flag, ``NO_COLOR``, ``FORCE_COLOR`` and
``CLICOLOR_FORCE``, ``TERM=dumb``, and last whether a terminal listens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mmm_lang.record import frozen

ColourChoice = Literal["auto", "always", "never"]


@frozen
class Palette:
    """Escape sequences by meaning; all empty means plain text."""

    error: str = ""
    warning: str = ""
    note: str = ""
    help: str = ""
    frame: str = ""
    headline: str = ""
    reset: str = ""

    def paint(self, style: str, text: str) -> str:
        """``text`` in ``style`` (one of the palette's own sequences)."""
        return f"{style}{text}{self.reset}" if style and text else text


PLAIN = Palette()
"""No colour at all."""

COLOURED = Palette(
    error="\x1b[1;31m",
    warning="\x1b[1;33m",
    note="\x1b[1;36m",
    help="\x1b[1;32m",
    frame="\x1b[1;34m",
    headline="\x1b[1m",
    reset="\x1b[0m",
)
"""The sixteen colours that every terminal has, as its user chose them."""


def wants_colour(choice: ColourChoice, environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether output is to be coloured; ``terminal`` says whether one is at the other end."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environment.get(name, "0") not in ("", "0", "false"):
            return True
    if environment.get("FORCE_COLOR") in ("0", "false") or environment.get("TERM") == "dumb":
        return False
    return terminal


def palette_for(choice: ColourChoice, environment: Mapping[str, str], *, terminal: bool) -> Palette:
    """The palette that `wants_colour` speaks for."""
    return COLOURED if wants_colour(choice, environment, terminal=terminal) else PLAIN
