"""Where a merge is made: the work tree that has the origin branch checked out, or one of its own for a moment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from attrs import frozen

from mmm_lang.figures import plural
from mmm_lang.git.call import named as listed
from mmm_lang.git.linked import LinkedTree, add_on_branch, branch_tip, work_trees
from mmm_lang.git.preconditions import tracked_changes
from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import kept_still, running_in
from mmm_lang.runtime.requirements import RequirementsMissing
from mmm_lang.worktrees.including import copy_included
from mmm_lang.worktrees.places import project_folder
from mmm_lang.worktrees.record import WorktreeRecord
from mmm_lang.worktrees.trash import throw_away

PREFIX = ".merge-"
"""What the name of a work tree begins with that is made for one merge only."""


class CannotMerge(Exception):
    """Why a work tree is not merged. ``help`` says what to do; the origin branch and its files are as before."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


class NoPlace(CannotMerge):
    """There is no work tree where it could be merged now; nothing was begun."""


class Busy(NoPlace):
    """A session runs in the work tree where it is to be merged, whose git folder is ``git_dir``."""

    def __init__(self, message: str, help: str, git_dir: str) -> None:
        super().__init__(message, help)
        self.git_dir = git_dir

    def is_over(self) -> bool:
        """Whether nothing runs there any more. Raises ``OSError``."""
        return running_in(self.git_dir) is None


@frozen
class MergePlace:
    """A work tree with the origin branch checked out; ``own``: it is removed after the merge."""

    repository: Repository
    own: bool


def find_place(repository: Repository, record: WorktreeRecord, environ: Mapping[str, str]) -> MergePlace:
    """Where the branch of ``record`` can be merged; one of its own is made where the origin is checked out nowhere.

    Raises `NoPlace` (`Busy` before anything else that stands against it there: what a session has uncommitted is not the
    user's), ``GitError`` and ``OSError``.
    """
    origin = _origin(repository, record)
    holder = next((tree for tree in work_trees(repository.git) if tree.branch == origin), None)
    if holder is None:
        path = os.path.join(project_folder(environ, repository.common_dir), f"{PREFIX}{record.name}")
        throw_away(repository.git, path)
        add_on_branch(repository.git, path, origin)
        copy_included(repository.git, path)
        return MergePlace(Repository.find(path), own=True)
    place = _entered(repository, record, origin, holder)
    with at_rest(place, record.name):
        _refuse_busy(place)
    return MergePlace(place, own=False)


@contextmanager
def at_rest(place: Repository, name: str) -> Iterator[None]:
    """Let no session begin where ``name`` is merged, for a moment. Raises `Busy` where one runs."""
    with ExitStack() as stack:
        try:
            stack.enter_context(kept_still(place.git_dir))
        except RequirementsMissing as missing:
            raise Busy(
                f"{missing.problems[0].message}: `{place.root}`",
                f"wait for its end; then `mmm worktree merge {name}` merges it",
                place.git_dir,
            ) from None
        yield


def _origin(repository: Repository, record: WorktreeRecord) -> str:
    if record.origin is None:
        raise NoPlace(
            f"`{record.name}` was made from a detached HEAD ({record.commit[:10]}): there is no branch to merge into",
            f"check out a branch and run `git merge {record.name}`",
        )
    if branch_tip(repository.git, record.origin) is None:
        raise NoPlace(
            f"the branch `{record.origin}`, from which `{record.name}` was made, is gone",
            f"make it again with `git branch {record.origin} COMMIT`, or run `git merge {record.name}` elsewhere",
        )
    return record.origin


def _entered(repository: Repository, record: WorktreeRecord, origin: str, holder: LinkedTree) -> Repository:
    if not os.path.isdir(holder.path):
        raise NoPlace(
            f"`{origin}` is checked out in `{holder.path}`, and that folder is gone",
            "`git worktree prune` forgets it",
        )
    if holder.path != repository.root and not (holder.main and not holder.bare):
        raise NoPlace(
            f"`{origin}` is checked out in another work tree, `{holder.path}`",
            f"merge it there: `mmm worktree merge {record.name} --path {holder.path}`",
        )
    return Repository.find(holder.path)


def _refuse_busy(place: Repository) -> None:
    """Refuse where a merge would meet work of the user's own. Raises `NoPlace`."""
    for problem in place.preconditions(True):
        raise NoPlace(problem.message, problem.help)
    changes = tracked_changes(place.git)
    if changes:
        has = "has" if len(changes) == 1 else "have"
        raise NoPlace(
            f"{plural(len(changes), 'tracked file')} in `{place.root}` {has} uncommitted changes: {listed(changes)}",
            "commit or stash them first; nothing was merged",
        )
