"""``mmm worktree merge``: bring the work of a work tree into the branch that it came from."""

from __future__ import annotations

import argparse
import os

from mmm_lang.cli.cook import EXIT_FAILED, EXIT_USAGE, View
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.manners import Manners
from mmm_lang.cli.repositories import EXIT_DONE, configure_path, guarded, refused, repository_of
from mmm_lang.cli.terminal import write_message, write_output
from mmm_lang.cli.worktree_crew import CookingCrew
from mmm_lang.cli.worktree_session import Ending, ending
from mmm_lang.cli.worktrees import meant, mended, waiting
from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import plural
from mmm_lang.git.call import named as listed
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.map_lock import is_at_work
from mmm_lang.worktrees.merge_place import CannotMerge, NoPlace
from mmm_lang.worktrees.merging import merge_worktree
from mmm_lang.worktrees.record import alone
from mmm_lang.worktrees.standing import Worktree, left_uncommitted, worktrees_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm worktree merge``."""
    add = parser.add_argument
    add("names", metavar="NAME", nargs="*", help="worktrees to merge, by name or the beginning of it")
    add("--all", action="store_true", help="every worktree whose session has succeeded, the oldest first")
    add("--no-agent", action="store_true", help="report conflicts; call no agent to resolve them")
    add("-y", "--yes", action="store_true", help="answer yes to every question of the checks")
    add("-v", "--verbose", action="store_true", help="say more")
    add("-q", "--quiet", action="store_true", help="say only how it ended")
    configure_path(parser)


def run(arguments: argparse.Namespace) -> int:
    """Merge: 0; 1 where a merge failed and was taken back; 2 where nothing could be begun."""
    if not arguments.names and not arguments.all:
        raise UsageFailure("name the worktrees to merge, or write `--all`; `mmm worktree ls` lists them")
    repository = repository_of(arguments)
    view: View = "quiet" if arguments.quiet else "verbose" if arguments.verbose else "plain"
    end = ending(view, os.environ, Manners(yes=arguments.yes), agent=not arguments.no_agent)

    def work() -> int:
        with alone(repository.common_dir, waiting):
            mended(repository)
        found = worktrees_of(repository, os.environ)
        if arguments.names:
            names = [meant(found, name).name for name in arguments.names]
        else:
            names = _finished(repository, found)
            write_output(f"Found {plural(len(names), 'worktree')} to merge\n")
        codes = [merge_one(repository, name, end) for name in names]
        return max(codes, key=(EXIT_DONE, EXIT_USAGE, EXIT_FAILED).index, default=EXIT_DONE)

    return guarded(work)


def _finished(repository: Repository, found: tuple[Worktree, ...]) -> list[str]:
    """Those with something to merge, the oldest first; what is left out is said."""
    names = []
    for one in reversed(found):
        if one.status == "merged" or (one.ahead == 0 and one.status != "running"):
            continue
        map = None if one.record is None else one.record.map
        if map is not None and is_at_work(repository.common_dir, map):
            write_output(f"   {one.name} is left out: its map is running, and merges it itself\n")
        elif one.status == "succeeded" or (one.status == "merging" and not one.runs):
            names.append(one.name)
        else:
            write_output(f"   {one.name} is left out: {one.status}\n")
    return names


def merge_one(repository: Repository, name: str, end: Ending) -> int:
    """Merge one work tree, and say so. The exit code."""
    return guarded(lambda: _merge_one(repository, name, end))


def _merge_one(repository: Repository, name: str, end: Ending) -> int:
    crew = CookingCrew(end.view, end.environ, end.manners, end.agent, end.tell)
    with alone(repository.common_dir, waiting):
        mended(repository)
        found = meant(worktrees_of(repository, end.environ), name)
        refusal = _refusal(found)
        if refusal is not None:
            return refused(*refusal)
        left = left_uncommitted(found)
        if left:
            sentence = (
                f"{plural(len(left), 'file')} in `{name}` {'is' if len(left) == 1 else 'are'} in no commit"
            )
            write_message(f"note: {visible(sentence)}, and not merged: {visible(listed(left))}")
        assert found.record is not None
        try:
            done = merge_worktree(repository, found.record, crew, end.environ)
        except CannotMerge as error:
            refused(str(error), error.help)
            end.tell(f"❌ Not merged: {name}")
            return EXIT_USAGE if isinstance(error, NoPlace) else EXIT_FAILED
    if done is None:
        end.tell(f"No new commits in worktree {name}: `{found.record.origin}` has them all")
        return EXIT_DONE
    end.tell(f"✅ Successfully merged worktree: {name}")
    resolved = f", {plural(len(done.conflicts), 'conflict')} resolved" if done.conflicts else ""
    end.tell(
        f"   {plural(done.commits, 'commit')} into {done.record.origin}, now at {done.commit[:10]}{resolved}"
    )
    end.tell(f"   to remove it: mmm worktree clean {name}")
    return EXIT_DONE


def _refusal(found: Worktree) -> tuple[str, str] | None:
    """Why a work tree cannot be merged now, and what to do."""
    if found.runs:
        return f"a session runs in `{found.name}` now", "wait for its end, or stop it"
    if found.record is None:
        return (
            f"`{found.name}` has no record that says where it belongs: {found.note}",
            f"`git merge {found.name}` merges it into the branch that is checked out",
        )
    if found.status == "cleaning":
        return f"`{found.name}` is being removed", f"`mmm worktree clean {found.name}` finishes that"
    return None
