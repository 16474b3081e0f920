"""What the commands about work trees share: which one is meant, and what is said before they begin."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message
from mmm_lang.diagnostics.display import visible
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.cleaning import CannotClean, clean
from mmm_lang.worktrees.mending import mend
from mmm_lang.worktrees.record import NoSuchWorktree, named
from mmm_lang.worktrees.standing import Worktree, worktrees_of


def meant(found: Sequence[Worktree], name: str) -> Worktree:
    """The work tree of that name, or the only one that begins so. Raises `UsageFailure`."""
    try:
        wanted = named(name, tuple(one.name for one in found))
    except NoSuchWorktree as error:
        raise UsageFailure(str(error)) from None
    return next(one for one in found if one.name == wanted)


def mended(repository: Repository) -> frozenset[str]:
    """Take back merges that were cut off, finish removals, and say so; the caller is ``alone``. What was removed."""
    for sentence in mend(repository, os.environ):
        write_message(f"note: {visible(sentence)}")
    gone = set()
    for one in worktrees_of(repository, os.environ):
        if one.status != "cleaning":
            continue
        try:
            clean(repository, one, os.environ, force=False)
        except CannotClean as error:
            write_message(f"note: {visible(str(error))}")
            continue
        gone.add(one.name)
        write_message(f"note: the removal of `{one.name}` that was cut off is finished")
    return frozenset(gone)


def waiting() -> None:
    """Say that another mmm is waited for."""
    write_message("waiting for another mmm that merges or removes worktrees of this repository")
