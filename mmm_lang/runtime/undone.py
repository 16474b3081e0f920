"""The record that a session's commits were taken back: a small file in the session's folder.

It is not an event, since the session has ended and its journal with it. It is written before anything is changed, so that
an undo that was cut off is finished by asking for it again.
"""

from __future__ import annotations

import json
import os

from attrs import asdict, frozen

from mmm_lang.runtime.journal import write_whole
from mmm_lang.runtime.requirements import Problem

_FILE = "undone.json"
_VERSION = 1


@frozen
class Undone:
    """An undo: when (UNIX seconds), from which commit to which, on which branch (``None``: HEAD is detached), how many
    commits it takes back, and the ref that keeps them.

    ``done`` is false from the moment it begins until everything is in its place.
    """

    at: float
    from_: str
    to: str
    branch: str | None
    rescue: str
    commits: int
    done: bool


class UndoneUnreadable(Exception):
    """The record is there and cannot be read; the message says where and why."""


def read_undone(folder: str) -> Undone | None:
    """The record in a session's folder, ``None`` where there is none. Raises `UndoneUnreadable`."""
    path = os.path.join(folder, _FILE)
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read())
        if data.pop("version") != _VERSION:
            raise ValueError("another version of mmm wrote it")
        return Undone(from_=data.pop("from"), **data)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UndoneUnreadable(f"`{path}` cannot be read: {error}; move it away") from None


def taken_back(folder: str) -> Problem | None:
    """Why a session cannot go on since `mmm undo` took its commits back, all or half; ``None`` where it did not."""
    session = os.path.basename(folder)
    try:
        undone = read_undone(folder)
    except UndoneUnreadable as error:
        return Problem(f"nobody can say whether session {session} was taken back", str(error))
    if undone is None:
        return None
    if not undone.done:
        return Problem(f"session {session} is taken back by half", f"`mmm undo {session}` finishes it")
    ref = undone.rescue.removeprefix("refs/mmm/rescue/")
    return Problem(
        f"session {session} was taken back by `mmm undo`",
        f"run `mmm cook` again; `mmm rescue apply {ref}` has its files",
    )


def write_undone(folder: str, undone: Undone) -> None:
    """Write the record, whole or not at all. Raises ``OSError``."""
    fields = {key.rstrip("_"): value for key, value in asdict(undone).items()}
    content = json.dumps({"version": _VERSION, **fields}, indent=1)
    write_whole(os.path.join(folder, _FILE), f"{content}\n".encode("ascii"))
