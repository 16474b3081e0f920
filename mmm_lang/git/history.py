"""Commits: which there are, whose they are, and whether they have left this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable

from attrs import frozen

from mmm_lang.git.call import Git
from mmm_lang.git.errors import GitFailed
from mmm_lang.git.trailers import parse_trailers

_FORMAT = "--format=tformat:%H%n%s%n%(trailers:only=true,unfold=true)"


@frozen
class Commit:
    """A commit's id, subject, and trailers in their order."""

    sha: str
    subject: str
    trailers: tuple[tuple[str, str], ...]

    def trailer(self, name: str) -> str | None:
        """The last value of a trailer (names in any case), as git itself reads it; ``None`` where it is missing."""
        values = [value for key, value in self.trailers if key.lower() == name.lower()]
        return values[-1] if values else None


def is_ancestor(git: Git, ancestor: str, descendant: str) -> bool:
    """Whether one commit is reachable from the other (a commit is its own ancestor)."""
    done = git.ask("merge-base", "--is-ancestor", ancestor, descendant)
    if done.exit_code not in (0, 1):
        raise GitFailed(
            f"git cannot compare `{ancestor}` with `{descendant}` in `{git.root}`; is one of the commits gone?",
            done.exit_code,
            os.fsdecode(done.stderr),
        )
    return done.exit_code == 0


def commits_between(git: Git, base: str, tip: str) -> tuple[Commit, ...]:
    """The commits reachable from ``tip`` and not from ``base``, oldest first."""
    options = (
        "--reverse",
        "--topo-order",
        "--no-show-signature",
        "--no-color",
        "--no-notes",
        "--encoding=UTF-8",
        "-z",
        _FORMAT,
    )
    output = git.read("log", *options, f"{base}..{tip}", "--")
    return tuple(_commit(os.fsdecode(record)) for record in output.split(b"\0") if record)


def _commit(record: str) -> Commit:
    sha, subject, *rest = record.split("\n")
    return Commit(sha, subject, parse_trailers(rest))


def pushed(git: Git, base: str, tip: str) -> bool:
    """Whether any commit of ``base..tip`` is on a remote, as far as the remote-tracking refs here know."""
    new = _count(git, f"{base}..{tip}")
    return new > 0 and _count(git, f"{base}..{tip}", "--not", "--remotes") < new


def _count(git: Git, *revisions: str) -> int:
    return int(git.read("rev-list", "--count", *revisions, "--"))


def subjects(git: Git, commits: Iterable[str]) -> dict[str, str]:
    """The subject of each of these commits (full ids); one that is gone from the repository is left out."""
    names = "".join(f"{commit}\n" for commit in dict.fromkeys(commits))
    if not names:
        return {}
    options = (
        "--no-walk=unsorted",
        "--ignore-missing",
        "--no-show-signature",
        "--no-color",
        "--encoding=UTF-8",
    )
    output = git.read("log", *options, "-z", "--format=tformat:%H%n%s", "--stdin", stdin=names.encode())
    records = (os.fsdecode(record).partition("\n") for record in output.split(b"\0") if record)
    return {commit: subject for commit, _, subject in records}


def pushed_commits(git: Git, base: str, tip: str) -> tuple[str, ...]:
    """Those commits of ``base..tip`` that are on a remote, as far as is known here, oldest first."""
    listed = ("rev-list", "--reverse", "--topo-order", f"{base}..{tip}")
    every = git.read(*listed, "--").decode("ascii").split()
    here = set(git.read(*listed, "--not", "--remotes", "--").decode("ascii").split())
    return tuple(commit for commit in every if commit not in here)
