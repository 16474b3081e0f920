"""Repositories inside the work tree: which of them are submodules, and back to the commit where one stood."""

from __future__ import annotations

import os
from collections.abc import Iterable

from attrs import evolve, frozen

from mmm_lang.git.call import Git, reason, split_nul
from mmm_lang.git.changes import literal
from mmm_lang.git.errors import GitError

_GITLINK = b"160000"


def undeclared_repositories(git: Git, head: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of ``paths`` that are repositories of their own, and no submodules: neither in ``head`` nor in `.gitmodules`.

    A commit could name them only by a commit id that nobody who clones this repository can find.
    """
    inside = [path for path in paths if os.path.lexists(os.path.join(git.root, path, ".git"))]
    if not inside:
        return ()
    known = {path for path, _ in _gitlinks(git, head)} | _declared(git)
    return tuple(path for path in inside if path not in known)


def not_checked_out(git: Git, head: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of ``paths`` that are submodules of ``head`` with an empty folder: nothing in it says another commit."""
    empty = [path for path in paths if _is_bare_folder(os.path.join(git.root, path))]
    if not empty:
        return ()
    known = {path for path, _ in _gitlinks(git, head)}
    return tuple(path for path in empty if path in known)


def _is_bare_folder(path: str) -> bool:
    return (
        os.path.isdir(path) and not os.path.islink(path) and not os.path.lexists(os.path.join(path, ".git"))
    )


def _declared(git: Git) -> set[str]:
    file = os.path.join(git.root, ".gitmodules")
    if not os.path.isfile(file):
        return set()
    done = git.ask("config", "-z", "--file", file, "--get-regexp", r"^submodule\..*\.path$")
    return {entry.partition("\n")[2].rstrip("/") for entry in split_nul(done.stdout)}


def _gitlinks(git: Git, tree: str) -> list[tuple[str, str]]:
    """Paths and commit ids of the repositories that a tree names."""
    found = []
    for entry in git.read("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0"):
        facts, _, path = entry.partition(b"\t")
        if facts.startswith(_GITLINK):
            found.append((os.fsdecode(path), os.fsdecode(facts.split(b" ")[2])))
    return found


@frozen
class Submodule:
    """A submodule that stood at commit ``to`` when a snapshot was taken."""

    path: str
    to: str


def put_submodules_back(git: Git, head: str, tree: str) -> tuple[str, ...]:
    """Put the submodules of commit ``head`` back to the commits that ``tree`` names, where that loses nothing.

    As `git submodule update` does: HEAD is detached there, branches stay, and uncommitted work is never overwritten.
    A commit that no branch holds is kept under ``refs/mmm/rescue/`` of the submodule first; one whose folder is gone is
    checked out from what this repository has of it. What could not be put back is a sentence each.
    """
    if not os.path.isfile(os.path.join(git.root, ".gitmodules")):
        return ()
    known = {path for path, _ in _gitlinks(git, head)}
    sentences = []
    for submodule in (Submodule(path, to) for path, to in _gitlinks(git, tree) if path in known):
        try:
            _put_back(git, submodule)
        except GitError as error:
            sentences.append(f"the submodule `{submodule.path}` stays where it is: {error}")
    return tuple(sentences)


def _put_back(git: Git, submodule: Submodule) -> None:
    place = os.path.join(git.root, submodule.path)
    if not os.path.lexists(os.path.join(place, ".git")):
        _check_out(git, submodule)
        return
    inner = evolve(git, root=place)
    now = os.fsdecode(inner.read("rev-parse", "--verify", "HEAD^{commit}")).strip()
    if now == submodule.to:
        return
    if inner.ask("rev-list", "-1", now, "--not", "--branches", "--remotes", "--tags").stdout:
        inner.write("update-ref", f"refs/mmm/rescue/{now[:16]}", now)
    done = inner.attempt(
        "checkout", "-q", "--detach", "--no-overwrite-ignore", submodule.to, "--", own={"LC_ALL": "C"}
    )
    if done.exit_code != 0:
        raise GitError(reason(done.stderr))


def _check_out(git: Git, submodule: Submodule) -> None:
    """A step removed its folder; one that was never checked out (git knows no folder for it) stays so."""
    asked = git.ask("submodule", "status", "--", literal(submodule.path))
    name = os.path.join(git.common_dir, "modules")
    if asked.stdout.startswith(b"-") and not os.path.isdir(name):
        return
    options = ("--checkout", "--no-fetch", "--quiet")
    done = git.attempt("submodule", "update", *options, "--", literal(submodule.path), own={"LC_ALL": "C"})
    if done.exit_code != 0:
        raise GitError(reason(done.stderr))
