"""Ignored files that a fresh work tree gets a copy of: what ``.worktreeinclude`` names, such as ``.env``.

The file has the syntax of ``.gitignore``. Only ignored files are copied: all others are git's, or nobody's.
"""

from __future__ import annotations

import os
import shutil

from mmm_lang.git.call import Git, join_nul, split_nul

INCLUDE = ".worktreeinclude"


def included(git: Git) -> tuple[str, ...]:
    """The files to copy, relative to the work tree's root. Raises ``GitError``."""
    patterns = os.path.join(git.root, INCLUDE)
    if not os.path.isfile(patterns):
        return ()
    named = split_nul(git.read("ls-files", "-z", "--others", "--ignored", f"--exclude-from={patterns}"))
    files = [path for path in named if not path.endswith("/")]
    if not files:
        return ()
    return tuple(split_nul(git.ask("check-ignore", "-z", "--stdin", stdin=join_nul(files)).stdout))


def copy_included(git: Git, to: str) -> tuple[str, ...]:
    """Copy them into another work tree, where nothing is overwritten; which were. Raises ``OSError`` and ``GitError``."""
    copied = []
    for path in included(git):
        target = os.path.join(to, path)
        if os.path.lexists(target):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(git.root, path), target, follow_symlinks=False)
        copied.append(path)
    return tuple(copied)
