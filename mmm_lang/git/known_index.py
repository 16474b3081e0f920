"""What the last session knew of the files, kept for the next: so that large untracked files are not hashed each time.

A session's index begins as a copy of the user's, which knows tracked files only. Where the first look at the work tree
took long, the index that it made is kept beside the user's. The next session begins with it, if what it says still
holds: the same settings and attributes (they decide how content is recorded), no file that is ignored now, no object
that was collected meanwhile. Git then compares the times of files, as it does with its own index.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil

from mmm_lang.git.call import Git, split_nul
from mmm_lang.git.errors import GitError
from mmm_lang.git.worktree_index import forget, parse_raw

LONG = 0.5
"""Seconds of a first look from which on it is worth keeping what it found."""


def keep_index(git: Git, index: str, took: float) -> None:
    """After the first look of a session, which took so many seconds: keep its ``index``, or forget an older one."""
    place = _place(git)
    with contextlib.suppress(OSError, GitError):
        if took < LONG and not os.path.exists(place):
            return
        scratch = f"{place}.new"
        shutil.copy2(index, scratch)
        os.chmod(scratch, 0o600)
        with open(f"{place}.holds", "w", encoding="ascii") as file:
            file.write(_circumstances(git))
        os.replace(scratch, place)


def begin_with_kept_index(git: Git, index: str) -> bool:
    """Make ``index`` a copy of the kept one; ``False`` where there is none, or it holds no more."""
    place = _place(git)
    if not os.path.exists(place) or os.path.exists(os.path.join(git.git_dir, "info", "sparse-checkout")):
        return False
    try:
        with open(f"{place}.holds", encoding="ascii") as file:
            if file.read() != _circumstances(git):
                return False
        shutil.copy2(place, index)
        stale = {*_ignored(git, index), *_without_object(git, index)}
        if stale:
            forget(git, sorted(stale), index)
    except (OSError, GitError, ValueError):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(index)
        return False
    return True


def _place(git: Git) -> str:
    return os.path.join(git.git_dir, "mmm", "known.index")


def _circumstances(git: Git) -> str:
    """A digest of what decides how a file's content is recorded."""
    digest = hashlib.sha256(git.ask("config", "-z", "--get-regexp", r"^(core|filter|extensions)\.").stdout)
    names = split_nul(git.read("ls-files", "-z", "-c", "-o", "--", ":(top,glob)**/.gitattributes"))
    paths = [os.path.join(git.root, name) for name in sorted(set(names))]
    for path in (*paths, os.path.join(git.common_dir, "info", "attributes")):
        digest.update(os.fsencode(path) + b"\0")
        with contextlib.suppress(OSError), open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _ignored(git: Git, index: str) -> set[str]:
    """What the kept index has and rules ignore now; of that the user's index may still have some."""
    question = ("ls-files", "-z", "-i", "-c", "--exclude-standard")
    found = set(split_nul(git.read(*question, index=index)))
    return found - set(split_nul(git.read(*question))) if found else found


def _without_object(git: Git, index: str) -> set[str]:
    raw = git.read(
        "diff-index", "--cached", "-z", "--raw", "--no-abbrev", "--no-renames", "HEAD", index=index
    )
    blobs = {
        entry.path: entry.after
        for entry in parse_raw(raw.split(b"\0"))
        if not entry.after.startswith((b"0", b"16"))
    }
    names = [state.split(b" ")[1] for state in blobs.values()]
    if not names:
        return set()
    asked = git.read("cat-file", "--batch-check", "--buffer", stdin=b"\n".join(names) + b"\n")
    gone = {line.split(b" ")[0] for line in asked.splitlines() if line.endswith(b" missing")}
    return {os.fsdecode(path) for path, state in blobs.items() if state.split(b" ")[1] in gone}
