"""Where the sessions of a repository lie, and which of them is meant by a name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from mmm_lang.diagnostics.similar import nearest
from mmm_lang.runtime.journal import journal_path

_MAP = b'"event":"map_started"'
_HEAD = 200
"""Bytes of a first line that say what kind of event it is."""


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
    """All sessions of a repository, the newest first. A folder without a first event counts as no session, nor does that
    of a map, whose items are sessions.

    Raises ``OSError`` where the folders may not be read.
    """
    return _folders(common_dir, "session")


def map_folders(common_dir: str) -> tuple[SessionFolder, ...]:
    """The folders of all maps of a repository, the newest first. Raises ``OSError``."""
    return _folders(common_dir, "map")


def _folders(common_dir: str, kind: Literal["session", "map"]) -> tuple[SessionFolder, ...]:
    place = sessions_path(common_dir)
    try:
        names = os.listdir(place)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    shown = sorted((name for name in names if not name.startswith(".")), reverse=True)
    folders = (SessionFolder(name, os.path.join(place, name)) for name in shown)
    return tuple(folder for folder in folders if _kind(folder.path) == kind)


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


def _kind(folder: str) -> Literal["session", "map"] | None:
    """What a folder holds, by the first line of its journal; ``None``: nothing that has begun."""
    try:
        with open(journal_path(folder), "rb") as file:
            first = file.readline()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except PermissionError:
        return "session"  # somebody else's: it is told as one that cannot be read
    if b"\n" not in first:
        return None
    return "map" if _MAP in first[:_HEAD] else "session"
