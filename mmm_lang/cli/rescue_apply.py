"""``mmm rescue apply REF [PATH…]``: put work back that was set aside."""

from __future__ import annotations

import argparse

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.repositories import (
    EXIT_DONE,
    configure_path,
    guarded,
    records_of,
    refused,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.figures import plural
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import Rescue
from mmm_lang.report.wording import printable
from mmm_lang.sessions.rescued import NoSuchRescue, Rescued, look, origins, rescue_named

_SIGNS = {"A": "+", "M": "~", "T": "~", "D": "-"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm rescue apply``."""
    parser.add_argument("ref", metavar="REF", help="SESSION/NUMBER, as `mmm rescue ls` prints it")
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="only these files and folders, as `mmm rescue show` prints them (default: all)",
    )
    parser.add_argument("--branch", metavar="NAME", help="make a branch at that work; touch no file")
    configure_path(parser)


def run(arguments: argparse.Namespace) -> int:
    """Put it back: 0; 2 where something would be lost, and nothing was changed; 1 where git or the disk gave way."""
    if arguments.branch is not None and arguments.paths:
        raise UsageFailure("`--branch` takes all of the work; leave the paths out")
    repository = repository_of(arguments)

    def work() -> int:
        rescue = named_rescue(repository, arguments.ref)
        found = look(repository, rescue, origins(records_of(repository)))
        if arguments.branch is not None:
            return _make_branch(repository, found, arguments.branch)
        return _put_back(repository, found, arguments.paths)

    return guarded(work)


def named_rescue(repository: Repository, name: str | None) -> Rescue:
    """The reference of that name, by default the newest. Raises `UsageFailure`."""
    rescues = repository.list_rescues()
    if name is None:
        if not rescues:
            raise UsageFailure("no work is set aside in this repository")
        return rescues[-1]
    try:
        return rescue_named(name, rescues)
    except NoSuchRescue as error:
        raise UsageFailure(str(error)) from None


def _put_back(repository: Repository, found: Rescued, paths: list[str]) -> int:
    from mmm_lang.sessions.applying import CannotApply, apply

    try:
        applied = apply(repository, found, paths)
    except CannotApply as error:
        return refused(str(error), error.help)
    if not applied.written:
        write_output("✅ Nothing to do: the files are as this work had them\n")
        return EXIT_DONE
    files = plural(len(applied.written), "file")
    write_output(f"✅ Put back {files} of {found.name}, uncommitted:\n")
    for change in applied.written:
        write_output(f"   {_SIGNS[change.status]} {printable(change.path)}\n")
    write_output(f"   {found.ref} still keeps it\n")
    return EXIT_DONE


def _make_branch(repository: Repository, found: Rescued, name: str) -> int:
    from mmm_lang.git.errors import GitError
    from mmm_lang.sessions.applying import branch_at

    try:
        commit = branch_at(repository, found, name)
    except GitError as error:
        return refused(str(error))
    write_output(
        f"✅ Branch `{printable(name)}` is at {commit[:10]}, with {plural(len(found.commits), 'commit')}"
        f"{_on_top(found)}\n   to see it: git log {printable(name)}\n"
    )
    return EXIT_DONE


def _on_top(found: Rescued) -> str:
    if not found.uncommitted:
        return ""
    return f" and one on top for {plural(len(found.uncommitted), 'uncommitted file')}"
