"""Damage that a step can do to git's own files and that would stop everything: put right, and told.

A step may change settings; remotes and branches are the user's and stay as it left them. But settings with which git
no longer opens the work tree (`core.bare`, `core.worktree`, a file that is not valid) would leave the session, and the
user, without a repository.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from mmm_lang.git.call import Git
from mmm_lang.git.worktree_index import user_index

Settings = Mapping[str, bytes | None]
"""The files with a repository's own settings, and their bytes; ``None`` for one that is not there."""


def read_settings(git: Git) -> Settings:
    """The settings of the repository and of this work tree as they are now."""
    paths = (os.path.join(git.common_dir, "config"), os.path.join(git.git_dir, "config.worktree"))
    return {path: _content(path) for path in paths}


def mend_settings(git: Git, saved: Settings) -> bool:
    """Put ``saved`` back where git no longer opens this work tree with the settings that are there; whether it did."""
    now = read_settings(git)
    if now == saved or not os.path.isdir(git.common_dir) or _opens(git):
        return False
    for path, content in saved.items():
        if now[path] != content:
            _put(path, content)
    return True


def mend_index(git: Git) -> bool:
    """Make the user's index anew from HEAD where it is gone or no index; whether that was so. What was staged is lost."""
    path = user_index(git)
    try:
        with open(path, "rb") as file:
            sound = file.read(4) == b"DIRC"
    except FileNotFoundError:
        sound = False
    if sound:
        return False
    if os.path.lexists(path):
        os.unlink(path)
    git.attempt("read-tree", "HEAD")  # nothing to do where HEAD is on a branch without a commit
    git.attempt("update-index", "-q", "--refresh")
    return True


def _opens(git: Git) -> bool:
    done = git.ask("rev-parse", "--show-toplevel")
    top = os.fsdecode(done.stdout).removesuffix("\n")
    return done.exit_code == 0 and os.path.realpath(top) == git.root


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # gone, or a folder in its place
        return None


def _put(path: str, content: bytes | None) -> None:
    if content is None:
        os.unlink(path)
        return
    scratch = f"{path}.mmm"
    with open(scratch, "wb") as file:
        file.write(content)
    os.replace(scratch, path)
