"""Work trees of a map's items: named beforehand, found again by their names, and given on from item to item.

What there is lies on the disk alone, in the records. A record is written before anything of its work tree is made, and
says so until all of it is; so whatever a crash left, ``make_item`` with the same name leads to the same end. Any number
of threads and processes may call these functions at once.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from attrs import evolve, frozen

from mmm_lang.figures import plural
from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import (
    branch_tip,
    commits_only_there,
    find_again,
    put_on_branch,
    switch_to,
    work_trees,
)
from mmm_lang.git.repository import Repository
from mmm_lang.sessions.folders import sessions_path
from mmm_lang.worktrees.including import copy_included, renew_included
from mmm_lang.worktrees.places import names, project_folder
from mmm_lang.worktrees.record import (
    WorktreeRecord,
    change_record,
    read_record,
    record_names,
    records,
    records_held,
    write_record,
)
from mmm_lang.worktrees.reviving import put_left_back
from mmm_lang.worktrees.submodules import fill_submodules
from mmm_lang.worktrees.trash import empty_trash, throw_away, throw_folder

How = Literal["fresh", "reused", "found"]


@frozen
class ItemTree:
    """The work tree of an item, at ``record.path``, and what a person should know about it, a sentence each.

    ``how``: it was made; it was another item's before; or it, or its branch, was there already, so that a session may
    have begun in it.
    """

    record: WorktreeRecord
    how: How
    notes: tuple[str, ...] = ()


def item_stem(repository: Repository, playbook: str, now: float) -> str:
    """What the names of a map's items begin with: ``mmm-PLAYBOOK-SECONDS``. Nobody has such names yet.

    ``now`` in UNIX seconds. Raises ``GitError``.
    """
    refs = repository.git.read("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/mmm-*")
    taken = {*map(os.fsdecode, refs.splitlines()), *record_names(repository.common_dir)}
    for second in _from(int(now)):
        stem = next(names(playbook, second))
        if not any(name == stem or name.startswith(f"{stem}-") for name in taken):
            return stem
    raise AssertionError("the numbers do not end")


def _from(start: int) -> Iterator[int]:
    while True:
        yield start
        start += 1


def item_name(stem: str, index: int) -> str:
    """The name of an item's work tree, record and branch; ``index`` counts from 1."""
    return f"{stem}-{index}"


def make_item(repository: Repository, template: WorktreeRecord, environ: Mapping[str, str]) -> ItemTree:
    """The work tree of an item: the one that it has, or one that an earlier item of the map gave back, or a fresh one.

    ``template`` has its name, its map, the branch that the map was started from (or none, and its commit), and what is to
    be remembered. Where its branch has nothing of its own, it begins at the present tip of the map's branch.

    Raises ``GitError``, ``OSError`` and ``RecordUnreadable``.
    """
    record = read_record(repository.common_dir, template.name)
    if record is not None and record.cleaning:
        raise GitError(f"`{record.name}` is being removed; `mmm worktree clean {record.name}` finishes that")
    if record is None:
        blank = evolve(template, path="", created=0.0, stage="held")
        return _placed(repository, blank, _start(repository, blank), environ)
    if _has_tree(repository, record):
        held = change_record(repository.common_dir, record.name, _taken_back)
        if held is not None and held.stage == "held":
            return ItemTree(held, "found")
        record = held or record
    return _placed(repository, record, _start(repository, record), environ)


def _taken_back(now: WorktreeRecord) -> WorktreeRecord:
    """What was given back and nobody has taken is its item's again."""
    return evolve(now, stage="held") if now.stage == "free" else now


@frozen
class _Start:
    """Where the branch of an item begins; ``there``: it is there, with work of its own, and stays as it is."""

    commit: str
    there: bool


def _start(repository: Repository, record: WorktreeRecord) -> _Start:
    tip = branch_tip(repository.git, record.name)
    begun = any(_has_begun(repository, session) for session in record.sessions)
    own = 0 if tip is None else commits_only_there(repository.git, record.name)
    if own and not record.created:
        raise GitError(
            f"there is a branch `{record.name}` of which mmm has no record, with {plural(own, 'commit')} of its own; "
            "rename it"
        )
    if tip is not None and (begun or own):
        return _Start(tip, there=True)
    if begun:
        raise GitError(
            f"the branch `{record.name}` is gone; what it had is in the sessions' rescue references, if anywhere"
        )
    if record.origin is None:
        return _Start(record.commit, there=False)
    origin = branch_tip(repository.git, record.origin)
    if origin is None:
        raise GitError(f"the branch `{record.origin}`, which `{record.name}` begins at, is gone")
    return _Start(origin, there=False)


def _has_begun(repository: Repository, session: str) -> bool:
    return os.path.exists(os.path.join(sessions_path(repository.common_dir), session, "journal.jsonl"))


def _has_tree(repository: Repository, record: WorktreeRecord) -> bool:
    """Whether the work tree that a record speaks of is there, and one of this repository."""
    if record.stage not in ("held", "free"):
        return False
    find_again(repository.git, record.path)
    real = os.path.realpath(record.path)
    known = any(tree.path == real and not tree.main for tree in work_trees(repository.git))
    return known and os.path.isfile(os.path.join(real, ".git"))


def _refuse_holder(repository: Repository, name: str) -> None:
    """A branch that is checked out in a work tree which is not the item's is somebody's wish. Raises ``GitError``."""
    for tree in work_trees(repository.git):
        if tree.branch == name and os.path.isdir(tree.path):
            raise GitError(
                f"the branch `{name}` is checked out in `{tree.path}`; check out another branch there"
            )
        if tree.branch == name:
            throw_away(repository.git, tree.path)  # only git remembers it


def _placed(
    repository: Repository, record: WorktreeRecord, start: _Start, environ: Mapping[str, str]
) -> ItemTree:
    """A work tree on the item's branch: one that was given back, or else a fresh one."""
    common = repository.common_dir
    _forget_unfinished(repository, record)
    _refuse_holder(repository, record.name)
    folder = os.path.realpath(project_folder(environ, common))
    empty_trash(folder)
    claimed, reused = _claimed(common, record, start, folder)
    if reused and not _switched(repository, claimed, start):
        claimed, reused = _elsewhere(repository, claimed, folder), False
    if not reused:
        _added(repository, claimed, start)
    notes = fill_submodules(repository, claimed.path)
    if start.there and claimed.path == record.path:
        notes += put_left_back(repository, claimed)
    held = change_record(common, record.name, lambda now: evolve(now, stage="held"))
    how: How = "found" if start.there else "reused" if reused else "fresh"
    return ItemTree(held or claimed, how, notes)


def _forget_unfinished(repository: Repository, record: WorktreeRecord) -> None:
    """Remove what an earlier, cut-off attempt has left: nothing has run there. Raises ``GitError``."""
    if record.stage != "making" or not record.path:
        return
    repository.clear_locks_of_refs((f"refs/heads/{record.name}",))
    throw_away(repository.git, record.path)
    throw_folder(record.path)

    def without_it(now: WorktreeRecord) -> WorktreeRecord:
        return evolve(now, stage="given on")

    for one in records(repository.common_dir):
        if one.stage == "free" and one.path == record.path:
            change_record(repository.common_dir, one.name, without_it)


def _claimed(common: str, record: WorktreeRecord, start: _Start, folder: str) -> tuple[WorktreeRecord, bool]:
    """Write the record of a work tree that is being made; whether it takes one that an earlier item gave back.

    Who gave it back is the second to be written: a crash between the two leaves the newer record to say who has it. One
    that was deleted is made where it was, for its sessions know it there.
    """
    with records_held(common):
        now = read_record(common, record.name) or record
        known = records(common)
        again = start.there and now.stage != "given on" and not os.path.lexists(now.path)
        giver = None if again else _free(known, record)
        commit = now.commit if start.there else start.commit
        created = now.created or time.time()
        there = now.path if again else None if giver is None else giver.path
        path = there or _unused(known, folder, record.name)
        claimed = evolve(now, path=path, commit=commit, created=created, stage="making")
        write_record(common, claimed)
        if giver is not None:
            write_record(common, evolve(giver, stage="given on"))
    return claimed, giver is not None


def _elsewhere(repository: Repository, record: WorktreeRecord, folder: str) -> WorktreeRecord:
    """A fresh folder in place of one that could not be taken over. That one goes, unless somebody has locked it."""
    with contextlib.suppress(GitError):
        throw_away(repository.git, record.path)
        throw_folder(record.path)
    with records_held(repository.common_dir):
        moved = evolve(record, path=_unused(records(repository.common_dir), folder, record.name))
        write_record(repository.common_dir, moved)
    return moved


def _unused(known: Sequence[WorktreeRecord], folder: str, name: str) -> str:
    """An empty folder that is nobody else's: the one of the item's own name may be another item's by now.

    Called while records are held. One that is there, empty and in no record was made by an mmm that was killed before it
    could write that down.
    """
    in_use = {one.place for one in known if one.name != name}
    for number in _from(1):
        path = os.path.join(folder, name if number == 1 else f"{name}.{number}")
        if path in in_use:
            continue
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
            return path
        if os.path.isdir(path) and not os.path.islink(path) and not os.listdir(path):
            return path
    raise AssertionError("the numbers do not end")


def _free(known: Sequence[WorktreeRecord], record: WorktreeRecord) -> WorktreeRecord | None:
    """Another item of the map whose work tree may be taken."""
    in_use = {one.path for one in known if one.stage in ("making", "held")}
    return next(
        (
            one
            for one in sorted(known, key=lambda one: one.name)
            if one.stage == "free"
            and one.map == record.map
            and one.name != record.name
            and one.path not in in_use
            and not one.cleaning
            and os.path.isfile(os.path.join(one.path, ".git"))
        ),
        None,
    )


def _switched(repository: Repository, record: WorktreeRecord, start: _Start) -> bool:
    """Put a work tree that was another item's on this one's branch; whether that could be done.

    Ignored files stay, so that builds go on from them; what `.worktreeinclude` names is copied anew.
    """
    try:
        find_again(repository.git, record.path)
        inner = Repository.find(record.path)
        if inner.common_dir != repository.common_dir or _is_locked(repository, inner.root):
            return False
        switch_to(inner.git, record.name, start.commit)
        renew_included(repository.git, record.path)
    except (GitError, OSError):
        return False
    return True


def _is_locked(repository: Repository, root: str) -> bool:
    """Whether `git worktree lock` protects a work tree: somebody wants it as it is."""
    return any(tree.path == root and tree.locked for tree in work_trees(repository.git))


def _added(repository: Repository, record: WorktreeRecord, start: _Start) -> None:
    """Make a fresh work tree. Raises ``GitError`` and ``OSError``, after which the record says what is to be made."""
    throw_away(repository.git, record.path)  # git may remember one there that is gone
    put_on_branch(repository.git, record.path, record.name, start.commit)
    copy_included(repository.git, record.path)
