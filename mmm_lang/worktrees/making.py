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
from mmm_lang.git.linked import add_on_new_branch, branch_tip, delete_branch, remove_tree
from mmm_lang.git.preconditions import tracked_changes
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.including import INCLUDE, copy_included
from mmm_lang.worktrees.places import names, project_folder
from mmm_lang.worktrees.record import WorktreeRecord, drop_record, read_record, record_path, write_record


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
    name, path = _reserved(repository, folder, template.playbook)
    record = evolve(
        template, name=name, path=path, origin=head.branch, commit=head.commit, created=time.time()
    )
    try:
        write_record(repository.common_dir, record)
        add_on_new_branch(repository.git, path, name, head.commit)
        copied = copy_included(repository.git, path)
    except (GitError, OSError):
        discard(repository, record)
        raise
    return Made(record, tuple(_notes(repository, copied)))


def _reserved(repository: Repository, folder: str, playbook: str) -> tuple[str, str]:
    """A name that nobody has, and its folder, empty: whoever makes a folder first has its name."""
    for name in names(playbook, time.time()):
        path = os.path.join(folder, name)
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue
        taken = os.path.exists(record_path(repository.common_dir, name))
        if not taken and branch_tip(repository.git, name) is None:
            return name, os.path.realpath(path)
        os.rmdir(path)
    raise AssertionError("the numbers do not end")


def discard(repository: Repository, record: WorktreeRecord) -> None:
    """Remove a work tree in which nothing has run yet, as far as that is possible."""
    with contextlib.suppress(GitError):
        remove_tree(repository.git, record.path)
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
    if os.path.isfile(os.path.join(repository.root, ".gitmodules")):
        notes.append(
            "submodules are not checked out in a fresh worktree; a step of `setup:` with "
            "`git submodule update --init` does that"
        )
    return notes


def remember_session(common_dir: str, name: str, session: str) -> None:
    """Write down that a session runs in a work tree of mmm's; nothing where there is no record of it any more."""
    record = read_record(common_dir, name)
    if record is not None and session not in record.sessions:
        write_record(common_dir, evolve(record, sessions=(*record.sessions, session)))
