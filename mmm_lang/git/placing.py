"""Files put into the work tree with care: nothing is overwritten or removed but what is named.

`rollback.restore` makes the whole work tree equal to a snapshot. Here only the files that differ between two trees are
touched, once, and git refuses where one of them is not as the first tree says.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from mmm_lang.git.call import Git, reason
from mmm_lang.git.changes import changed
from mmm_lang.git.errors import GitError
from mmm_lang.git.worktree_index import exact


def place_files(git: Git, now: str, to: str, index: str) -> None:
    """Write what differs from tree ``now``, which the work tree is and ``index`` (of ours) holds, to tree ``to``.

    HEAD and the user's index stay. What is `in_the_way` should be looked for before. Raises `GitError`, before anything
    is written, where a file has changed meanwhile.
    """
    done = exact(git).attempt("read-tree", "-m", "-u", now, to, index=index, own={"LC_ALL": "C"})
    if done.exit_code != 0 or b"unable to unlink" in done.stderr:
        raise GitError(
            f"the files in `{git.root}` cannot be written: {reason(done.stderr)}; mend that and try again"
        )


def in_the_way(git: Git, now: str, to: str, named: Iterable[str]) -> tuple[str, ...]:
    """The files that would be lost on the way from tree ``now`` to tree ``to``, though they are not ``named``.

    They stand where a folder or file will be: some are in ``now``, others git does not see, since they are ignored.
    """
    changes = changed(git, now, to)
    goes = {change.path for change in changes if change.status != "A"}
    found = sorted(goes - set(named))
    for path in (change.path for change in changes if change.status == "A"):
        place = os.path.join(git.root, path)
        stands = place if os.path.lexists(place) else _file_above(git.root, path)
        if stands is not None:
            found += [each for each in _files_at(git.root, stands) if each not in goes]
    return tuple(dict.fromkeys(found))


def _file_above(root: str, path: str) -> str | None:
    """A file or link that stands where a folder above ``path`` has to be."""
    parts = path.split("/")[:-1]
    for length in range(1, len(parts) + 1):
        place = os.path.join(root, *parts[:length])
        if os.path.islink(place) or (os.path.lexists(place) and not os.path.isdir(place)):
            return place
    return None


def _files_at(root: str, place: str) -> Iterable[str]:
    """Every file at and below a place, relative to ``root``."""
    if os.path.islink(place) or not os.path.isdir(place):
        return (os.path.relpath(place, root),)
    files = (os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
    return (os.path.relpath(file, root) for file in files)
