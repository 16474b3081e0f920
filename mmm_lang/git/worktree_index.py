"""Index files of our own, and putting paths into an index by name.

The user's index is never written by a snapshot: a session has an index file of its own, which begins as a copy
of the user's (so that nothing has to be hashed anew) and then follows the work tree by itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from typing import TypeVar

from attrs import evolve, frozen

from mmm_lang.git.call import Git, join_nul
from mmm_lang.git.errors import Locked

_T = TypeVar("_T")


def exact(git: Git) -> Git:
    """The same git, that sees and writes files as they are, whatever a user wants `git status` to look away from.

    Executable bits and links are there on every system that mmm cooks on; of names that differ only in case the file
    system decides (a `core.ignoreCase` that is wrong would lose one of two files).
    """
    return evolve(git, sight=("core.fileMode=true", "core.symlinks=true", case_folding(git)))


def case_folding(git: Git) -> str:
    """The setting that says whether two names that differ in case are one file here."""
    folds = os.path.lexists(os.path.join(git.root, ".GIT"))
    return f"core.ignoreCase={str(folds).lower()}"


def user_index(git: Git) -> str:
    """The path of the index that the user's own git commands work with."""
    return os.path.join(git.git_dir, "index")


def copy_user_index(git: Git, index: str) -> bool:
    """Make ``index`` a copy of the user's index; ``False`` where there is none (git reads that as empty).

    The copy keeps the time of the original: git compares it with the times of files to know which entries were
    recorded too close to a change to be trusted.
    """
    os.makedirs(os.path.dirname(index), exist_ok=True)
    try:
        shutil.copy2(user_index(git), index)
    except FileNotFoundError:
        return False
    return True


def session_excludes(index: str) -> str:
    """Where the ``.git/info/exclude`` of the session's beginning is kept: no tree holds it, and a step may change it."""
    return index + ".exclude"


def keep_excludes(git: Git, index: str) -> None:
    """At the beginning of a session, keep what ``.git/info/exclude`` says then."""
    os.makedirs(os.path.dirname(index), exist_ok=True)
    if not os.path.exists(session_excludes(index)):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(os.path.join(git.common_dir, "info", "exclude"), session_excludes(index))


def begin_session_index(git: Git, index: str) -> None:
    """Make ``index`` a copy of the user's index in which no flag hides a file that is there."""
    scratch = index + ".new"
    if copy_user_index(git, scratch):
        _forget_blinkers(git, scratch)
        os.replace(scratch, index)


def align(git: Git, tree: str, index: str | None = None) -> None:
    """Make an index (``None``: the user's) hold what ``tree`` holds; entries that agree keep what is known of them.

    Reading the whole tree in is left to the cases that need it: conflicts, and a sparse checkout, whose flags git has
    to set anew.
    """
    options = ("--cached", "-z", "--raw", "--no-abbrev", "--no-renames", "--ita-visible-in-index")
    raw = git.read("diff-index", *options, "--ignore-submodules=none", tree, "--", index=index)
    entries = parse_raw(raw.split(b"\0"))
    sparse = os.path.exists(os.path.join(git.git_dir, "info", "sparse-checkout"))
    if entries and (sparse or any(entry.status == b"U" for entry in entries)):
        git.write("read-tree", "--reset", tree, index=index)
    else:
        write_entries(git, [(entry.before, entry.path) for entry in entries], index)


@frozen
class RawEntry:
    """One line of a ``--raw`` difference: ``before`` and ``after`` are ``mode SP id``, mode 000000 for nothing."""

    before: bytes
    after: bytes
    status: bytes
    path: bytes


def parse_raw(fields: list[bytes]) -> list[RawEntry]:
    """The entries of a ``--raw -z`` output that was split at NUL."""
    entries = []
    for facts, path in zip(fields[0::2], fields[1::2], strict=False):
        mode_before, mode_after, id_before, id_after, status = facts.removeprefix(b":").split(b" ")
        entries.append(RawEntry(mode_before + b" " + id_before, mode_after + b" " + id_after, status, path))
    return entries


def write_entries(git: Git, entries: Iterable[tuple[bytes, bytes]], index: str | None = None) -> None:
    """Set index entries: pairs of ``mode SP id`` and path; mode 000000 takes the path out."""
    gone: list[bytes] = []
    present: list[bytes] = []
    for state, path in entries:
        (gone if state.startswith(b"000000 ") else present).append(state + b"\t" + path + b"\0")
    # What goes, goes first: a folder in place of a file, or the other way round, then finds its place free.
    if gone or present:
        lines = b"".join(gone + present)
        git.write("update-index", "--replace", "-z", "--index-info", stdin=lines, index=index)


def _forget_blinkers(git: Git, index: str) -> None:
    """Clear the flags that make git look away from files that are there.

    ``assume-unchanged`` would hide what a step does to a file; ``skip-worktree`` has to stay on the files that a
    sparse checkout left out, or they would count as deleted.
    """
    assumed: list[bytes] = []
    skipped: list[bytes] = []
    for entry in git.read("ls-files", "-v", "-z", index=index).split(b"\0"):
        tag, name = entry[:1], entry[2:]
        if tag.islower():
            assumed.append(name)
        if tag in b"Ss" and name and os.path.lexists(os.path.join(os.fsencode(git.root), name)):
            skipped.append(name)
    for flag, names in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if names:
            git.write("update-index", flag, "-z", "--stdin", stdin=b"\0".join(names) + b"\0", index=index)


def with_own_lock(index: str, work: Callable[[], _T]) -> _T:
    """Do ``work`` on an index of ours, past a lock file that a killed git left beside it.

    Nobody but the session that owns the index takes that lock, and a session does one thing at a time: a lock that
    has outlived all patience is a dead git's.
    """
    try:
        return work()
    except Locked as error:
        if error.path != os.path.realpath(index) + ".lock":
            raise
        os.unlink(error.path)
        return work()


def stage(git: Git, paths: Iterable[str], index: str) -> None:
    """Record ``paths`` in ``index`` as they are in the work tree; one that is not there is taken out.

    Plain names, not patterns, ignored files too. Swaps of file, folder and link are safe: what goes, goes first.
    """
    present: list[str] = []
    gone: list[str] = []
    for path in sorted(set(paths)):
        (present if _recordable(git.root, path) else gone).append(path)
    if gone:
        git.write("update-index", "--force-remove", "-z", "--stdin", stdin=join_nul(gone), index=index)
    if present:
        git.write("update-index", "--add", "--replace", "-z", "--stdin", stdin=join_nul(present), index=index)


def forget(git: Git, paths: Iterable[str], index: str) -> None:
    """Take ``paths`` out of ``index``; the files themselves stay."""
    git.write("update-index", "--force-remove", "-z", "--stdin", stdin=join_nul(paths), index=index)


def stage_raw(git: Git, paths: Iterable[str], index: str) -> None:
    """Record files byte for byte, past a filter that fails. Git will want to look at each of them again."""
    entries: list[tuple[bytes, bytes]] = []
    for path in paths:
        full = os.path.join(git.root, path)
        mode = os.lstat(full).st_mode
        if stat.S_ISLNK(mode):
            content = os.fsencode(os.readlink(full))
            name = git.write("hash-object", "-w", "--stdin", stdin=content)
        else:
            name = git.write("hash-object", "-w", "--no-filters", "--", full)
        kind = b"120000" if stat.S_ISLNK(mode) else b"100755" if mode & stat.S_IXUSR else b"100644"
        entries.append((kind + b" " + name.strip(), os.fsencode(path)))
    write_entries(git, entries, index)


def _recordable(root: str, path: str) -> bool:
    """Whether git can record something at ``path``: a file, a link, or a repository of its own, not behind a link."""
    parent = os.path.dirname(path)
    while parent:
        if os.path.islink(os.path.join(root, parent)):
            return False
        parent = os.path.dirname(parent)
    full = os.path.join(root, path)
    try:
        mode = os.lstat(full).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISDIR(mode):
        return os.path.lexists(os.path.join(full, ".git"))
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)
