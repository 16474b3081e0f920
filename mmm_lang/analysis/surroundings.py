"""What lies around a playbook: looked up, never changed.

The analysis of a text is pure. Where a playbook stands in a repository, its caller may hand in a view of it, and
a few rules compare the text with what is there; without one they have nothing to say.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class CommandFile(NamedTuple):
    """The file that defines a slash command.

    ``path`` is for people; ``argument_hint`` is the value of ``argument-hint`` in its front matter, ``None`` where
    it says nothing.
    """

    path: str
    argument_hint: str | None = None


class Surroundings(Protocol):
    """A read-only view of the repository that a playbook stands in. No method raises."""

    def has_command(self, name: str) -> bool:
        """Whether ``/name`` can be expected to work: a file, or a command of the agent itself."""
        ...

    def command(self, name: str) -> CommandFile | None:
        """The file behind ``/name``, if there is one."""
        ...

    def command_names(self) -> tuple[str, ...]:
        """Names of all commands that have a file, without slashes; for did-you-mean."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder at ``path``, relative to the root of the work tree."""
        ...
