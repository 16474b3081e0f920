"""Where the sessions of a repository lie, and which of them is meant by a name."""

from __future__ import annotations

import os
from collections.abc import Sequence

from attrs import frozen

from mmm_lang.diagnostics.similar import nearest
from mmm_lang.runtime.journal import journal_path


class NoSuchSession(Exception):
    """A name that is no session's, or the beginning of several; the message says what to write instead."""


@frozen
class SessionFolder:
    """A folder that holds a session: its journal has at least one whole line. ``path`` is absolute."""

    id: str
    path: str


def sessions_path(common_dir: str) -> str:
    """Where the folders of a repository's sessions lie; ``common_dir`` is the git folder all work trees share."""
    return os.path.join(common_dir, "mmm", "sessions")


def session_folders(common_dir: str) -> tuple[SessionFolder, ...]:
    """All sessions of a repository, the newest first. A folder without a first event counts as no session.

    Raises ``OSError`` where the folders may not be read.
    """
    place = sessions_path(common_dir)
    try:
        names = os.listdir(place)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    shown = sorted((name for name in names if not name.startswith(".")), reverse=True)
    folders = (SessionFolder(name, os.path.join(place, name)) for name in shown)
    return tuple(folder for folder in folders if _has_begun(folder.path))


def session_named(name: str, folders: Sequence[SessionFolder]) -> SessionFolder:
    """The session with that id, or the only one whose id begins so. Raises `NoSuchSession`."""
    meant = [folder for folder in folders if folder.id == name]
    meant = meant or [folder for folder in folders if name and folder.id.startswith(name)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        some = ", ".join(f"`{folder.id}`" for folder in meant[:3])
        more = f" and {len(meant) - 3} more" if len(meant) > 3 else ""
        raise NoSuchSession(f"`{name}` is the beginning of {some}{more}; write more of the name")
    if not folders:
        raise NoSuchSession(f"there is no session `{name}`: nothing has run in this repository yet")
    guess = nearest(name, [folder.id for folder in folders])
    advice = f"write `{guess}`" if guess else "`mmm sessions ls` lists all there are"
    raise NoSuchSession(f"there is no session `{name}` in this repository; {advice}")


def _has_begun(folder: str) -> bool:
    try:
        with open(journal_path(folder), "rb") as file:
            return b"\n" in file.readline()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False
    except PermissionError:
        return True  # somebody else's: it is told as one that cannot be read
