"""What the commands about work trees share: which one is meant, and what is said before they begin."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message
from mmm_lang.diagnostics.display import visible
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.mending import mend
from mmm_lang.worktrees.record import NoSuchWorktree, named
from mmm_lang.worktrees.standing import Worktree


def meant(found: Sequence[Worktree], name: str) -> Worktree:
    """The work tree of that name, or the only one that begins so. Raises `UsageFailure`."""
    try:
        wanted = named(name, tuple(one.name for one in found))
    except NoSuchWorktree as error:
        raise UsageFailure(str(error)) from None
    return next(one for one in found if one.name == wanted)


def mended(repository: Repository) -> None:
    """Take back what was cut off, and say so; the caller is ``alone``."""
    for sentence in mend(repository, os.environ):
        write_message(f"note: {visible(sentence)}")


def waiting() -> None:
    """Say that another mmm is waited for."""
    write_message("waiting for another mmm that merges or removes worktrees of this repository")
