"""The repository around a playbook, as the checker may look at it (``mmm_lang.analysis.surroundings``)."""

from __future__ import annotations

import os
import re
from functools import cached_property

from mmm_lang.agents.commands import available_commands, claude_home, find_command, is_available
from mmm_lang.analysis.surroundings import CommandFile

_MOST = 64 * 1024
"""Bytes of a command file that are looked at for its front matter."""


class Checkout:
    """The work tree at ``root`` and the user's own commands in ``home``, the folder of the `claude` command (found by
    the environment where it is not given). Each command is looked up once."""

    def __init__(self, root: str, home: str | None = None) -> None:
        self.root = root
        self.home = claude_home(os.environ) if home is None else home
        self._known: dict[str, bool] = {}
        self._files: dict[str, CommandFile | None] = {}

    def has_command(self, name: str) -> bool:
        """Whether ``/name`` can be expected to work."""
        if name not in self._known:
            self._known[name] = is_available(name, self.root, self.home)
        return self._known[name]

    def command(self, name: str) -> CommandFile | None:
        """The file behind ``/name``, if there is one."""
        if name not in self._files:
            path = find_command(name, self.root, self.home)
            self._files[name] = None if path is None else CommandFile(self._shown(path), argument_hint(path))
        return self._files[name]

    def command_names(self) -> tuple[str, ...]:
        """Names of all commands that have a file."""
        return self._names

    def exists(self, path: str) -> bool:
        """Whether there is anything at a path of the work tree."""
        try:
            return os.path.lexists(os.path.join(self.root, path))
        except ValueError:
            return False

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return available_commands(self.root, self.home)

    def _shown(self, path: str) -> str:
        """A path for people: from the root, where it is inside."""
        inside = path.startswith(self.root.rstrip(os.sep) + os.sep)
        return os.path.relpath(path, self.root) if inside else path


def argument_hint(path: str) -> str | None:
    """The value of ``argument-hint`` in the front matter of a command file, as it is written there.

    Its brackets are for people (``[part of the code]``), and no YAML; so it is not read as such.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST)
    except OSError:
        return None
    front = re.match(r"---[ \t]*\n(.*?)^---[ \t]*$", text, re.DOTALL | re.MULTILINE)
    found = re.search(r"^argument-hint:[ \t]*(.*?)[ \t]*$", front[1], re.MULTILINE) if front else None
    if found is None:
        return None
    hint = found[1]
    if len(hint) > 1 and hint[0] == hint[-1] and hint[0] in "'\"":
        hint = hint[1:-1]
    return hint or None
