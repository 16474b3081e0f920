"""Trees made of other trees, without touching the work tree."""

from __future__ import annotations

import os
from collections.abc import Iterable

from mmm_lang.git.call import Git
from mmm_lang.git.worktree_index import with_own_lock, write_entries


def mixed_tree(git: Git, tree: str, source: str, paths: Iterable[str], scratch: str) -> str:
    """A tree like ``tree`` whose ``paths`` are as in ``source``, and absent where they are absent there.

    ``scratch`` is the path of an index file of our own; it is overwritten.
    """
    wanted = {os.fsencode(path) for path in paths}
    if not wanted:
        return tree
    entries: list[tuple[bytes, bytes]] = []
    for entry in git.read("ls-tree", "-r", "-z", source).split(b"\0"):
        about, _, path = entry.partition(b"\t")
        if path in wanted:
            mode, _, name = about.split(b" ")
            entries.append((mode + b" " + name, path))
            wanted.remove(path)
    entries += [(b"000000 " + b"0" * len(tree), path) for path in sorted(wanted)]

    def write() -> str:
        git.write("read-tree", tree, index=scratch)
        write_entries(git, entries, scratch)
        return os.fsdecode(git.write("write-tree", index=scratch)).strip()

    return with_own_lock(scratch, write)
