"""What the rules that lead from an import to a module have in common."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol

from attrs import frozen

from mmm_lang.context.facts import Facts, Import

Origin = Literal["package", "standard"]
"""Whose an import from outside is: of a package that has to be installed, or of the language itself."""


@frozen
class Inside:
    """An import of modules of the project, by their paths; an empty ``paths`` is an import that leads nowhere."""

    paths: tuple[str, ...]


@frozen
class Outside:
    """An import of something that is not in the project."""

    name: str
    origin: Origin


Resolved = Inside | Outside | None
"""``None``: of no interest, as an import of a style sheet."""


class Resolver(Protocol):
    """The rules of one language in one project."""

    def resolve(self, path: str, one: Import) -> Resolved:
        """Where an import of the file ``path`` leads."""


@frozen(eq=False)
class Project:
    """What resolvers look at: facts by path, the paths of all files whatever they are, and the text of manifests."""

    facts: Mapping[str, Facts]
    paths: Collection[str]
    text: Callable[[str], str]

    def named(self, *names: str) -> Sequence[str]:
        """Files of these names, sorted."""
        return sorted(path for path in self.paths if posixpath.basename(path) in names)


def nearest(folder: str, among: Collection[str]) -> str | None:
    """The innermost of the folders ``among`` that is ``folder`` or holds it; ``""`` is the root."""
    while True:
        if folder in among:
            return folder
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def joined(folder: str, rest: str) -> str | None:
    """A path below the root, ``..`` and all taken in; ``None`` where it leads out."""
    path = posixpath.normpath(posixpath.join(folder, rest))
    if path == "..":
        return None
    return None if path.startswith(("../", "/")) else "" if path == "." else path
