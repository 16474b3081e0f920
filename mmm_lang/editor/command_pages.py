"""The slash commands of a repository and of the user, with what their files say about them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property

import yaml
from attrs import field, frozen

from mmm_lang.agents.checkout import argument_hint
from mmm_lang.agents.commands import available_commands, find_command
from mmm_lang.editor.document import CommandPage

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_MOST_READ = 64 * 1024
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@frozen(eq=False, slots=False)
class CommandPages:
    """The commands that can be called in the work tree at ``root``; ``home`` is the agent's own folder of the user.
    Each is looked up once."""

    root: str
    home: str
    _pages: dict[str, CommandPage | None] = field(factory=dict, init=False, repr=False)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return available_commands(self.root, self.home)

    def names(self) -> tuple[str, ...]:
        """Names of all commands that have a file, sorted, without slashes."""
        return self._names

    def page(self, name: str) -> CommandPage | None:
        """The file behind ``/name``, if there is one."""
        if name not in self._pages:
            path = find_command(name, self.root, self.home)
            self._pages[name] = None if path is None else read_command_page(name, os.path.abspath(path))
        return self._pages[name]


def read_command_page(name: str, path: str) -> CommandPage:
    """What the file of a command says about it; where it has no description its first line of text."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_READ)
    except OSError:
        return CommandPage(name, path)
    front = _FRONT_MATTER.match(text)
    said = _front_matter(front["yaml"]) if front else {}
    body = text[front.end() :] if front else text
    description = " ".join(str(said.get("description") or "").split())
    return CommandPage(name, path, description or _first_line(body), argument_hint(path) or "")


def _front_matter(text: str) -> Mapping[object, object]:
    """The keys of a front matter; those of a broken one line by line."""
    try:
        found = yaml.load(text, _LOADER)  # noqa: S506 - both loaders are safe ones
    except (yaml.YAMLError, ValueError):
        found = None
    if isinstance(found, dict):
        return found
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _first_line(text: str) -> str:
    return next((line.strip("# \t") for line in text.splitlines() if line.strip("# \t")), "")
