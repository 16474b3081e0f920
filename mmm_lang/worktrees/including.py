"""Ignored files that a fresh work tree gets a copy of: what ``.worktreeinclude`` names, such as ``.env``.

The file has the syntax of ``.gitignore``. Only ignored files are copied: all others are git's, or nobody's.
"""

from __future__ import annotations

import os
import shutil
import stat

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
    missing = [path for path in included(git) if not os.path.lexists(os.path.join(to, path))]
    return tuple(path for path in missing if _copied(git.root, path, to))


def renew_included(git: Git, to: str) -> tuple[str, ...]:
    """Copy them into a work tree that had copies before, in place of what lies there; which were.

    A folder in the place of a file stays, and what git tracks there does. Raises ``OSError`` and ``GitError``.
    """
    files = included(git)
    tracked = set(split_nul(git.read("-C", to, "ls-files", "-z"))) if files else set()
    return tuple(path for path in files if path not in tracked and _copied(git.root, path, to))


def _copied(start: str, path: str, to: str) -> bool:
    """Copy one file; not through a link that leads out of the work tree, and not onto a folder. Whether it was."""
    source, target = os.path.join(start, path), os.path.join(to, path)
    place = to
    for part in path.split("/")[:-1]:
        place = os.path.join(place, part)
        if os.path.lexists(place) and not stat.S_ISDIR(os.lstat(place).st_mode):
            return False
    if os.path.isdir(target) and not os.path.islink(target):
        return False
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.lexists(target):
        os.unlink(target)
    shutil.copy2(source, target, follow_symlinks=False)
    return True
