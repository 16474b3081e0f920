"""Documents that people wrote for those who work on a project, and agents are to be told of."""

from __future__ import annotations

import os
import stat

_OURS = ("PROJECT.md", "ARCHITECTURE.md", "CONVENTIONS.md", "ROADMAP.md", "DECISIONS.md")
_USUAL = ("ARCHITECTURE.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md")

GUIDES = (*(f".mmm/{name}" for name in _OURS), *_USUAL)
"""Where they are looked for, relative to the work tree."""


def guides_in(root: str) -> tuple[str, ...]:
    """Those that are there as files with something in them, in the order of `GUIDES`."""
    return tuple(path for path in GUIDES if _has_text(os.path.join(root, path)))


def _has_text(path: str) -> bool:
    try:
        about = os.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(about.st_mode) and about.st_size > 0
