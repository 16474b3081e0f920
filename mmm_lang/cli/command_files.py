"""Command files of a repository: what is there, and writing what is not.

Everything is looked at before anything is written. A file is written whole or not at all, and never outside of the
repository, wherever symbolic links lead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import frozen

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.rewriting import write_whole
from mmm_lang.commands.texts import is_as_written, is_same

FOLDER = os.path.join(".claude", "commands")

Standing = Literal["absent", "same", "older", "edited"]
"""``older``: as mmm wrote it once, for another version or before the repository changed; ``edited``: somebody's own."""

_MOST = 1024 * 1024
"""Bytes of a file that is there; one that is longer is nothing that mmm wrote."""


class NotInstalled(UsageFailure):
    """A command's file cannot be written where it belongs."""


@frozen
class Place:
    """Where a command's file belongs. ``path`` is the real one, behind links; ``held`` the text that it has, ``None``
    where there is no file."""

    name: str
    path: str
    text: str
    held: str | None

    @property
    def standing(self) -> Standing:
        """How what is there compares with what mmm would write."""
        if self.held is None:
            return "absent"
        if is_same(self.held, self.text):
            return "same"
        return "older" if is_as_written(self.held) else "edited"


def places(root: str, texts: Mapping[str, str]) -> tuple[Place, ...]:
    """The places of commands in the repository at ``root`` (a real path), by name.

    Raises `NotInstalled` where one of them is no file or leads out of the repository.
    """
    return tuple(_place(root, name, text) for name, text in texts.items())


def _place(root: str, name: str, text: str) -> Place:
    shown = os.path.join(FOLDER, f"{name}.md")
    path = os.path.realpath(os.path.join(root, shown))
    if not _is_inside(path, root):
        raise NotInstalled(
            f"`{shown}` leads out of the repository, to `{path}`; "
            "put a folder or file of the repository's own in the place of the symbolic link"
        )
    for above in _folders_above(path, root):
        if os.path.lexists(above) and not os.path.isdir(above):
            inner = os.path.relpath(above, root)
            raise NotInstalled(f"`{inner}` is not a folder; move it away, for commands live in `{FOLDER}`")
    if not os.path.lexists(path):
        return Place(name, path, text, None)
    if not os.path.isfile(path):
        raise NotInstalled(f"`{shown}` is not a file; move it away")
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return Place(name, path, text, file.read(_MOST))
    except OSError as error:
        raise NotInstalled(
            f"`{shown}` cannot be read ({_why(error)}); make it readable, or leave it out with `--commands`"
        ) from None


def _is_inside(path: str, root: str) -> bool:
    """Whether a real path lies in the work tree, and not in its git folder."""
    inner = os.path.relpath(path, root).split(os.sep)
    return inner[0] not in (os.pardir, ".git")


def _folders_above(path: str, root: str) -> Iterator[str]:
    while len(path) > len(root):
        path = os.path.dirname(path)
        yield path


def write(place: Place, root: str, *, backup: bool) -> str | None:
    """Put the text of a place there; with ``backup``, what it held is kept beside it.

    Gives the path of the backup relative to ``root``, if there is one. Raises `NotInstalled` or
    `mmm_lang.cli.rewriting.NotWritten`; the command's file is as it was then.
    """
    folder = os.path.dirname(place.path)
    try:
        os.makedirs(folder, exist_ok=True)
        kept = _keep(place.path) if backup else None
    except OSError as error:
        shown = os.path.relpath(folder, root)
        raise NotInstalled(
            f"`{shown}` cannot be written ({_why(error)}); make it a folder that you may write to"
        ) from None
    write_whole(place.path, place.text.encode("utf-8"))
    return None if kept is None else os.path.relpath(kept, root)


def _keep(path: str) -> str:
    """Copy a file to the first free name beside it, ``NAME.md.bak`` or ``NAME.md.bak2``, …; gives that name."""
    with open(path, "rb") as file:
        content = file.read()
    number = 1
    while True:
        kept = f"{path}.bak{'' if number == 1 else number}"
        try:
            with open(kept, "xb") as file:
                file.write(content)
        except FileExistsError:
            number += 1
        else:
            return kept


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
