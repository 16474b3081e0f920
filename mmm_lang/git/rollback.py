"""Going back to a snapshot: HEAD, branch, work tree and the user's index, touching only what differs.

Every part looks at what is there now and does what is missing, so a rollback that was killed half way is finished
by doing it again. Ignored files stay, also those that are ignored only by rules that a step took away. Repositories
inside the work tree are never removed; only submodules are moved, back to where they stood.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator

from attrs import frozen

from mmm_lang.git.call import Git, join_nul, reason, split_nul
from mmm_lang.git.changes import changed
from mmm_lang.git.damage import mend_index
from mmm_lang.git.errors import GitError
from mmm_lang.git.ignore import ignored_by_rules_of
from mmm_lang.git.inside import put_submodules_back
from mmm_lang.git.snapshot import Snapshot, failed_filters, without_filters, working_tree_as_it_is
from mmm_lang.git.worktree_index import align, forget, session_excludes, stage, with_own_lock

_TRIES = 3
_LOG = "mmm: back to where the step began"


def restore(git: Git, to: Snapshot, index: str) -> tuple[str, ...]:
    """Make HEAD, its branch, the working state and the user's index equal to ``to``.

    ``index`` is the session's own index file. What is thrown away should be in a rescue ref before. The answer has a
    sentence for each submodule that could not be put back without loss. Raises `GitError` where files keep changing,
    or where git cannot put something back.
    """
    _quit_operations(git)
    _put_head(git, to)
    _put_files(git, to, index)
    _put_user_index(git, to)
    if os.path.exists(os.path.join(git.git_dir, "BISECT_LOG")):
        git.write("bisect", "reset", "HEAD")
    return put_submodules_back(git, to.head, to.tree)


def _quit_operations(git: Git) -> None:
    """Forget a merge, rebase and the like that a step left behind: at a snapshot none was under way.

    ``--quit`` touches neither HEAD nor files. It does not repair a state that a killed git left half written, so
    what remains of its folders is removed as ``git rebase`` itself advises.
    """
    for folder, quit_it in (("rebase-merge", "rebase"), ("rebase-apply", "rebase")):
        path = os.path.join(git.git_dir, folder)
        if os.path.isdir(path):
            git.attempt("am" if os.path.exists(os.path.join(path, "applying")) else quit_it, "--quit")
            shutil.rmtree(path, ignore_errors=True)
    # Drops the sequencer, and CHERRY_PICK_HEAD, REVERT_HEAD, MERGE_HEAD and their messages.
    git.attempt("cherry-pick", "--quit")


def _put_head(git: Git, to: Snapshot) -> None:
    ref = os.fsdecode(git.ask("symbolic-ref", "-q", "HEAD").stdout).strip() or None
    wanted = None if to.branch is None else f"refs/heads/{to.branch}"
    if wanted is not None and ref != wanted:
        git.write("symbolic-ref", "-m", _LOG, "HEAD", wanted)
    detach = ("--no-deref",) if wanted is None else ()
    now = os.fsdecode(git.ask("rev-parse", "-q", "--verify", "HEAD").stdout).strip()
    if now != to.head or (wanted is None and ref is not None):
        git.write("update-ref", "-m", _LOG, *detach, "HEAD", to.head)


@frozen
class _Pass:
    """One look at the files: whether all is as it should be now, and what git said where it refused."""

    settled: bool
    refusal: bytes = b""


def _put_files(git: Git, to: Snapshot, index: str) -> None:
    """Files that change while we look are looked at again, a few times."""
    for _ in range(_TRIES):
        last = with_own_lock(index, lambda: _put_files_once(git, to.tree, index))
        if last.settled:
            return
    if last.refusal:
        raise GitError(
            f"the files in `{git.root}` cannot be put back: {reason(last.refusal)}; "
            "end what still writes there and try again, nothing has been lost"
        )


def _put_files_once(git: Git, to: str, index: str) -> _Pass:
    recorded = working_tree_as_it_is(git, index)
    git, now = recorded.git, recorded.tree
    differences = changed(git, now, to)
    if not differences:
        return _Pass(settled=True)
    excludes = session_excludes(index)
    rules_changed = any(os.path.basename(change.path) == ".gitignore" for change in differences)
    kept: set[str] = set()
    if rules_changed or not _same_content(excludes, os.path.join(git.common_dir, "info", "exclude")):
        # What only looks new since a step took a rule away was there, ignored, all along.
        new = [change.path for change in differences if change.status == "D"]
        kept = ignored_by_rules_of(git, to, new, excludes)
    _open_folders(git.root, [change.path for change in differences])
    hidden = _make_way(git.root, [change.path for change in differences if change.status == "A"])
    if kept:
        forget(git, sorted(kept), index)
    if hidden:
        stage(git, hidden, index)
    raw = _remove_raw(git, recorded.raw, {change.path for change in differences}, index)
    if kept or hidden or raw:
        now = os.fsdecode(git.write("write-tree", index=index)).strip()
    done = git.attempt("read-tree", "-m", "-u", now, to, index=index, own={"LC_ALL": "C"})
    if failed := failed_filters(done.stderr):
        # To be sure that a file is as recorded, git may look at its content again, through a filter that a step broke.
        git = without_filters(git, failed)
        done = git.attempt("read-tree", "-m", "-u", now, to, index=index, own={"LC_ALL": "C"})
    # Git only warns of a file that it could not remove. A nested repository that it leaves is as it should be.
    refused = done.exit_code != 0 or b"unable to unlink" in done.stderr
    # With the rules back, what a step made and had ignored comes to light, and goes with the next look.
    return _Pass(settled=not refused and not rules_changed, refusal=done.stderr if refused else b"")


def _same_content(one: str, other: str) -> bool:
    contents = []
    for path in (one, other):
        try:
            with open(path, "rb") as file:
                contents.append(file.read())
        except OSError:
            contents.append(b"")
    return contents[0] == contents[1]


def _open_folders(root: str, paths: list[str]) -> None:
    """Make the folders of ``paths`` writable where a step closed them (some tools write read-only caches)."""
    folders = {os.path.dirname(path) for path in paths}
    for folder in sorted({parent for path in folders for parent in _with_parents(path)}):
        place = os.path.join(root, folder)
        if os.path.isdir(place) and not os.path.islink(place) and not os.access(place, os.W_OK | os.X_OK):
            with contextlib.suppress(PermissionError):  # another user's folder; git will say so
                os.chmod(place, os.stat(place).st_mode | stat.S_IRWXU)


def _with_parents(path: str) -> Iterator[str]:
    while path:
        yield path
        path = os.path.dirname(path)


def _remove_raw(git: Git, raw: tuple[str, ...], different: set[str], index: str) -> bool:
    """Remove files that are to differ and that git cannot compare, since a filter fails on them; their bytes are kept."""
    doomed = [path for path in raw if path in different]
    for path in doomed:
        os.unlink(os.path.join(git.root, path))
    if doomed:
        forget(git, doomed, index)
    return bool(doomed)


def _make_way(root: str, missing: list[str]) -> list[str]:
    """Clear what stands where ``missing`` files will be written; those that hold a file now, though git looks away.

    Pipes and sockets are removed, git cannot keep them. A file is there that git does not see: a step has had it
    ignored. It is recorded like any other change before it is replaced.
    """
    hidden = []
    for path in missing:
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            place = os.path.join(root, *parts[:length])
            try:
                mode = os.lstat(place).st_mode
            except OSError:
                break
            if stat.S_ISDIR(mode):
                continue
            if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                hidden.extend([path] if length == len(parts) else [])
            else:
                os.unlink(place)
            break
    return hidden


def _put_user_index(git: Git, to: Snapshot) -> None:
    staged = to.staged or to.head
    mend_index(git)
    align(git, staged)
    git.attempt("update-index", "-q", "--refresh")
    # Where a checkout writes other line ends than the file had, its size differs from the recorded one, and git calls
    # it modified without a look inside. What equals the snapshot and the index is recorded again.
    options = ("-z", "--name-only", "--ignore-submodules=all", "--diff-filter=M")
    suspects = split_nul(git.read("diff-files", *options))
    if suspects:
        different = {change.path for change in changed(git, staged, to.tree)}
        equal = [path for path in suspects if path not in different]
        settings = ("core.safecrlf=false",)
        git.attempt("update-index", "-z", "--stdin", stdin=join_nul(equal), settings=settings)
