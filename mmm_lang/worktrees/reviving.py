"""A work tree that was deleted by hand, made again for the session that is to go on in it.

Commits are on its branch. What lay in it uncommitted when the session stopped is in git, too, as a tree that the journal
names; of a session that was killed nobody has it. Then only a step can be gone back to, whose beginning is kept.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping

from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import branch_tip, put_on_branch
from mmm_lang.git.repository import Repository
from mmm_lang.git.snapshot import Snapshot
from mmm_lang.runtime.events import Base
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import JournalDamaged, read_journal
from mmm_lang.runtime.requirements import Problem, RequirementsMissing, nothing_has_run
from mmm_lang.runtime.resume import what_is_left
from mmm_lang.runtime.state import State
from mmm_lang.sessions.folders import sessions_path
from mmm_lang.worktrees.including import copy_included
from mmm_lang.worktrees.places import project_folder
from mmm_lang.worktrees.record import WorktreeRecord
from mmm_lang.worktrees.submodules import fill_submodules
from mmm_lang.worktrees.trash import throw_away


def is_deleted(record: WorktreeRecord) -> bool:
    """Whether the folder of a work tree is gone that its sessions should have."""
    return record.place is not None and not os.path.lexists(record.place)


def revive(
    repository: Repository,
    record: WorktreeRecord,
    folder: str,
    from_step: str | None,
    environ: Mapping[str, str],
) -> tuple[str, ...]:
    """Make the work tree again as the session in ``folder`` left it; with ``from_step`` its branch is enough.

    What a person should know about it, a sentence each. Raises `RequirementsMissing`, ``JournalDamaged``.
    """
    with nothing_has_run():
        state = fold(entry.event for entry in read_journal(folder))
        left = None if from_step is not None else _left(repository, record, state)
        tip = branch_tip(repository.git, record.name)
        if tip is None:
            raise RequirementsMissing((_gone(repository, record, state, ""),))
        try:
            return _made(repository, record, tip, left, environ)
        except GitError as error:
            throw_away(repository.git, record.path)
            why = f", and cannot be made again: {error}"
            raise RequirementsMissing((_gone(repository, record, state, why),)) from None


def _left(repository: Repository, record: WorktreeRecord, state: State) -> Base:
    """What lay in it when the session stopped. Raises `RequirementsMissing` where nobody knows, or nothing fits it."""
    tip = branch_tip(repository.git, record.name)
    if tip is None:
        raise RequirementsMissing((_gone(repository, record, state, ""),))
    if state.left is None:
        why = ", and nobody knows what lay in it uncommitted when the session was cut off"
        raise RequirementsMissing((_gone(repository, record, state, why),))
    if (state.left.head, state.left.branch) != (tip, record.name):
        why = (
            f", and its branch is at {tip[:10]} by now, not at {state.left.head[:10]} as the session left it"
        )
        raise RequirementsMissing((_gone(repository, record, state, why),))
    return state.left


def _made(
    repository: Repository, record: WorktreeRecord, tip: str, left: Base | None, environ: Mapping[str, str]
) -> tuple[str, ...]:
    throw_away(repository.git, record.path)  # git remembers it
    project_folder(environ, repository.common_dir)
    os.makedirs(os.path.dirname(record.path), mode=0o700, exist_ok=True)
    put_on_branch(repository.git, record.path, record.name, tip)
    copy_included(repository.git, record.path)
    notes = fill_submodules(repository, record.path)
    if left is not None:
        notes += _put(record, left)
    return (f"the worktree {record.name} was deleted, and made again as the session left it", *notes)


def put_left_back(repository: Repository, record: WorktreeRecord) -> tuple[str, ...]:
    """Put what the last session left uncommitted into a work tree that was made again at its branch, as far as anybody
    knows it. What a person should know about it, a sentence each.
    """
    for session in reversed(record.sessions):
        folder = os.path.join(sessions_path(repository.common_dir), session)
        try:
            left = fold(entry.event for entry in read_journal(folder)).left
            if left is None or (left.head, left.branch) != (
                branch_tip(repository.git, record.name),
                record.name,
            ):
                return (f"the worktree {record.name} was deleted, and made again from its branch alone",)
            return (f"the worktree {record.name} was deleted, and made again", *_put(record, left))
        except (OSError, JournalDamaged):
            continue
        except GitError as error:
            return (f"the worktree {record.name} was deleted, and made again from its branch alone: {error}",)
    return ()


def _put(record: WorktreeRecord, left: Base) -> tuple[str, ...]:
    """Make the files of a work tree those that a session left. Raises ``GitError``."""
    inner = Repository.find(record.path)
    index = os.path.join(inner.git_dir, "mmm", "revive.index")
    os.makedirs(os.path.dirname(index), mode=0o700, exist_ok=True)
    try:
        return inner.restore(Snapshot(left.head, left.branch, left.tree, left.staged), index)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(index)


def _gone(repository: Repository, record: WorktreeRecord, state: State, why: str) -> Problem:
    assert state.session is not None
    name = state.session.session
    help = what_is_left(repository, state)
    steps = tuple(state.before)
    if steps and branch_tip(repository.git, record.name) is not None:
        way = f"`mmm resume {name} --from {steps[-1]}` makes it again and goes back to where that step began"
        help = f"{help}; {way}"
    return Problem(f"the work tree of session {name}, `{record.path}`, is gone{why}", help)
