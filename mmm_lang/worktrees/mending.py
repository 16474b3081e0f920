"""What a merge or a removal left that was killed in the middle: taken back, or finished, by the next command."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from attrs import evolve

from mmm_lang.git.errors import GitError
from mmm_lang.git.holders import gits_at
from mmm_lang.git.linked import branch_tip, find_again, remove_tree, work_trees
from mmm_lang.git.repository import Repository
from mmm_lang.git.snapshot import Snapshot
from mmm_lang.runtime.leftovers import left_behind
from mmm_lang.worktrees.merge_place import PREFIX
from mmm_lang.worktrees.merging import forget_index, hold_ref, index_path, take_back
from mmm_lang.worktrees.places import home
from mmm_lang.worktrees.record import (
    Merging,
    RecordUnreadable,
    WorktreeRecord,
    read_record,
    record_names,
    write_record,
)

_PATIENCE = 10.0
"""Seconds for which a git that was left alone by its mmm may still work."""


def mend(repository: Repository, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Take back every merge that was cut off; a sentence for each. The caller holds ``record.alone``.

    Raises ``RequirementsMissing`` where an agent that was left alone is still at work on one, and ``GitError``.
    """
    said = []
    for name in sorted(record_names(repository.common_dir)):
        try:
            record = read_record(repository.common_dir, name)
        except RecordUnreadable:
            continue
        if record is not None and record.merging is not None:
            said.append(_mend(repository, record, record.merging))
    _sweep(repository, environ)
    return tuple(said)


def _mend(repository: Repository, record: WorktreeRecord, merging: Merging) -> str:
    what = f"the merge of `{record.name}` into `{record.origin}` that was cut off"
    said = f"{what} had not begun to change anything"
    if os.path.isdir(merging.place):
        find_again(repository.git, merging.place)
        place = Repository.find(merging.place)
        left_behind(place)
        _wait_for_git(place)
        place.clear_left_locks(merging.at - 0.01, time.time())
        if not _is_ours(place, record, merging):
            said = f"{what} is left as it is, since other commits are on top: look at `{record.origin}`"
        else:
            before = Snapshot(merging.head, record.origin, merging.tree)
            index = index_path(repository.common_dir, record.name)
            ref = take_back(place, record, before, index)
            forget_index(index)
            if ref is not None:
                said = f"{what} was taken back; what was there is kept in {ref}"
    elif record.origin is not None and branch_tip(repository.git, record.origin) != merging.head:
        said = f"{what} is left as it is, since its work tree is gone: look at `{record.origin}`"
    write_record(repository.common_dir, evolve(record, merging=None))
    repository.release(hold_ref(record.name))
    if merging.own:
        remove_tree(repository.git, merging.place)
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
    known = {one.sha for one in others if one.trailer("Mmm-Session") is not None}
    return all(one.sha in known or place.is_ancestor(one.sha, merging.tip) for one in others)


def _sweep(repository: Repository, environ: Mapping[str, str]) -> None:
    """Remove work trees that were made for one merge: none is under way now."""
    place = os.path.join(os.path.realpath(os.path.join(home(environ), "worktrees")), "")
    for tree in work_trees(repository.git):
        name = os.path.basename(tree.path)
        if not tree.main and tree.path.startswith(place) and name.startswith(PREFIX):
            try:
                remove_tree(repository.git, tree.path)
            except GitError:
                continue  # the next merge of that name says why
