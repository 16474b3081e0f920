"""A folder of a repository as it is surveyed: names of files, and the few manifests that are read.

Manifests are people's files. One that is missing, broken or of another shape than expected reads as an empty
table: a survey describes what it understands, and never fails.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from attrs import field, frozen

Table = Mapping[str, object]


@frozen(eq=False)
class Folder:
    """A folder. ``path`` is relative to the root, ``.`` for the root itself. ``files`` are the paths of all files below
    it, relative to it; ``outer`` the names of the files that lie directly in the folders above it. ``read`` gives the
    text of a file of the repository by its path from the root, and an empty one where it cannot be read."""

    path: str
    files: frozenset[str]
    outer: frozenset[str]
    _read: Callable[[str], str] = field(repr=False)

    def has(self, *patterns: str) -> bool:
        """Whether one of these file names, or patterns of paths with ``*``, is here."""
        return any(
            pattern in self.files
            or ("*" in pattern and any(fnmatchcase(file, pattern) for file in self.files))
            for pattern in patterns
        )

    def has_around(self, *names: str) -> bool:
        """Whether a file of one of these names lies here or in a folder above, as lock files of workspaces do."""
        return any(name in self.files or name in self.outer for name in names)

    def text(self, name: str) -> str:
        """The text of a file of this folder; empty where there is none."""
        if name not in self.files:
            return ""
        return self._read(name if self.path == "." else f"{self.path}/{name}")

    def toml(self, name: str) -> Table:
        """A TOML file's top table; empty where it is missing or broken."""
        try:
            return tomllib.loads(self.text(name))
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}

    def json(self, name: str) -> Table:
        """A JSON file's object; empty where it is missing, broken or something else."""
        try:
            return table(json.loads(self.text(name)))
        except (ValueError, RecursionError):
            return {}


def table(value: object) -> Table:
    """A value that should be a table, or an empty one."""
    return value if isinstance(value, dict) else {}


def inside(value: object, *keys: str) -> Table:
    """The table at the end of a path of keys, or an empty one."""
    for key in keys:
        value = table(value).get(key)
    return table(value)


def texts(value: object) -> tuple[str, ...]:
    """The strings of a list; empty where it is none."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
