"""What a session's folder says, as far as it can be read: journal, damage, a taken-back session, and who runs it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Literal

from attrs import Factory, field, frozen

from mmm_lang.process.identity import Identity, is_running
from mmm_lang.runtime.events import JOURNAL_VERSION, KeeperStarted, SessionFinished
from mmm_lang.runtime.journal import Entry, journal_path, read_sound
from mmm_lang.runtime.state import State
from mmm_lang.runtime.undone import Undone, UndoneUnreadable, read_undone
from mmm_lang.sessions.folders import SessionFolder
from mmm_lang.sessions.story import Story, tell, tell_fitting

Standing = Literal[
    "succeeded",
    "failed",
    "budget",
    "paused",
    "interrupted",
    "running",
    "died",
    "undone",
    "damaged",
    "unreadable",
]
"""How a session stands: one of the endings of spec/runtime.md, or `running`; `died`: no last event, and nobody runs it;
`undone`: its commits were taken back; `damaged`: its journal is; `unreadable`: another version of mmm wrote it."""

RESUMABLE: frozenset[Standing] = frozenset(("failed", "budget", "paused", "interrupted", "died"))
"""What `mmm resume` can go on with."""

ENDED_FOR_GOOD: frozenset[Standing] = frozenset(("succeeded", "undone"))
"""What nobody needs any more to go on from."""


@frozen
class Record:
    """One session. ``entries`` are those before the damage, where there is any.

    ``damage`` says where the journal cannot be read and why. ``version`` is that of the journal, where this mmm cannot
    read it; then there are no entries. ``running``: some process holds a work tree for it. ``kept``: mmm is gone, and
    the session's keeper still runs, and under it an agent call that was in flight.
    """

    id: str
    folder: str
    entries: tuple[Entry, ...] = ()
    damage: str | None = None
    version: int | None = None
    undone: Undone | None = None
    running: bool = False
    kept: bool = False
    story: Story = field(
        default=Factory(lambda self: tell(self.entries), takes_self=True), eq=False, repr=False
    )

    def standing(self, state: State) -> Standing:
        """How it stands; ``state`` is the fold over its events."""
        if self.version is not None:
            return "unreadable"
        if self.damage is not None:
            return "damaged"
        if self.undone is not None and self.undone.done:
            return "undone"
        if state.finished is not None:
            return state.finished.status
        return "running" if self.running else "died"


def read_record(folder: SessionFolder, running: frozenset[str]) -> Record:
    """Read one session; ``running`` are the ids of those that run now. What cannot be read is said, never raised."""
    runs = folder.id in running
    try:
        undone = read_undone(folder.path)
        version = _other_version(folder.path)
        if version is not None:
            return Record(folder.id, folder.path, version=version, undone=undone, running=runs)
        entries, damage = read_sound(folder.path)
    except UndoneUnreadable as error:
        return Record(folder.id, folder.path, damage=str(error), running=runs)
    except OSError as error:
        path = error.filename or folder.path
        why = f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}"
        return Record(folder.id, folder.path, damage=why, running=runs)
    story, fitting = tell_fitting(entries)
    said = None if damage is None else str(damage)
    if fitting < len(entries):
        where = f"line {fitting + 1} of {journal_path(folder.path)}"
        entries, said = entries[:fitting], f"{where} does not fit what stands before it"
    kept = not runs and _has_keeper(entries)
    return Record(folder.id, folder.path, tuple(entries), said, None, undone, runs, kept, story)


def _has_keeper(entries: Sequence[Entry]) -> bool:
    """Whether the last keeper that a journal names is alive. After a last event there is none to look for."""
    for entry in reversed(entries):
        if isinstance(entry.event, SessionFinished):
            return False
        if isinstance(entry.event, KeeperStarted):
            return is_running(Identity(entry.event.pid, entry.event.start, entry.event.boot))
    return False


def version_sentence(record: Record) -> str:
    """Why a session of another version cannot be told, and what to do."""
    version = record.version or 0
    advice = "update mmm" if version > JOURNAL_VERSION else "read it with the mmm that wrote it"
    return f"its journal has version {version}, and this mmm reads version {JOURNAL_VERSION}; {advice}"


def _other_version(folder: str) -> int | None:
    """The version in the journal's first line, or in the file that it names, where it is not ours."""
    with open(journal_path(folder), "rb") as file:
        first = _object(file.readline())
    if "version" not in first and isinstance(first.get("file"), str):
        path = os.path.join(folder, os.path.basename(str(first["file"])))
        try:
            with open(path, "rb") as file:
                first = _object(file.read())
        except OSError:
            return None
    version = first.get("version")
    return version if isinstance(version, int) and version != JOURNAL_VERSION else None


def _object(content: bytes) -> dict[str, object]:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
