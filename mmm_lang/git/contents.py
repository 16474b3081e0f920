"""What changes wrote, content by content: the new files of a tree or of commits, read from the object store.

As git stores them, not as they lie in the work tree: filters and line ends have been applied, so that this is what a
commit would hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import frozen

from mmm_lang.git.call import Git
from mmm_lang.git.worktree_index import RawEntry, parse_raw

_AT_ONCE = 32 * 1024 * 1024
"""Bytes of contents that are in memory at one time, a single larger file aside."""

_REPOSITORY = b"160000"
_RAW = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev")


@frozen
class Written:
    """One file as a change wrote it, and as it was before (empty where there was none). ``path`` is ``None`` for a commit
    itself: its message and its people."""

    path: str | None
    before: bytes
    after: bytes


def written(git: Git, before: str, after: str, suspect: Callable[[bytes], bool]) -> tuple[Written, ...]:
    """The files of tree ``after`` that are not as in ``before`` and whose content or path is ``suspect``."""
    raw = git.read("diff-tree", *_RAW, "--ignore-submodules=none", before, after)
    return _suspects(git, parse_raw(raw.split(b"\0")), (), suspect)


def written_by(
    git: Git, commits: Sequence[str], base: str, suspect: Callable[[bytes], bool]
) -> tuple[Written, ...]:
    """What these commits (oldest first, the descendants of ``base``) wrote, where it is ``suspect``: the files of each,
    and the commits themselves. Of a merge, what it has that ``base`` has not."""
    if not commits:
        return ()
    lines = "".join(f"{commit}\n" for commit in commits) + f"{commits[-1]} {base}\n"
    raw = git.read("diff-tree", *_RAW, "--stdin", "--root", "--no-commit-id", stdin=lines.encode())
    return _suspects(git, parse_raw(raw.split(b"\0")), commits, suspect)


def _suspects(
    git: Git, entries: Iterable[RawEntry], commits: Iterable[str], suspect: Callable[[bytes], bool]
) -> tuple[Written, ...]:
    """Each content is read once, and what was there before only for those that are suspect."""
    places: dict[str, list[RawEntry]] = {}
    for entry in entries:
        mode, _, blob = entry.after.partition(b" ")
        if entry.status != b"D" and mode != _REPOSITORY:
            places.setdefault(os.fsdecode(blob), []).append(entry)
    found = []
    for name, content in _read(git, [*places, *commits]):
        whole = suspect(content)
        if whole and name not in places:
            found.append(Written(None, b"", content))
        for entry in places.get(name, ()):
            if whole or suspect(entry.path):
                found += [Written(os.fsdecode(entry.path), _before(git, entry), content)]
    return tuple(found)


def _before(git: Git, entry: RawEntry) -> bytes:
    mode, _, blob = entry.before.partition(b" ")
    if mode in (b"000000", _REPOSITORY):
        return b""
    return next((content for _, content in _read(git, [os.fsdecode(blob)])), b"")


def _read(git: Git, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Objects by name, with their contents."""
    for group in _groups(git, names):
        output = git.read("cat-file", "--batch", stdin="".join(f"{name}\n" for name in group).encode())
        place = 0
        for name in group:
            end = output.index(b"\n", place)
            size = output[place:end].rpartition(b" ")[2]
            if size == b"missing":
                place = end + 1
                continue
            place = end + 1 + int(size)
            yield name, output[end + 1 : place]
            place += 1


def _groups(git: Git, names: Sequence[str]) -> Iterator[list[str]]:
    """The names in groups whose contents fit into memory together."""
    if len(names) <= 1:
        yield from ([name] for name in names)
        return
    lines = "".join(f"{name}\n" for name in names).encode()
    sizes = git.read("cat-file", "--batch-check=%(objectsize)", stdin=lines).split(b"\n")
    group: list[str] = []
    total = 0
    for name, answer in zip(names, sizes, strict=False):
        size = int(answer) if answer.isdigit() else 0
        if group and total + size > _AT_ONCE:
            yield group
            group, total = [], 0
        group.append(name)
        total += size
    if group:
        yield group
