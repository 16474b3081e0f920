"""What git is to look away from: mmm's own files, and what was ignored before a step changed the rules."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Sequence

from mmm_lang.git.call import Git, call_git, environment, join_nul, reason, split_nul
from mmm_lang.git.errors import GitError

_OWN = "/context/\n/state.json\n/.gitignore\n"


def write_ignore(root: str, scratch: str | None = None) -> None:
    """Write ``.mmm/.gitignore`` under ``root`` if there is none, so that ``git status`` does not speak of mmm's files.

    A file that is there is somebody's and stays as it is. ``scratch``: a folder outside the work tree where it is
    written first, so that who is killed here leaves nothing behind. Raises `GitError` where it cannot be written.
    """
    folder = os.path.join(root, ".mmm")
    target = os.path.join(folder, ".gitignore")
    if os.path.lexists(target):
        return
    try:
        os.makedirs(folder, exist_ok=True)
        _put_ignore(target, folder if scratch is None else scratch)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise GitError(
            f"`{target}` cannot be written: {why}; make `.mmm` a folder that you may write to"
        ) from error


def _put_ignore(target: str, scratch: str) -> None:
    os.makedirs(scratch, mode=0o700, exist_ok=True)
    handle, written = tempfile.mkstemp(prefix=".gitignore.", dir=scratch)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(_OWN)
    os.chmod(written, 0o644)
    try:
        os.replace(written, target)
    except OSError as error:
        os.unlink(written)
        if error.errno != errno.EXDEV or scratch == os.path.dirname(target):
            raise
        _put_ignore(target, os.path.dirname(target))


def ignored_by_rules_of(git: Git, tree: str, paths: Sequence[str], excludes: str) -> set[str]:
    """Those of ``paths`` that the ``.gitignore`` files *in* ``tree`` ignore, whatever the work tree's files say now.

    The rules are laid out in a scratch folder and git is asked there, once with today's ``.git/info/exclude`` and
    once with the file ``excludes`` in its place if there is one. A path is a file, or a nested repository where it
    is a folder on disk.
    """
    if not paths:
        return set()
    with tempfile.TemporaryDirectory(prefix="mmm-ignore-") as scratch:
        for rules in _ignore_files(git, tree):
            target = os.path.join(scratch, rules)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(git.read("cat-file", "blob", f"{tree}:{rules}"))
        for path in paths:
            if os.path.isdir(os.path.join(git.root, path)):
                os.makedirs(os.path.join(scratch, path), exist_ok=True)
        ignored = _ask_there(git, scratch, paths, ())
        if os.path.exists(excludes):
            ignored |= _ask_there(git, scratch, paths, (f"core.excludesFile={excludes}",))
    return ignored


def _ask_there(git: Git, scratch: str, paths: Sequence[str], settings: tuple[str, ...]) -> set[str]:
    env = environment() | {"GIT_DIR": git.git_dir, "GIT_WORK_TREE": scratch, "LC_ALL": "C"}
    question = ("check-ignore", "--no-index", "-z", "--stdin")
    done = call_git(question, cwd=scratch, settings=settings, env=env, stdin=join_nul(paths))
    if done.exit_code not in (0, 1):
        raise GitError(f"git cannot tell what was ignored in `{git.root}`: {reason(done.stderr)}")
    return set(split_nul(done.stdout))


def _ignore_files(git: Git, tree: str) -> list[str]:
    """The ``.gitignore`` files of a tree; one that is a link has no say in git either."""
    found = []
    for entry in git.read("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        if facts.startswith(b"100") and os.path.basename(name) == b".gitignore":
            found.append(os.fsdecode(name))
    return found
