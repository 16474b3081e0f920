"""A map's item is done with its work tree: the next item may take it, and in the end all that nobody needs goes."""

from __future__ import annotations

import os

from attrs import evolve

from mmm_lang.figures import plural
from mmm_lang.git.call import Git, split_nul
from mmm_lang.git.call import named as listed
from mmm_lang.git.errors import NotARepository
from mmm_lang.git.linked import branch_tip, commits_ahead, delete_branch, uncommitted, work_trees
from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import kept_still
from mmm_lang.runtime.requirements import RequirementsMissing
from mmm_lang.worktrees.record import (
    WorktreeRecord,
    change_record,
    drop_record,
    read_record,
    records,
)
from mmm_lang.worktrees.submodules import commits_only_in
from mmm_lang.worktrees.trash import throw_away, throw_folder


def release_item(repository: Repository, name: str) -> str | None:
    """Give an item's work tree to the next item that wants one; its branch stays.

    Again is fine. Why it stays as it is, where that cannot be: a sentence's end. Raises ``GitError``, ``OSError`` and
    ``RecordUnreadable``.
    """
    record = read_record(repository.common_dir, name)
    if record is None or record.stage in ("free", "given on"):
        return None
    why = _kept_for(repository, record)
    if why is None:
        change_record(repository.common_dir, name, lambda now: evolve(now, stage="free"))
    return why


def _kept_for(repository: Repository, record: WorktreeRecord) -> str | None:
    """Why a work tree is nobody else's: all that is in it has to be on its branch, or ignored."""
    if record.cleaning or record.stage != "held":
        return "it is not in use"
    try:
        inner = Repository.find(record.path)
    except NotARepository as error:
        return str(error)
    if inner.common_dir != repository.common_dir:
        return f"its folder belongs to another repository, `{inner.common_dir}`"
    if any(tree.path == inner.root and (tree.main or tree.locked) for tree in work_trees(repository.git)):
        return "`git worktree lock` protects it"
    head = inner.head()
    if head.branch != record.name:
        return f"it is on {'a detached HEAD' if head.branch is None else f'the branch `{head.branch}`'}"
    if (operation := inner.operation_under_way()) is not None:
        return operation.message
    if left := uncommitted(inner.git):
        return f"{plural(len(left), 'file')} in it {'is' if len(left) == 1 else 'are'} in no commit: {listed(left)}"
    if _is_peculiar(repository, inner.git):
        return "git was told to see its files in a way of its own (sparse, assumed unchanged, or with own settings)"
    if alone := commits_only_in(repository, inner.root):
        return f"it alone has commits of submodules: {listed(alone)}"
    try:
        with kept_still(inner.git_dir):
            return None
    except RequirementsMissing as error:
        return error.problems[0].message


def _is_peculiar(repository: Repository, git: Git) -> bool:
    """Whether a step changed how git sees this one work tree, which the next item would inherit."""
    if _own_settings(git) != _own_settings(repository.git):
        return True
    if os.path.exists(os.path.join(git.git_dir, "info", "sparse-checkout")):
        return True
    marks = git.read("ls-files", "-v", "-z").split(b"\0")
    return any(mark[:1].islower() or mark[:1] == b"S" for mark in marks if mark)


def _own_settings(git: Git) -> frozenset[str]:
    """The settings of one work tree alone. Git gives a new one those of the work tree that it was made from."""
    path = os.path.join(git.git_dir, "config.worktree")
    if not os.path.exists(path):
        return frozenset()
    settings = split_nul(git.ask("config", "-z", "--file", path, "--list").stdout)
    return frozenset(one for one in settings if not one.startswith(("core.bare\n", "core.worktree\n")))


def close_items(repository: Repository, map: str) -> tuple[str, ...]:
    """The end of a map: work trees that were given back go, and so do branches that were merged or have nothing of their
    own, with their records. The names of the items that are left: their work is nowhere else.

    Nobody works on the map. The caller holds ``record.alone``. Raises ``GitError`` and ``OSError``.
    """
    left = []
    for record in sorted(records(repository.common_dir), key=lambda one: one.created):
        if record.map != map or record.cleaning:
            continue
        if record.stage == "free":
            record = _without_tree(repository, record)
        if record.stage != "given on" or not _is_settled(repository, record):
            left.append(record.name)
            continue
        tip = branch_tip(repository.git, record.name)
        if tip is not None:
            delete_branch(repository.git, record.name, tip)
        drop_record(repository.common_dir, record.name)
    return tuple(left)


def _without_tree(repository: Repository, record: WorktreeRecord) -> WorktreeRecord:
    """Remove a work tree that was given back, unless another item has it by now."""
    having = {one.path for one in records(repository.common_dir) if one.stage in ("making", "held")}
    if record.path not in having:
        throw_away(repository.git, record.path)
        throw_folder(record.path)
    changed = change_record(repository.common_dir, record.name, lambda now: evolve(now, stage="given on"))
    return changed or record


def _is_settled(repository: Repository, record: WorktreeRecord) -> bool:
    """Whether the origin has all of a branch, or there is nothing of it."""
    tip = branch_tip(repository.git, record.name)
    if tip is None or (record.merged is not None and record.merged.tip == tip):
        return True
    if record.origin is None or branch_tip(repository.git, record.origin) is None:
        return tip == record.commit
    holder = any(tree.branch == record.name for tree in work_trees(repository.git))
    return not holder and commits_ahead(repository.git, record.name, record.origin) == 0
