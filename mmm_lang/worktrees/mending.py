"""What a merge or a removal left that was killed in the middle: taken back, or finished, by the next command."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from mmm_lang.git.changes import changed
from mmm_lang.git.errors import GitError
from mmm_lang.git.holders import gits_at
from mmm_lang.git.linked import branch_tip, find_again, work_trees
from mmm_lang.git.preconditions import tracked_changes
from mmm_lang.git.repository import Repository
from mmm_lang.git.snapshot import Snapshot
from mmm_lang.runtime.events import StepStarted
from mmm_lang.runtime.journal import Entry, JournalDamaged, read_journal
from mmm_lang.runtime.leftovers import left_behind
from mmm_lang.sessions.folders import sessions_path
from mmm_lang.worktrees.leavings import clear_locks, sweep
from mmm_lang.worktrees.merge_place import PREFIX
from mmm_lang.worktrees.merging import finish, index_path, take_back, with_helper
from mmm_lang.worktrees.places import home, known_project_folder
from mmm_lang.worktrees.record import (
    Merging,
    RecordUnreadable,
    WorktreeRecord,
    read_record,
    record_names,
)
from mmm_lang.worktrees.trash import empty_trash, throw_away

_PATIENCE = 10.0
"""Seconds for which a git that was left alone by its mmm may still work."""


def mend(repository: Repository, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Take back every merge that was cut off; a sentence for each. The caller holds ``record.alone``.

    Raises ``RequirementsMissing`` where an agent that was left alone is still at work on one, and ``GitError``.
    """
    said = []
    clear_locks(repository)
    for name in sorted(record_names(repository.common_dir)):
        try:
            record = read_record(repository.common_dir, name)
        except RecordUnreadable:
            continue
        if record is not None and record.merging is not None:
            said.append(_mend(repository, record, record.merging))
    _sweep(repository, environ)
    sweep(repository)
    if (folder := known_project_folder(environ, repository.common_dir)) is not None:
        empty_trash(folder)
    return tuple(said)


def _mend(repository: Repository, record: WorktreeRecord, merging: Merging) -> str:
    what = f"the merge of `{record.name}` into `{record.origin}` that was cut off"
    said = f"{what} had not begun to change anything"
    if record.merged is not None and record.merged.at >= merging.at:
        said = f"the merge of `{record.name}` into `{record.origin}` is made; what it needed is let go of"
    elif os.path.isdir(merging.place):
        find_again(repository.git, merging.place)
        place = Repository.find(merging.place)
        died = left_behind(place)
        _wait_for_git(place)
        place.clear_left_locks(merging.at - 0.01, time.time())
        late = died if died is not None and _began(repository, died, merging.at) else None
        if late is not None and not _has_worked(repository, late):
            record = with_helper(record, late)
        if late is None and _is_untouched(place, record, merging):
            pass  # what there is that was not there before is the user's
        elif late is not None and late not in record.helpers:
            said = (
                f"{what} is left as it is, since session {late} began on top of it: look at `{record.origin}`"
            )
        elif not _is_ours(place, record, merging):
            said = f"{what} is left as it is, since other commits are on top: look at `{record.origin}`"
        else:
            before = Snapshot(merging.head, record.origin, merging.tree)
            index = index_path(repository.common_dir, record.name)
            ref = take_back(place, record, before, index)
            if ref is not None:
                said = f"{what} was taken back; what was there is kept in {ref}"
    elif record.origin is not None and branch_tip(repository.git, record.origin) != merging.head:
        said = f"{what} is left as it is, since its work tree is gone: look at `{record.origin}`"
    if merging.own:
        throw_away(repository.git, merging.place)
    finish(repository, record)
    return said


def _wait_for_git(place: Repository) -> None:
    """A git goes on to its end when its mmm is killed."""
    until = time.monotonic() + _PATIENCE
    while gits_at((place.root, place.git_dir)) and time.monotonic() < until:
        time.sleep(0.05)


def _is_ours(place: Repository, record: WorktreeRecord, merging: Merging) -> bool:
    """Whether nothing is on top of the state before the merge but the merge, and what its helpers committed."""
    head = place.head()
    if head.branch != record.origin:
        return False
    if head.commit == merging.head:
        return True
    if not place.is_ancestor(merging.head, head.commit):
        return False
    listed = place.git.read(
        "rev-list", "--parents", f"{merging.head}..{head.commit}", f"^{merging.tip}", "--"
    )
    merges = {line.split()[0].decode("ascii") for line in listed.splitlines() if len(line.split()) > 2}
    others = [one for one in place.commits_between(merging.head, head.commit) if one.sha not in merges]
    known = {one.sha for one in others if one.trailer("Mmm-Session") in record.helpers}
    return all(one.sha in known or place.is_ancestor(one.sha, merging.tip) for one in others)


def _is_untouched(place: Repository, record: WorktreeRecord, merging: Merging) -> bool:
    """Whether the merge has changed nothing: neither HEAD nor any file that it brings."""
    head = place.head()
    if (head.branch, head.commit) != (record.origin, merging.head) or place.operation_under_way() is not None:
        return False
    now = place.snapshot(index_path(place.common_dir, record.name))
    different = {one.path for one in changed(place.git, merging.tree, now.tree)}
    brought = {one.path for one in changed(place.git, merging.head, merging.tip)}
    return brought.isdisjoint(different) and brought.isdisjoint(tracked_changes(place.git))


def _began(repository: Repository, session: str, since: float) -> bool:
    """Whether a session that died began after a moment."""
    entries = _journal_of(repository, session)
    return bool(entries) and entries[0].at >= since


def _has_worked(repository: Repository, session: str) -> bool:
    """Whether it has begun a step; one that has not was about to help, and the record could not tell of it any more."""
    return any(isinstance(one.event, StepStarted) for one in _journal_of(repository, session))


def _journal_of(repository: Repository, session: str) -> list[Entry]:
    try:
        return read_journal(os.path.join(sessions_path(repository.common_dir), session))
    except (OSError, JournalDamaged):
        return []


def _sweep(repository: Repository, environ: Mapping[str, str]) -> None:
    """Remove work trees that were made for one merge: none is under way now."""
    place = os.path.join(os.path.realpath(os.path.join(home(environ), "worktrees")), "")
    for tree in work_trees(repository.git):
        name = os.path.basename(tree.path)
        if not tree.main and tree.path.startswith(place) and name.startswith(PREFIX):
            try:
                throw_away(repository.git, tree.path)
            except GitError:
                continue  # the next merge of that name says why
