"""A fresh work tree for a session: its name, its record, its branch, its files."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping

from attrs import evolve, frozen

from mmm_lang.figures import plural
from mmm_lang.git.call import named as listed
from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import add_on_new_branch, branch_tip, delete_branch
from mmm_lang.git.preconditions import tracked_changes
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.including import INCLUDE, copy_included
from mmm_lang.worktrees.places import names, project_folder
from mmm_lang.worktrees.record import (
    WorktreeRecord,
    change_record,
    drop_record,
    record_path,
    records_held,
    write_record,
)
from mmm_lang.worktrees.submodules import fill_submodules
from mmm_lang.worktrees.trash import throw_away


@frozen
class Made:
    """A fresh work tree, and what a person should know about it, a sentence each."""

    record: WorktreeRecord
    notes: tuple[str, ...] = ()


def make(repository: Repository, template: WorktreeRecord, environ: Mapping[str, str]) -> Made:
    """Make a work tree at HEAD of ``repository``, on a new branch; ``template`` says what is to be remembered of it.

    Its name, path, origin and commit are filled in here. Where that fails nothing of it is left. Raises ``GitError``
    (a repository without a commit among others) and ``OSError``.
    """
    head = repository.head()
    folder = project_folder(environ, repository.common_dir)
    born = evolve(template, origin=head.branch, commit=head.commit, created=time.time())
    record = _reserved(repository, folder, born)
    try:
        os.mkdir(record.path, 0o700)
        add_on_new_branch(repository.git, record.path, record.name, head.commit)
        copied = copy_included(repository.git, record.path)
    except (GitError, OSError):
        discard(repository, record)
        raise
    return Made(record, (*_notes(repository, copied), *fill_submodules(repository, record.path)))


def _reserved(repository: Repository, folder: str, born: WorktreeRecord) -> WorktreeRecord:
    """The record with a name that nobody has, written: whoever writes a record first has its name."""
    common = repository.common_dir
    for name in names(born.playbook, born.created):
        if branch_tip(repository.git, name) is not None:
            continue
        record = evolve(born, name=name, path=os.path.realpath(os.path.join(folder, name)))
        with records_held(common):
            if not os.path.exists(record_path(common, name)) and not os.path.lexists(record.path):
                write_record(common, record)
                return record
    raise AssertionError("the numbers do not end")


def discard(repository: Repository, record: WorktreeRecord) -> None:
    """Remove a work tree in which nothing has run yet, as far as that is possible."""
    with contextlib.suppress(GitError):
        throw_away(repository.git, record.path)
    with contextlib.suppress(GitError):
        if branch_tip(repository.git, record.name) == record.commit:
            delete_branch(repository.git, record.name, record.commit)
    with contextlib.suppress(OSError):
        os.rmdir(record.path)
    with contextlib.suppress(OSError):
        drop_record(repository.common_dir, record.name)


def _notes(repository: Repository, copied: tuple[str, ...]) -> list[str]:
    notes = []
    changes = tracked_changes(repository.git)
    if changes:
        has = "has" if len(changes) == 1 else "have"
        notes.append(
            f"{plural(len(changes), 'tracked file')} in `{repository.root}` {has} uncommitted changes, which are not in "
            f"the worktree: {listed(changes)}"
        )
    if copied:
        notes.append(f"copied as `{INCLUDE}` says: {listed(copied)}")
    return notes


def remember_session(common_dir: str, name: str, session: str) -> None:
    """Write down that a session runs in a work tree of mmm's; nothing where there is no record of it any more."""

    def with_it(record: WorktreeRecord) -> WorktreeRecord:
        if session in record.sessions:
            return record
        return evolve(record, sessions=(*record.sessions, session), maker=None)

    change_record(common_dir, name, with_it)
