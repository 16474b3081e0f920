"""Removing a work tree of mmm's: its folder, its branch, its record. Never work that nobody else has, unless told to.

The record says that it is being removed before anything goes, and is the last to go, so that a removal that was killed
is finished by the next one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from attrs import evolve, frozen

from mmm_lang.figures import plural
from mmm_lang.git.call import named as listed
from mmm_lang.git.errors import GitError, NotARepository
from mmm_lang.git.linked import branch_tip, commits_only_there, delete_branch, work_trees
from mmm_lang.git.repository import Repository
from mmm_lang.git.snapshot import Snapshot
from mmm_lang.process.identity import is_running
from mmm_lang.runtime.leftovers import left_behind
from mmm_lang.runtime.lock import kept_still
from mmm_lang.worktrees.map_lock import is_at_work
from mmm_lang.worktrees.merging import free_ref
from mmm_lang.worktrees.places import home
from mmm_lang.worktrees.record import WorktreeRecord, change_record, drop_record
from mmm_lang.worktrees.standing import Worktree, left_uncommitted
from mmm_lang.worktrees.submodules import commits_only_in
from mmm_lang.worktrees.trash import throw_away, throw_folder


class CannotClean(Exception):
    """Why a work tree stays. ``help`` says what to do; nothing of it was removed."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@frozen
class Cleaned:
    """A work tree that is gone; ``rescue`` keeps what only it had, where it was removed by force."""

    name: str
    rescue: str | None = None


def stays(repository: Repository, worktree: Worktree) -> CannotClean | None:
    """Why a work tree may not be removed without force; ``None`` where it may. Raises ``GitError``."""
    name = worktree.name
    forced = f"`mmm worktree clean {name} --force` removes it all the same, and keeps its work in a rescue reference"
    if worktree.status == "cleaning":
        return None  # that was asked and answered before
    if worktree.status == "unreadable":
        return CannotClean(f"`{name}` stays: {worktree.note}", "")
    if worktree.status == "no record" and worktree.path is None and worktree.tip is None:
        return CannotClean(f"`{name}` is gone already")
    left = left_uncommitted(worktree)
    if left:
        what = f"{plural(len(left), 'file')} in it {'is' if len(left) == 1 else 'are'} in no commit: {listed(left)}"
        return CannotClean(f"`{name}` stays: {what}", forced)
    if worktree.tip is not None and (lost := _unmerged(repository, worktree)):
        verb = "is" if lost == 1 else "are"
        return CannotClean(
            f"`{name}` stays: {plural(lost, 'commit')} on its branch {verb} not merged",
            f"`mmm worktree merge {name}` merges it; {forced}",
        )
    if worktree.resumable and worktree.sessions[-1].status != "failed":
        last = worktree.sessions[-1]
        return CannotClean(
            f"`{name}` stays: session {last.id} can go on in it ({last.status})",
            f"`mmm resume {last.id}` does; {forced}",
        )
    return None


def _unmerged(repository: Repository, worktree: Worktree) -> int:
    """How many commits its origin does not have; where that is gone, how many nobody has."""
    record = worktree.record
    if record is not None and record.merged is not None and record.merged.tip == worktree.tip:
        return 0 if worktree.ahead == 0 else commits_only_there(repository.git, worktree.name)
    return worktree.ahead if worktree.ahead is not None else commits_only_there(repository.git, worktree.name)


def clean(repository: Repository, worktree: Worktree, environ: Mapping[str, str], *, force: bool) -> Cleaned:
    """Remove a work tree. The caller holds ``record.alone``.

    Raises `CannotClean`, ``RequirementsMissing`` where a session runs in it, ``GitError`` and ``OSError``.
    """
    if worktree.path is not None and os.path.realpath(worktree.path) == repository.root:
        raise CannotClean(f"`{worktree.name}` is the work tree that you are in", "go to another one first")
    if worktree.runs:
        raise CannotClean(
            f"`{worktree.name}` stays: a session runs in it now", "wait for its end, or stop it"
        )
    record = worktree.record
    if record is not None and record.maker is not None and is_running(record.maker):
        raise CannotClean(
            f"`{worktree.name}` stays: a session is about to begin in it (process {record.maker.pid})",
            "wait for its end, or stop it",
        )
    if record is not None and record.map is not None and is_at_work(repository.common_dir, record.map):
        raise CannotClean(
            f"`{worktree.name}` stays: it is an item's of map {record.map}, which is running",
            "wait for its end, or stop it",
        )
    _refuse_locked(repository, worktree)
    _refuse_submodules(repository, worktree)
    why = stays(repository, worktree)
    if why is not None and not (force and worktree.status != "unreadable"):
        raise why
    if not _is_sound(worktree):
        return _remove(repository, worktree, environ, None)
    inner = _inner(repository, worktree)
    left_behind(inner)
    with kept_still(inner.git_dir):
        rescue = _kept(inner, worktree) if why is not None else None
        return _remove(repository, worktree, environ, rescue)


def _inner(repository: Repository, worktree: Worktree) -> Repository:
    """The work tree itself, which has to be one of this repository. Raises `CannotClean`."""
    assert worktree.path is not None
    try:
        inner = Repository.find(worktree.path)
    except NotARepository as error:
        why = "see what is in it, and remove it by hand"
        raise CannotClean(
            f"`{worktree.name}` stays, since git does not know its folder: {error}", why
        ) from None
    if inner.common_dir != repository.common_dir:
        raise CannotClean(
            f"`{worktree.name}` stays: its folder belongs to another repository, `{inner.common_dir}`",
            "was this one copied? clean it from the other one",
        )
    return inner


def _is_sound(worktree: Worktree) -> bool:
    return worktree.path is not None and os.path.exists(os.path.join(worktree.path, ".git"))


def _refuse_locked(repository: Repository, worktree: Worktree) -> None:
    """Git's own lock, and a branch that is checked out elsewhere, are somebody's wish. Raises `CannotClean`."""
    for tree in work_trees(repository.git):
        here = worktree.path is not None and tree.path == os.path.realpath(worktree.path)
        if here and tree.locked:
            raise CannotClean(
                f"`{worktree.name}` stays: `git worktree lock` protects it",
                f"`git worktree unlock {tree.path}` lifts that",
            )
        if not here and tree.branch == worktree.name and os.path.isdir(tree.path):
            raise CannotClean(
                f"`{worktree.name}` stays: its branch is checked out in `{tree.path}`",
                "check out another branch there first",
            )


def _refuse_submodules(repository: Repository, worktree: Worktree) -> None:
    """Commits in a submodule are in no reference of ours, so that nothing would keep them. Raises `CannotClean`."""
    if not _is_sound(worktree) or worktree.path is None:
        return
    try:
        alone = commits_only_in(repository, worktree.path)
    except NotARepository:
        return  # that is said later
    if alone:
        first = os.path.join(worktree.path, alone[0])
        raise CannotClean(
            f"`{worktree.name}` stays: commits in its submodules are nowhere else: {listed(alone)}",
            f"push them, or fetch them into your own: `git -C {alone[0]} fetch {first} HEAD`",
        )


def _kept(inner: Repository, worktree: Worktree) -> str:
    """Keep all that is in it under a rescue reference; the name of that."""
    index = os.path.join(inner.git_dir, "mmm", "clean.index")
    ref = free_ref(inner, worktree.name)
    inner.rescue(ref, inner.snapshot(index), f"mmm: the worktree {worktree.name} before it was removed")
    return ref


def _remove(
    repository: Repository, worktree: Worktree, environ: Mapping[str, str], rescue: str | None
) -> Cleaned:
    record, name = worktree.record, worktree.name
    if record is not None:
        _mark(repository, record)
    tip = branch_tip(repository.git, name)
    if tip is not None and rescue is None and commits_only_there(repository.git, name):
        rescue = _keep_commits(repository, name, tip)
    if worktree.path is not None:
        throw_away(repository.git, worktree.path)
        _remove_folder(worktree.path, environ)
    if tip is not None:
        delete_branch(repository.git, name, tip)
    drop_record(repository.common_dir, name)
    return Cleaned(name, rescue)


def _mark(repository: Repository, seen: WorktreeRecord) -> None:
    """Write down that it is being removed, unless its work tree is another's by now. Raises `CannotClean`."""

    def marked(now: WorktreeRecord) -> WorktreeRecord:
        if (now.stage, now.path) != (seen.stage, seen.path):
            raise CannotClean(f"`{seen.name}` stays: it was taken for another item just now")
        return evolve(now, cleaning=True, merging=None)

    change_record(repository.common_dir, seen.name, marked)


def _keep_commits(repository: Repository, name: str, tip: str) -> str:
    """A branch whose work tree is gone is removed by force: its commits are kept."""
    refs = repository.refs_below(f"refs/mmm/rescue/{name}")
    parents = {ref: repository.kept(ref) for ref in refs}
    known = next((ref for ref, kept in parents.items() if kept is not None and kept.head == tip), None)
    if known is not None:
        return known
    ref = free_ref(repository, name)
    tree = os.fsdecode(repository.git.read("rev-parse", f"{tip}^{{tree}}")).strip()
    repository.rescue(ref, Snapshot(tip, name, tree), f"mmm: the branch {name} before it was removed")
    return ref


def _remove_folder(path: str, environ: Mapping[str, str]) -> None:
    """What git left of the folder: one that it knows no more, of ours only. An empty project's folder goes, too."""
    place = os.path.join(os.path.realpath(os.path.join(home(environ), "worktrees")), "")
    if os.path.realpath(path).startswith(place) and os.path.isdir(path) and not os.path.islink(path):
        throw_folder(path)
    if os.path.isdir(path):
        raise GitError(f"the folder `{path}` cannot be removed; see who may write there, and try again")
