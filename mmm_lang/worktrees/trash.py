"""Removing work trees in no time: out of the way by a rename, and deleted by a process that nobody waits for.

The trash is a folder beside the work trees, so that a rename reaches it. What a remover that was killed has left there is
taken by the next one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys

from mmm_lang.git.call import Git
from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import remove_tree, work_trees
from mmm_lang.process.errors import ProcessError
from mmm_lang.process.short import run_short
from mmm_lang.worktrees.remover import LOCK

TRASH = ".trash"
_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "remover.py")
_BEHIND = '"$@" </dev/null >/dev/null 2>&1 &'
"""The shell goes at once, and nobody is left who would have to see to the end of what it started."""


def throw_away(git: Git, path: str) -> None:
    """Remove a linked work tree and all that is in it, and have git forget it; fine where git knows none there.

    Nothing of it is left at ``path`` when this returns; the files themselves go in the background. Raises ``GitError``,
    also where `git worktree lock` protects it.
    """
    real = os.path.realpath(path)
    known = next((tree for tree in work_trees(git) if tree.path == real and not tree.main), None)
    if known is None:
        return
    thrown = not known.locked and _out_of_the_way(real)
    remove_tree(git, real)
    if thrown:
        empty_trash(os.path.dirname(real))


def throw_folder(path: str) -> None:
    """Remove a folder of mmm's that git knows nothing of; fine where there is none. Raises ``GitError``."""
    if not os.path.isdir(path) or os.path.islink(path):
        return
    if not _out_of_the_way(path):
        raise GitError(f"the folder `{path}` cannot be removed; see who may write there, and try again")
    empty_trash(os.path.dirname(path))


def empty_trash(folder: str) -> None:
    """Have removed what waits in the trash beside the work trees of ``folder``; returns at once."""
    trash = os.path.join(folder, TRASH)
    if not has_trash(folder):
        return
    argv = ("sh", "-c", _BEHIND, "sh", sys.executable, "-I", "-S", "-B", _PROGRAM, trash)
    with contextlib.suppress(ProcessError):  # the next one takes it
        run_short(argv, cwd="/")


def has_trash(folder: str) -> bool:
    """Whether anything waits in the trash beside the work trees of ``folder``."""
    try:
        return any(name != LOCK for name in os.listdir(os.path.join(folder, TRASH)))
    except OSError:
        return False


def _out_of_the_way(path: str) -> bool:
    """Move a folder into the trash; whether that could be done."""
    trash = os.path.join(os.path.dirname(path), TRASH)
    to = os.path.join(trash, f"{os.path.basename(path)}.{secrets.token_hex(4)}")
    try:
        os.makedirs(trash, mode=0o700, exist_ok=True)
        os.rename(path, to)
    except OSError:
        return False  # another file system, or another user's: git removes it, and says why where it cannot
    with contextlib.suppress(OSError):
        os.unlink(os.path.join(to, ".git"))  # so that no git there takes it for a work tree
    return True
