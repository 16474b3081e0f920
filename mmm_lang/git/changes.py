"""What differs between two trees, by name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal, cast

from attrs import frozen

from mmm_lang.git.call import Git

Status = Literal["A", "M", "D", "T"]


@frozen
class Change:
    """One path that differs: added, modified (mode too), deleted, or of another type (file, link, repository)."""

    status: Status
    path: str


def changed(git: Git, before: str, after: str, globs: Iterable[str] = ()) -> tuple[Change, ...]:
    """What differs from tree ``before`` to tree ``after``, in git's order of names; renames are two changes.

    ``globs`` keep only what matches one of them: ``*`` and ``?`` stay within a folder, ``**`` crosses folders, a
    pattern without ``/`` is a file's name in any folder, one that ends in ``/`` all below it. No glob: everything.
    """
    patterns = tuple(globs)
    pathspecs = [pathspec(pattern) for pattern in patterns if pattern.strip("/")]
    if patterns and not pathspecs:
        return ()
    arguments = ("-r", "-z", "--no-renames", "--ignore-submodules=none", "--name-status", before, after, "--")
    fields = git.read("diff-tree", *arguments, *pathspecs).split(b"\0")
    pairs = zip(fields[0::2], fields[1::2], strict=False)
    return tuple(Change(cast(Status, os.fsdecode(status)), os.fsdecode(path)) for status, path in pairs)


def pathspec(pattern: str) -> str:
    """Git's spelling of a glob of a playbook."""
    folder = pattern.endswith("/")
    anchored = "/" in pattern.rstrip("/")
    core = pattern.strip("/") + ("/**" if folder else "")
    return f":(top,glob){core}" if anchored else f":(top,glob)**/{core}"


def literal(path: str) -> str:
    """The pathspec that means exactly this path."""
    return f":(top,literal){path}"


def patch(git: Git, before: str, after: str) -> bytes:
    """All that differs from one tree or commit to another, as `git apply` takes it, binary files too."""
    options = ("-r", "-p", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv")
    return git.read("diff-tree", *options, "--no-renames", before, after, "--")
