"""The repository around a playbook, as the editor and the rules see it: its slash commands and its files.

What is looked up is kept until the next judgement: a `Repository` is made anew for each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property

import yaml
from attrs import field, frozen

from mmm_lang.agents.commands import available_commands, find_command, is_available
from mmm_lang.analysis.surroundings import CommandFile
from mmm_lang.editor.document import CommandPage

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_MOST_READ = 64 * 1024
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@frozen(eq=False, slots=False)
class Repository:
    """The work tree with the top folder ``root``; ``home`` is the agent's own folder of the user."""

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
        """The file behind ``/name``, with what its front matter says."""
        if name not in self._pages:
            path = find_command(name, self.root, self.home)
            self._pages[name] = None if path is None else read_command_page(name, path)
        return self._pages[name]

    # --- what the rules ask (`mmm_lang.analysis.surroundings`) ---

    def has_command(self, name: str) -> bool:
        return is_available(name, self.root, self.home)

    def command(self, name: str) -> CommandFile | None:
        page = self.page(name)
        if page is None:
            return None
        relative = os.path.relpath(page.path, self.root)
        shown = page.path if relative.startswith(os.pardir) else relative
        return CommandFile(shown, page.argument_hint or None)

    def command_names(self) -> tuple[str, ...]:
        return self._names

    def exists(self, path: str) -> bool:
        return os.path.exists(os.path.join(self.root, path))


def read_command_page(name: str, path: str) -> CommandPage:
    """What the file of a command says about it; its first line of text where it has no description."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_READ)
    except OSError:
        return CommandPage(name, path)
    front = _FRONT_MATTER.match(text)
    said = _front_matter(front["yaml"]) if front else {}
    body = text[front.end() :] if front else text
    description = _words(said.get("description")) or _first_line(body)
    return CommandPage(name, path, description, _words(said.get("argument-hint")))


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


def _words(value: object) -> str:
    """A value as text: an unquoted ``[file]`` is a list to YAML."""
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return " ".join(str(value).split()) if value is not None else ""


def _first_line(text: str) -> str:
    return next((line.strip("# \t") for line in text.splitlines() if line.strip("# \t")), "")
