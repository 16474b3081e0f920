"""What mmm keeps of the work tree of a session: a file in the git folder that all work trees share.

It says where the session came from, what ran there, and what was under way when mmm was killed in the middle of a merge
or of a removal. It is written before the work tree is made, and removed as the last thing of it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from attrs import asdict, field, frozen

from mmm_lang.diagnostics.similar import nearest
from mmm_lang.process.file_lock import in_turn, is_held
from mmm_lang.process.identity import Identity
from mmm_lang.runtime.journal import write_whole

_VERSION = 1

Stage = Literal["making", "held", "free", "given on"]
"""What a record has of its work tree: it is being made, so that nothing in it counts; sessions have it; the item of a map
is done with it, so that the next item may take it; another item has it, or nobody."""


@frozen
class Merging:
    """A merge that is under way: since when (UNIX seconds), the state before it (commit, tree), the branch's commit that
    is merged, and in which work tree. ``own``: mmm made that work tree for the merge alone."""

    at: float
    head: str
    tree: str
    tip: str
    place: str
    own: bool


@frozen
class Merge:
    """A merge that was made: when (UNIX seconds), to which commit of the origin branch, and of which commit of this."""

    at: float
    commit: str
    tip: str


@frozen
class WorktreeRecord:
    """One work tree of sessions. ``name`` is that of its folder and of its branch; times in UNIX seconds.

    ``origin`` is the branch that it was made from (``None``: a detached HEAD), ``commit`` where that was then.
    ``sessions`` ran in it, oldest first, ``helpers`` ran elsewhere to merge it. ``checks``: the plan that is run after a
    merge, as JSON text, with these ``inputs``; ``agent``, ``replay``, ``bypass`` and ``verify`` (the user's hooks run for
    commits) are those of the session, and hold for what merges it. ``cleaning``: it is being removed. ``map``: the map
    whose item's it is. ``maker``: the process that makes it and has begun no session in it yet. ``path`` is where the
    work tree is, or was where the ``stage`` says that it was given on.
    """

    name: str
    path: str
    playbook: str
    created: float
    origin: str | None
    commit: str
    sessions: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    checks: str | None = None
    inputs: Mapping[str, str] = field(factory=dict)
    agent: str = "claude"
    replay: str | None = None
    verify: bool = True
    bypass: bool = False
    merging: Merging | None = None
    merged: Merge | None = None
    cleaning: bool = False
    map: str | None = None
    stage: Stage = "held"
    maker: Identity | None = None

    @property
    def place(self) -> str | None:
        """Where its work tree is, or should be; ``None`` where it has none any more."""
        return None if self.stage == "given on" else self.path


class RecordUnreadable(Exception):
    """A record is there and cannot be read; the message says where, why, and what to do."""


class NoSuchWorktree(Exception):
    """A name that is no work tree's, or the beginning of several; the message says what to write instead."""


def folder_of(common_dir: str) -> str:
    """Where the records of a repository lie; ``common_dir`` is the git folder that its work trees share."""
    return os.path.join(common_dir, "mmm", "worktrees")


def record_path(common_dir: str, name: str) -> str:
    """Where the record of that name is, or would be."""
    return os.path.join(folder_of(common_dir), f"{name}.json")


def write_record(common_dir: str, record: WorktreeRecord) -> None:
    """Write a record, whole or not at all. Raises ``OSError``."""
    os.makedirs(folder_of(common_dir), mode=0o700, exist_ok=True)
    text = json.dumps({"version": _VERSION, **asdict(record)}, indent=1)
    write_whole(record_path(common_dir, record.name), f"{text}\n".encode("ascii"))


def read_record(common_dir: str, name: str) -> WorktreeRecord | None:
    """The record of that name; ``None`` where there is none. Raises `RecordUnreadable`."""
    path = record_path(common_dir, name)
    try:
        with open(path, "rb") as file:
            data = json.loads(file.read())
        if data.pop("version") != _VERSION:
            raise ValueError("another version of mmm wrote it")
        merging, merged, maker = data.pop("merging"), data.pop("merged"), data.pop("maker", None)
        return WorktreeRecord(
            sessions=tuple(data.pop("sessions")),
            helpers=tuple(data.pop("helpers")),
            merging=None if merging is None else Merging(**merging),
            merged=None if merged is None else Merge(**merged),
            maker=None if maker is None else Identity(**maker),
            **data,
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordUnreadable(f"`{path}` cannot be read: {error}; move it away") from None


def drop_record(common_dir: str, name: str) -> None:
    """Remove a record; fine where there is none."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(record_path(common_dir, name))


def record_names(common_dir: str) -> tuple[str, ...]:
    """The names of all records, in no particular order."""
    try:
        found = os.listdir(folder_of(common_dir))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(name.removesuffix(".json") for name in found if name.endswith(".json"))


def records(common_dir: str) -> tuple[WorktreeRecord, ...]:
    """All records that can be read, in no particular order."""
    found = []
    for name in record_names(common_dir):
        with contextlib.suppress(RecordUnreadable):
            record = read_record(common_dir, name)
            found += [] if record is None else [record]
    return tuple(found)


def record_at(common_dir: str, path: str) -> WorktreeRecord | None:
    """The record that has the work tree at a path; ``None`` where mmm made none there. Raises `RecordUnreadable`.

    An item's work tree has the name of the first item that it was made for.
    """
    real = os.path.realpath(path)

    def has_it(record: WorktreeRecord) -> bool:
        return record.place is not None and os.path.realpath(record.place) == real

    first = read_record(common_dir, os.path.basename(path))
    if first is not None and has_it(first):
        return first
    return next((one for one in records(common_dir) if has_it(one)), None)


def change_record(
    common_dir: str, name: str, change: Callable[[WorktreeRecord], WorktreeRecord]
) -> WorktreeRecord | None:
    """Read a record, change it and write it, while nobody else does; what it is now, ``None`` where there is none.

    Raises `RecordUnreadable` and ``OSError``.
    """
    with records_held(common_dir):
        record = read_record(common_dir, name)
        if record is None:
            return None
        changed = change(record)
        if changed != record:
            write_record(common_dir, changed)
        return changed


def changed_record(
    common_dir: str, record: WorktreeRecord, change: Callable[[WorktreeRecord], WorktreeRecord]
) -> WorktreeRecord:
    """As ``change_record``; where the disk has it no more, ``record`` itself is changed and written."""
    with records_held(common_dir):
        changed = change(read_record(common_dir, record.name) or record)
        write_record(common_dir, changed)
        return changed


@contextmanager
def records_held(common_dir: str) -> Iterator[None]:
    """Be the only one that changes records of the repository, for a moment in which no git runs. Raises ``OSError``."""
    with in_turn(os.path.join(folder_of(common_dir), "records.lock")):
        yield


def helper_sessions(common_dir: str) -> frozenset[str]:
    """The ids of all sessions that merged something, or checked a merge."""
    return frozenset(helper for record in records(common_dir) for helper in record.helpers)


def named(name: str, known: tuple[str, ...]) -> str:
    """The name that is meant: the whole of it, or the only one that begins so. Raises `NoSuchWorktree`."""
    if name in known:
        return name
    meant = [one for one in sorted(known) if name and one.startswith(name)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        some = ", ".join(f"`{one}`" for one in meant[:3])
        more = f" and {len(meant) - 3} more" if len(meant) > 3 else ""
        raise NoSuchWorktree(f"`{name}` is the beginning of {some}{more}; write more of the name")
    if not known:
        raise NoSuchWorktree(f"there is no worktree `{name}`: mmm has made none in this repository")
    guess = nearest(name, known)
    advice = f"write `{guess}`" if guess else "`mmm worktree ls` lists all there are"
    raise NoSuchWorktree(f"there is no worktree `{name}` in this repository; {advice}")


@contextmanager
def alone(common_dir: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Be the only one that merges or removes work trees of the repository.

    Where another mmm does, ``waiting`` is called, and then its end is waited for. Raises ``OSError``.
    """
    with in_turn(_alone_path(common_dir), waiting):
        yield


def is_anybody_alone(common_dir: str) -> bool:
    """Whether an mmm merges or removes work trees of the repository now. Raises ``OSError``."""
    try:
        descriptor = os.open(_alone_path(common_dir), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return is_held(descriptor)
    finally:
        os.close(descriptor)


def _alone_path(common_dir: str) -> str:
    return os.path.join(folder_of(common_dir), "lock")
