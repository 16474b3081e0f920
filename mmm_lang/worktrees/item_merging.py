"""Merging the branches of a map's items, one by one, so that a crash anywhere leads to the same end."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from attrs import frozen

from mmm_lang.git.linked import branch_tip, commits_ahead
from mmm_lang.git.merging import Conflict
from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import running_in
from mmm_lang.worktrees.mending import mend
from mmm_lang.worktrees.merge_place import Busy, CannotMerge
from mmm_lang.worktrees.merging import Crew, merge_worktree
from mmm_lang.worktrees.record import WorktreeRecord, alone, read_record


@frozen
class ItemMerge:
    """How an item's branch came into the one that its map was started from.

    ``commit``: where that branch is with it (``None``: the item has no commits of its own); ``commits``: how many came
    in. ``before``: an earlier part of the map, or the user, had merged it.
    """

    commit: str | None
    commits: int
    conflicts: tuple[Conflict, ...] = ()
    before: bool = False


def merge_item(
    repository: Repository,
    name: str,
    crew: Crew,
    environ: Mapping[str, str],
    waiting: Callable[[], None],
) -> ItemMerge:
    """Merge the branch of an item, as `mmm worktree merge` does; a merge that was cut off is taken back first.

    One at a time in a repository: ``waiting`` is called where another mmm merges or removes, and its end is waited for.
    So is that of a session in the work tree that the merge needs, as long as ``crew`` likes. Raises ``CannotMerge``,
    ``RequirementsMissing`` where one began there in the middle, ``GitError``, ``OSError`` and ``RecordUnreadable``.
    """
    while True:
        try:
            with alone(repository.common_dir, waiting):
                return _merged(repository, name, crew, environ)
        except Busy as busy:  # others may merge elsewhere meanwhile
            if _is_inside(busy.git_dir, environ) or not crew.wait(str(busy), busy.is_over):
                raise


def _is_inside(git_dir: str, environ: Mapping[str, str]) -> bool:
    """Whether the session that has the lock waits for us itself: a step of it has called this mmm."""
    running = running_in(git_dir)
    return running is not None and (running[0] == environ.get("MMM_SESSION") or running[1] == os.getpid())


def _merged(repository: Repository, name: str, crew: Crew, environ: Mapping[str, str]) -> ItemMerge:
    mend(repository, environ)
    record = read_record(repository.common_dir, name)
    if record is None:
        raise CannotMerge(
            f"mmm has no record of `{name}` any more",
            f"`git merge {name}` merges its branch, if it is there",
        )
    settled = _settled(repository, record)
    if settled is not None:
        return settled
    done = merge_worktree(repository, record, crew, environ)
    if done is None:
        return ItemMerge(None, 0)
    return ItemMerge(done.commit, done.commits, done.conflicts)


def _settled(repository: Repository, record: WorktreeRecord) -> ItemMerge | None:
    """How it stands where there is nothing to merge (any more)."""
    tip = branch_tip(repository.git, record.name)
    if tip is None:
        return None  # the merge says what that means
    if record.merged is not None and record.merged.tip == tip:
        own = repository.git.read("rev-list", "--count", f"{record.commit}..{tip}", "--")
        return ItemMerge(record.merged.commit, int(own), before=True)
    origin = None if record.origin is None else branch_tip(repository.git, record.origin)
    if record.origin is None or origin is None or commits_ahead(repository.git, record.name, record.origin):
        return None
    if tip == record.commit:
        return ItemMerge(None, 0)
    own = repository.git.read("rev-list", "--count", f"{record.commit}..{tip}", "--")
    return ItemMerge(origin, int(own), before=True)
