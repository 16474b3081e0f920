"""How every work tree of mmm's stands: records, git's own list and the branches, seen together."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from mmm_lang.git.errors import NotARepository
from mmm_lang.git.linked import branch_tip, commits_ahead, find_again, owner_of, uncommitted, work_trees
from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import last_session
from mmm_lang.sessions.folders import SessionFolder, session_folders, sessions_path
from mmm_lang.sessions.record import RESUMABLE, Standing, read_record
from mmm_lang.sessions.running import running_sessions
from mmm_lang.sessions.summary import Summary, summarise
from mmm_lang.worktrees.places import home
from mmm_lang.worktrees.record import (
    RecordUnreadable,
    WorktreeRecord,
    record_names,
    records,
)
from mmm_lang.worktrees.record import read_record as read_worktree_record

Status = (
    Literal["merged", "merging", "cleaning", "no worktree", "no branch", "no record", "unreadable", "new"]
    | Standing
)
"""How a work tree stands: as its last session does, or `merged` (the branch that it came from has all of it);
`merging`, `cleaning`: mmm is at it, or was killed in the middle of it; `no worktree`, `no branch`: the record is there
and that is gone; `no record`: a work tree or branch that looks like one of mmm's; `new`: no session yet."""

_OURS = re.compile(r"mmm-.+-\d{6,}(-\d+)?")


@frozen
class Worktree:
    """One work tree of mmm's, or what is left of one. ``tip`` is its branch's commit, ``ahead`` how many commits it has
    that its origin lacks (``None``: cannot be told); ``path`` is ``None`` where no folder is known."""

    name: str
    status: Status
    path: str | None
    record: WorktreeRecord | None
    tip: str | None
    ahead: int | None
    sessions: tuple[Summary, ...] = ()
    note: str = ""

    @property
    def is_there(self) -> bool:
        """Whether its folder is."""
        return self.path is not None and os.path.isdir(self.path)

    @property
    def runs(self) -> bool:
        """Whether a session runs in it now."""
        return any(one.status == "running" for one in self.sessions)

    @property
    def resumable(self) -> bool:
        """Whether the last session in it can go on."""
        return bool(self.sessions) and self.sessions[-1].status in RESUMABLE


def worktrees_of(repository: Repository, environ: Mapping[str, str]) -> tuple[Worktree, ...]:
    """All of them, the newest first. Work trees whose repository was moved are made known to it again.

    Raises ``GitError``.
    """
    common, running = repository.common_dir, running_sessions(repository.common_dir)
    place = os.path.realpath(os.path.join(home(environ), "worktrees"))
    paths = {
        os.path.basename(tree.path): tree.path
        for tree in work_trees(repository.git)
        if not tree.main and tree.path.startswith(os.path.join(place, ""))
    }
    had = {os.path.realpath(one.place) for one in records(common) if one.place is not None}
    names = {
        *record_names(common),
        *(name for name, path in paths.items() if not name.startswith(".") and path not in had),
        *_branches(repository),
    }
    found = [_worktree(repository, name, paths.get(name), running) for name in names]
    return tuple(sorted(found, key=lambda one: (_born(one), one.name), reverse=True))


def _born(one: Worktree) -> float:
    if one.record is not None:
        return one.record.created
    number = re.search(r"-(\d{6,})(-\d+)?$", one.name)
    return float(number[1]) if number else 0.0


def _branches(repository: Repository) -> set[str]:
    """Local branches whose name is one that mmm gives."""
    listed = repository.git.read("for-each-ref", "--format=%(refname)", "refs/heads/mmm-*")
    names = (os.fsdecode(line).removeprefix("refs/heads/") for line in listed.splitlines())
    return {name for name in names if _OURS.fullmatch(name)}


def _worktree(repository: Repository, name: str, path: str | None, running: frozenset[str]) -> Worktree:
    git = repository.git
    tip = branch_tip(git, name)
    try:
        record = read_worktree_record(repository.common_dir, name)
    except RecordUnreadable as error:
        return Worktree(name, "unreadable", path, None, tip, None, (), str(error))
    if record is None:
        what = "a branch" if path is None else "a work tree"
        note = f"{what} without a record: mmm did not make it, or its record was removed"
        return Worktree(name, "no record", path, None, tip, None, (), note)
    if record.place is not None:
        find_again(git, record.place)
    ids = (*record.sessions, *unnoted(repository.common_dir, record))
    sessions = tuple(_summary(repository.common_dir, one, running) for one in ids)
    known = tuple(one for one in sessions if one is not None)
    ahead = None
    if tip is not None and record.origin is not None and branch_tip(git, record.origin) is not None:
        ahead = commits_ahead(git, name, record.origin)
    status, note = _status(record, tip, ahead, known)
    owner = None if record.place is None else owner_of(record.place)
    if owner is not None and owner != repository.common_dir:
        note = f"its folder belongs to another repository, `{owner}`; was this one copied?"
    return Worktree(name, status, record.place, record, tip, ahead, known, note)


def unnoted(common_dir: str, record: WorktreeRecord) -> tuple[str, ...]:
    """The session in a work tree that was killed after its first event, before the record could tell of it, if any."""
    if record.map is not None or record.sessions:
        return ()
    place = os.path.join(common_dir, "worktrees", os.path.basename(record.path))
    session = last_session(place)
    known = (one.id for one in session_folders(common_dir))
    return (session,) if session is not None and session in known else ()


def _summary(common_dir: str, session: str, running: frozenset[str]) -> Summary | None:
    folder = os.path.join(sessions_path(common_dir), session)
    if not os.path.isdir(folder):
        return None
    return summarise(read_record(SessionFolder(session, folder), running))


def _status(
    record: WorktreeRecord, tip: str | None, ahead: int | None, sessions: tuple[Summary, ...]
) -> tuple[Status, str]:
    if record.cleaning:
        return "cleaning", f"it is being removed; `mmm worktree clean {record.name}` finishes that"
    if record.merging is not None:
        return (
            "merging",
            "a merge of it is under way, or was cut off; the next `mmm worktree` command sees to it",
        )
    if tip is None:
        return (
            "no branch",
            "its branch is gone; what it had is in the sessions' rescue references, if anywhere",
        )
    last = sessions[-1] if sessions else None
    if last is not None and last.status == "running":
        return "running", last.message
    if record.merged is not None and record.merged.tip == tip:
        return "merged", f"merged into `{record.origin}`"
    if record.place is not None and not os.path.isdir(record.place):
        return "no worktree", "its folder is gone; its commits are on its branch"
    if record.stage == "making":
        return "new", "it was being made, and no session has begun in it"
    if last is None:
        return "new", "no session of it is left"
    if ahead == 0 and tip != record.commit:
        return "merged", f"all its commits are in `{record.origin}`"
    if record.stage != "held":
        whose = (
            "the next item of its map may take its folder"
            if record.stage == "free"
            else "its folder was given on"
        )
        return last.status, f"{whose}; its commits are on its branch"
    return last.status, last.message


def left_uncommitted(worktree: Worktree) -> tuple[str, ...]:
    """Files in it that are in no commit, as far as git knows the folder. Raises ``GitError``."""
    if worktree.path is None or not os.path.exists(os.path.join(worktree.path, ".git")):
        return ()
    try:
        return uncommitted(Repository.find(worktree.path).git)
    except NotARepository:
        return ()
