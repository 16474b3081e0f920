"""A merge that was cut off in a work tree, for those who want to begin something there: not on top of it.

Whoever takes it back later (``mending``) leaves what others have put on top, and what was merged without its checks would
stay. Git's own advice, to commit or to abort, would not lead further either: the record of the merge stays.
"""

from __future__ import annotations

import os

from mmm_lang.git.repository import Repository
from mmm_lang.runtime.requirements import Problem, RequirementsMissing
from mmm_lang.worktrees.record import WorktreeRecord, is_anybody_alone, records


def refuse_cut_off_merge(repository: Repository, session: str | None = None, *, beside: bool = False) -> None:
    """Refuse to begin in a work tree in which a merge of mmm's is not at its end.

    ``session`` is what is to go on there: it may if it helps with the merge. ``beside``: what begins works elsewhere, so
    that one which is under way does not bother it. A merge that is made, and of which only the record does not know yet,
    is in nobody's way. Raises `RequirementsMissing` and ``OSError``.
    """
    if beside and is_merged_here(repository):
        return
    problems = tuple(
        _problem(repository, one)
        for one in records(repository.common_dir)
        if _is_open(one, repository.root) and session not in one.helpers
    )
    if problems:
        raise RequirementsMissing(problems)


def is_merged_here(repository: Repository) -> bool:
    """Whether another mmm merges in this work tree now, whose files are not the user's then. Raises ``OSError``."""
    if not is_anybody_alone(repository.common_dir):
        return False
    return any(_is_open(one, repository.root) for one in records(repository.common_dir))


def _is_open(record: WorktreeRecord, root: str) -> bool:
    merging, merged = record.merging, record.merged
    if merging is None or os.path.realpath(merging.place) != root:
        return False
    return merged is None or merged.at < merging.at


def _problem(repository: Repository, record: WorktreeRecord) -> Problem:
    what = f"the merge of `{record.name}` into `{record.origin}`"
    if is_anybody_alone(repository.common_dir):
        return Problem(f"{what} is under way in `{repository.root}`", "wait for its end, and try again")
    return Problem(
        f"{what} was cut off in `{repository.root}`",
        f"`mmm worktree merge {record.name}` takes it back and makes it anew",
    )
