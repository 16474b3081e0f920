"""Where the configuration and the baseline of a file are: in the nearest folder above it that has one.

The search ends at the root of the git repository. It costs a few looks at the disk for a folder, once, and
imports nothing: most projects have neither.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

OWN_FOLDER = ".mmm"
CONFIG = "config.yml"
BASELINE = "baseline.json"
PYPROJECT = "pyproject.toml"

_TABLE = rb"""(?mx)
    ^[ \t]*\[{0,2}[ \t]*["']?tool["']?[ \t]*
    (?: \.[ \t]*["']?mmm["']?[ \t]*[.=\]] | \][ \t]*(?:\#.*)?\r?$ | = )"""
"""What a pyproject with settings for mmm has: ``[tool.mmm]``, or in other words ``tool.mmm.x =``, ``[tool]``.
It is compiled only where it is needed."""


class Nearby(NamedTuple):
    """What holds for the files of a folder; paths, or ``None``.

    ``config`` is the configuration that counts; ``rival`` is another one in the same folder, which does not.
    ``root`` is the folder of the git repository around, if there is one.
    """

    config: str | None
    rival: str | None
    baseline: str | None
    root: str | None


class Neighbourhood:
    """Finds what holds for files, each folder once."""

    def __init__(self) -> None:
        self._known: dict[str, Nearby] = {}

    def of(self, folder: str) -> Nearby:
        """What holds for the files of a folder, given by its absolute path."""
        waiting: list[str] = []
        place = folder
        while place not in self._known:
            waiting.append(place)
            parent = os.path.dirname(place)
            if parent == place or os.path.lexists(os.path.join(place, ".git")):
                break
            place = parent
        above = self._known.get(place, Nearby(None, None, None, None))
        for place in reversed(waiting):
            above = self._known[place] = _at(place, above)
        return above


def root_of(path: str) -> str:
    """The folder that a configuration or baseline at an absolute path speaks of."""
    folder = os.path.dirname(path)
    return os.path.dirname(folder) if os.path.basename(folder) == OWN_FOLDER else folder


def _at(folder: str, above: Nearby) -> Nearby:
    """What holds in a folder, given what holds above it."""
    root = folder if os.path.lexists(os.path.join(folder, ".git")) else above.root
    config, baseline = None, None
    own = os.path.join(folder, OWN_FOLDER)
    if os.path.isdir(own):
        config = _if_there(os.path.join(own, CONFIG))
        baseline = _if_there(os.path.join(own, BASELINE))
    pyproject = os.path.join(folder, PYPROJECT)
    settings = pyproject if _has_settings(pyproject) else None
    baseline = baseline or above.baseline
    if config is None and settings is None:
        return Nearby(above.config, above.rival, baseline, root)
    if config is None:
        return Nearby(settings, None, baseline, root)
    return Nearby(config, settings, baseline, root)


def _if_there(path: str) -> str | None:
    return path if os.path.lexists(path) else None


def _has_settings(path: str) -> bool:
    """Whether a pyproject seems to have settings for mmm; parsing it would take longer than the check."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return False
    return b"mmm" in content and re.search(_TABLE, content) is not None
