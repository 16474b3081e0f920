"""The files of a work tree as git sees them, each with a key that stands for its content.

The key is the name of git's blob. For a clean tracked file git knows it already; of any other file it is reckoned from
what lies on the disk, so that a file keeps its key when it is committed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable

from attrs import frozen

from mmm_lang.context.facts import Reason
from mmm_lang.git.call import Git, split_nul

_OWN = (".mmm/context/", ".mmm/state.json", ".mmm/.gitignore")
_MOST_HASHED = 4 * 1024 * 1024
"""Bytes; of a larger file that git has no name for, the size and the time of its last change stand for it."""


@frozen
class Entry:
    """A file: its path, relative to the work tree, with ``/``, and the key of its content."""

    path: str
    key: str


@frozen
class Tree:
    """All files, sorted by path; ``aside`` are those that are none of the project's own text. ``head`` is the commit
    that is checked out, empty before the first."""

    root: str
    head: str
    files: tuple[Entry, ...]
    aside: tuple[tuple[str, Reason], ...]

    @property
    def digest(self) -> str:
        """Stands for names and contents of all files, and for the history up to here."""
        digest = hashlib.sha256(self.head.encode())
        for entry in self.files:
            digest.update(os.fsencode(entry.path) + b"\0" + entry.key.encode() + b"\n")
        for path, reason in self.aside:
            digest.update(os.fsencode(path) + b"\0" + reason.encode() + b"\n")
        return digest.hexdigest()


def read_tree(git: Git) -> Tree:
    """The files that git knows, as they are on the disk, and those that it would not ignore. Raises `GitError`."""
    head = git.ask("rev-parse", "--verify", "--quiet", "HEAD").stdout.decode("ascii", "replace").strip()
    changed, gone = _changed(git)
    files: dict[str, Entry] = {}
    aside: dict[str, Reason] = {}
    loose: list[str] = []
    algorithm = "sha1"
    for tag, mode, blob, path in _tracked(git):
        if path.startswith(_OWN) or path in gone:
            continue
        if len(blob) == 64:
            algorithm = "sha256"
        if mode == "160000":
            aside[path] = "submodule"
        elif tag.upper() == "S":
            aside[path] = "not-checked-out"
        elif mode == "120000" and path not in changed:
            aside[path] = "link"
        elif path in changed or tag.islower() or not blob.strip("0"):
            loose.append(path)
        else:
            files[path] = Entry(path, blob)
    loose += (path for path in _untracked(git) if not path.startswith(_OWN))
    for path in loose:
        found = _look_at(git.root, path, algorithm)
        if isinstance(found, Entry):
            files[path] = found
        elif found is not None:
            aside[path] = found
    return Tree(git.root, head, _sorted(files.values()), tuple(sorted(aside.items())))


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.path))


def _tracked(git: Git) -> Iterable[tuple[str, str, str, str]]:
    """Tag (`S`: not checked out; lower case: git was told not to look), mode, blob and path of each entry."""
    for record in split_nul(git.read("ls-files", "-s", "-v", "-z")):
        about, _, path = record.partition("\t")
        tag, mode, blob, _stage = about.split(" ")
        yield tag, mode, blob, path


def _changed(git: Git) -> tuple[set[str], set[str]]:
    """Tracked files that differ, or may differ, from the index; and those that are gone."""
    fields = split_nul(git.read("diff-files", "-z", "--name-status", "--ignore-submodules=all"))
    pairs = list(zip(fields[::2], fields[1::2], strict=True))
    return {path for _, path in pairs}, {path for status, path in pairs if status == "D"}


def _untracked(git: Git) -> Iterable[str]:
    """Files that git neither knows nor ignores; a repository inside the work tree ends with ``/`` and is none."""
    listed = split_nul(git.read("ls-files", "-o", "--exclude-standard", "-z"))
    return (path for path in listed if not path.endswith("/"))


def _look_at(root: str, path: str, algorithm: str) -> Entry | Reason | None:
    """The entry of a file that git has no name for; ``None`` where nothing is there any more."""
    place = os.path.join(root, path)
    try:
        about = os.lstat(place)
    except OSError:
        return None
    if stat.S_ISLNK(about.st_mode):
        return "link"
    if not stat.S_ISREG(about.st_mode):
        return "submodule" if stat.S_ISDIR(about.st_mode) else "unreadable"
    if about.st_size > _MOST_HASHED:
        return Entry(path, f"{about.st_size}-{about.st_mtime_ns}")
    content = read_content(root, path)
    if content is None:
        return "unreadable"
    digest = hashlib.new(algorithm, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return Entry(path, digest.hexdigest())


def read_content(root: str, path: str, most: int = -1) -> bytes | None:
    """A regular file's bytes, ``most`` of them at most; ``None`` for links, pipes and what cannot be read."""
    try:
        descriptor = os.open(
            os.path.join(root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        try:
            return file.read(most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
        except OSError:
            return None
