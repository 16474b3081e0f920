"""What a part of a repository is formatted, linted and tested with."""

from __future__ import annotations

import re
from typing import Literal

from attrs import field, frozen
from attrs.validators import matches_re

Kind = Literal["rust", "python", "javascript", "go", "make"]

Role = Literal[
    "format",
    "format_check",
    "fix",
    "lint",
    "types",
    "build",
    "test",
    "one_test",
    "coverage",
    "audit",
    "bench",
    "docs",
]
"""What a command line is good for. ``format`` and ``fix`` change files, the others only look. In ``one_test`` what
stands for the test is in capitals."""

_RULE = re.compile(r"[\w./@^=-]+( [\w./@:^=-]+)*")
_LINE = re.compile(r"[^\n`]+")


@frozen
class Task:
    """A command line for one purpose.

    ``line`` is what one types in the toolchain's folder; ``rule`` the beginning of it that an agent is allowed to
    run, whatever follows; ``note`` says in a few words when it does not work as it stands.
    """

    role: Role
    line: str = field(validator=matches_re(_LINE))
    rule: str = field(validator=matches_re(_RULE))
    note: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.line.startswith(self.rule):
            raise ValueError(f"`{self.line}` does not begin with its rule `{self.rule}`")


@frozen
class Toolchain:
    """The tools of one language in one folder.

    ``language`` is for people (`TypeScript`), ``kind`` for choosing texts. ``folder`` is relative to the repository's
    root, ``.`` for the root itself. ``tests`` is a phrase on where tests stand.
    """

    kind: Kind
    language: str
    folder: str
    tasks: tuple[Task, ...]
    tests: str

    def of(self, *roles: Role) -> tuple[Task, ...]:
        """The tasks of these roles, in the order of the roles."""
        return tuple(task for role in roles for task in self.tasks if task.role == role)


@frozen
class Repository:
    """A repository by its toolchains, those nearest to the root first.

    ``unlisted`` are folders with a toolchain of their own that there were too many of.
    """

    toolchains: tuple[Toolchain, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its toolchains, each once."""
        return tuple(dict.fromkeys(one.kind for one in self.toolchains))

    def rules(self, *roles: Role) -> tuple[str, ...]:
        """What an agent may run for tasks of these roles, each once."""
        return tuple(dict.fromkeys(task.rule for one in self.toolchains for task in one.of(*roles)))

    def has(self, *roles: Role) -> bool:
        """Whether any toolchain has a task of one of these roles."""
        return any(one.of(*roles) for one in self.toolchains)
