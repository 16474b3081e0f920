"""Removing the folders of sessions that nobody needs any more."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from attrs import frozen

from mmm_lang.sessions.folders import sessions_path
from mmm_lang.sessions.record import ENDED_FOR_GOOD, RESUMABLE, Record

_REMOVED = ".removed-"
"""What a folder is called from the moment that it counts as no session until its last file is gone."""


@frozen
class Spared:
    """A session that stays, and why."""

    record: Record
    why: str


@frozen
class Choice:
    """What goes and what stays of the sessions that were asked about."""

    doomed: tuple[Record, ...]
    spared: tuple[Spared, ...]


def older(records: Sequence[Record], seconds: float, now: float) -> list[Record]:
    """Those whose last event is at least so old; one without a readable event is not known to be."""
    return [one for one in records if one.entries and now - one.entries[-1].at >= seconds]


def choose(records: Sequence[Record], *, force: bool) -> Choice:
    """Which of these sessions may go. ``force`` takes those too that could be resumed or cannot be read."""
    doomed: list[Record] = []
    spared: list[Spared] = []
    for record in records:
        why = _spared(record, force)
        if why is None:
            doomed.append(record)
        else:
            spared.append(Spared(record, why))
    return Choice(tuple(doomed), tuple(spared))


def _spared(record: Record, force: bool) -> str | None:
    standing = record.standing(record.story.state)
    if record.running or standing == "running":
        return "it runs now"
    if record.kept:
        return "it died, and its agent call goes on; wait for its end"
    if force or standing in ENDED_FOR_GOOD:
        return None
    if standing in RESUMABLE:
        return f"it {_ended(standing)} and can be resumed; `--force` removes it all the same"
    return f"it is {standing}, so what it was about is unknown; `--force` removes it all the same"


def _ended(standing: str) -> str:
    return {
        "failed": "failed",
        "died": "died",
        "paused": "is paused",
        "interrupted": "was interrupted",
        "budget": "was stopped by its budget",
    }[standing]


def size(folder: str) -> int:
    """How many bytes of the disk a folder takes."""
    total = 0
    for place, _, names in os.walk(folder):
        for path in (place, *(os.path.join(place, name) for name in names)):
            try:
                total += os.lstat(path).st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def remove(folder: str) -> None:
    """Remove a session's folder: it counts as no session from the first moment on. Raises ``OSError``."""
    place, name = os.path.split(folder)
    doomed = os.path.join(place, f"{_REMOVED}{name}")
    os.rename(folder, doomed)
    shutil.rmtree(doomed)


def sweep(common_dir: str) -> None:
    """Remove what a `remove` that was killed has left. Raises ``OSError``."""
    place = sessions_path(common_dir)
    if not os.path.isdir(place):
        return
    for name in os.listdir(place):
        if name.startswith(_REMOVED):
            shutil.rmtree(os.path.join(place, name), ignore_errors=True)
