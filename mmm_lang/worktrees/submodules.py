"""Submodules in a fresh work tree: checked out from what the repository has of them already, without any network.

Git keeps the repository of a submodule for each work tree apart. So what a session commits in one lies in its own work
tree alone, and has to be there as long as nobody else has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from attrs import evolve

from mmm_lang.git.call import Git, named, split_nul
from mmm_lang.git.errors import GitError
from mmm_lang.git.inside import put_submodules_back
from mmm_lang.git.repository import Repository

_DEEPEST = 8
"""Submodules within submodules, at most."""


def fill_submodules(repository: Repository, path: str) -> tuple[str, ...]:
    """Check out, in the work tree at ``path``, the submodules that are checked out in ``repository``'s own.

    A sentence about those that could not be. Raises ``GitError`` where git does not open the work tree.
    """
    if not os.path.isfile(os.path.join(path, ".gitmodules")):
        return ()
    left = tuple(_fill(repository.git, Repository.find(path).git, ""))
    if not left:
        return ()
    return (
        f"{'a submodule is' if len(left) == 1 else 'submodules are'} not checked out in the worktree: {named(left)}; "
        "a step of `setup:` with `git submodule update --init` does that",
    )


def _fill(ours: Git, theirs: Git, above: str, depth: int = 0) -> Iterator[str]:
    """The submodules of one work tree, and theirs in turn; the paths of those that could not be checked out."""
    for name, path in _declared(theirs):
        source = _checked_out(os.path.join(ours.root, path))
        target = os.path.join(theirs.root, path)
        if source is None or not _updated(theirs, source, name, path):
            if not os.path.exists(os.path.join(target, ".git")):
                yield above + path
        elif depth < _DEEPEST and os.path.isfile(os.path.join(target, ".gitmodules")):
            yield from _fill(source, Repository.find(target).git, f"{above}{path}/", depth + 1)


def _checked_out(path: str) -> Git | None:
    """The submodule at a path of our own work tree, if it is checked out there."""
    if not os.path.exists(os.path.join(path, ".git")):
        return None
    try:
        return Repository.find(path).git
    except GitError:
        return None


def _updated(theirs: Git, source: Git, name: str, path: str) -> bool:
    """Check out one submodule from the repository that another work tree has of it; whether that could be done.

    Where it fetches from later is what `git submodule` would have written.
    """
    inner = evolve(theirs, root=os.path.join(theirs.root, path))
    real = source.ask("config", "--get", "remote.origin.url")
    if os.path.exists(os.path.join(inner.root, ".git")):  # git asks its own remote for what it has not
        inner.attempt("config", "remote.origin.url", source.git_dir)
    local = (
        f"submodule.{name}.url={source.git_dir}",
        f"submodule.{name}.update=checkout",
        "protocol.file.allow=always",
    )
    update = ("submodule", "--quiet", "update", "--init", "--force", "--", path)
    done = theirs.attempt(*update, settings=local, own={"LC_ALL": "C"})
    if real.exit_code == 0 and os.path.exists(os.path.join(inner.root, ".git")):
        inner.attempt("config", "remote.origin.url", os.fsdecode(real.stdout).strip())
    return done.exit_code == 0


def _declared(git: Git) -> Iterator[tuple[str, str]]:
    """Name and path of each submodule that `.gitmodules` names and that is one at HEAD."""
    if not os.path.isfile(os.path.join(git.root, ".gitmodules")):
        return
    asked = git.ask("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    pairs = (entry.partition("\n") for entry in split_nul(asked.stdout))
    found = {path: key.removeprefix("submodule.").removesuffix(".path") for key, _, path in pairs if path}
    listed = split_nul(git.read("ls-files", "-z", "--stage"))
    links = {entry.split("\t", 1)[1] for entry in listed if entry.startswith("160000 ")}
    yield from ((found[path], path) for path in sorted(links & found.keys()))


def follow_merge(place: Repository, head: str, source: str) -> tuple[str, ...]:
    """Put the submodules that are checked out in ``place`` at the commits that its ``head`` names, after a merge.

    A commit that is not here comes from the work tree at ``source``, which made it. Those that could not follow, a
    sentence each. Raises ``GitError``.
    """
    if not os.path.isfile(os.path.join(place.root, ".gitmodules")):
        return ()
    for _, path in _declared(place.git):
        ours, theirs = (_checked_out(os.path.join(root, path)) for root in (place.root, source))
        wanted = os.fsdecode(place.git.read("rev-parse", "--verify", f"{head}:{path}")).strip()
        if ours is not None and theirs is not None and not _has(ours, wanted) and _has(theirs, wanted):
            ours.attempt("fetch", "--quiet", "--no-tags", theirs.git_dir, wanted)
    return put_submodules_back(place.git, head, head)


def commits_only_in(repository: Repository, path: str) -> tuple[str, ...]:
    """The submodules in the work tree at ``path`` with commits that the repository's own work tree does not have.

    They would go with the work tree, though a commit of its branch may speak of them. Raises ``GitError``.
    """
    if not os.path.isfile(os.path.join(path, ".gitmodules")):
        return ()
    return tuple(_alone(repository.git, Repository.find(path).git, "", 0))


def _alone(ours: Git, theirs: Git, above: str, depth: int) -> Iterator[str]:
    for _, path in _declared(theirs):
        inner = _checked_out(os.path.join(theirs.root, path))
        if inner is None:
            continue
        outer = _checked_out(os.path.join(ours.root, path))
        if any(not _has(outer, tip) for tip in _tips(inner)):
            yield above + path
        elif outer is not None and depth < _DEEPEST:
            yield from _alone(outer, inner, f"{above}{path}/", depth + 1)


def _tips(git: Git) -> set[str]:
    """What a submodule has of its own: HEAD and its branches, without what is on a remote."""
    listed = git.read("for-each-ref", "--format=%(objectname)", "refs/heads")
    head = git.ask("rev-parse", "-q", "--verify", "HEAD")
    tips = {os.fsdecode(line) for line in (*listed.splitlines(), *head.stdout.splitlines())}
    wanted = git.read(
        "rev-list", "--no-walk", "--stdin", "--not", "--remotes", stdin="\n".join(tips).encode()
    )
    return {os.fsdecode(line) for line in wanted.splitlines()}


def _has(git: Git | None, commit: str) -> bool:
    return git is not None and git.ask("cat-file", "-e", f"{commit}^{{commit}}").exit_code == 0
