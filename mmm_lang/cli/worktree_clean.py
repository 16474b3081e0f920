"""``mmm worktree clean``: remove work trees that nobody needs any more, with their branches and records."""

from __future__ import annotations

import argparse
import os

from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.repositories import EXIT_DONE, configure_path, guarded, refused, repository_of
from mmm_lang.cli.terminal import write_output
from mmm_lang.cli.worktrees import meant, mended, waiting
from mmm_lang.figures import plural
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.cleaning import CannotClean, clean
from mmm_lang.worktrees.record import alone
from mmm_lang.worktrees.standing import Worktree, worktrees_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm worktree clean``."""
    add = parser.add_argument
    add("names", metavar="NAME", nargs="*", help="worktrees to remove, by name or the beginning of it")
    add("--all", action="store_true", help="every worktree that has nothing left to lose")
    add("--merged-only", action="store_true", help="every worktree that was merged")
    add(
        "--force",
        action="store_true",
        help="also with work that is in no other branch; a rescue reference keeps it",
    )
    configure_path(parser)


def run(arguments: argparse.Namespace) -> int:
    """Remove them: 0; 2 where one that was named stays."""
    if not arguments.names and not arguments.all and not arguments.merged_only:
        raise UsageFailure(
            "name the worktrees to remove, or write `--all` or `--merged-only`; `mmm worktree ls` lists them"
        )
    if arguments.names and (arguments.all or arguments.merged_only):
        raise UsageFailure("name worktrees, or write `--all` or `--merged-only`, not both")
    repository = repository_of(arguments)
    return guarded(lambda: _clean(repository, arguments))


def _clean(repository: Repository, arguments: argparse.Namespace) -> int:
    with alone(repository.common_dir, waiting):
        gone_already = mended(repository)
        found = worktrees_of(repository, os.environ)
        code = removed = 0
        for one in _asked(found, arguments, gone_already):
            try:
                gone = clean(repository, one, os.environ, force=arguments.force)
            except CannotClean as error:
                if arguments.names:
                    code = refused(str(error), error.help)
                else:
                    write_output(f"   {error}\n")
                continue
            removed += 1
            write_output(f"✅ Worktree cleaned up: {one.name}\n")
            if gone.rescue is not None:
                write_output(f"   its work is kept in {gone.rescue}\n")
        if not arguments.names:
            write_output(f"{plural(removed, 'worktree')} removed\n")
        return code or EXIT_DONE


def _asked(
    found: tuple[Worktree, ...], arguments: argparse.Namespace, gone: frozenset[str]
) -> list[Worktree]:
    """The work trees that the arguments speak of, each once, the oldest first."""
    if arguments.names:
        names = {meant(found, name).name for name in arguments.names if name not in gone}
        return [one for one in reversed(found) if one.name in names]
    if arguments.merged_only:
        return [one for one in reversed(found) if one.status in ("merged", "cleaning")]
    return [one for one in reversed(found) if one.status != "no record"]
