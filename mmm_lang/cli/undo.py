"""``mmm undo SESSION``: take a session's commits back."""

from __future__ import annotations

import argparse
import time

from mmm_lang.cli.maps_here import map_meant, parts_here
from mmm_lang.cli.repositories import (
    EXIT_DONE,
    configure_path,
    guarded,
    record_of,
    refused,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.figures import plural
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import RESCUES
from mmm_lang.maps.record import MapRecord
from mmm_lang.sessions.record import read_record
from mmm_lang.sessions.undoing import CannotUndo, undo


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm undo``."""
    parser.add_argument(
        "session", metavar="SESSION", help="its id, as `mmm sessions ls` lists it, or the beginning of it"
    )
    configure_path(parser)


def run(arguments: argparse.Namespace) -> int:
    """Undo: 0; 2 where the commits have to stay, and nothing was changed; 1 where git or the disk gave way."""
    repository = repository_of(arguments)
    map = map_meant(repository, arguments.session)
    if map is not None:
        return _refuse_map(repository, map)
    record = record_of(repository, arguments.session)

    def work() -> int:
        try:
            undone = undo(repository, record, time.time)
        except CannotUndo as error:
            return refused(str(error), error.help)
        name = undone.rescue.removeprefix(RESCUES)
        where = "HEAD" if undone.branch is None else f"`{undone.branch}`"
        write_output(
            f"✅ Took back {plural(undone.commits, 'commit')} of session {record.id}\n"
            f"   {where} is at {undone.to[:10]} again, where it began\n"
            f"   the work is kept in {undone.rescue}\n"
            f"   to put it back: mmm rescue apply {name}\n"
        )
        return EXIT_DONE

    return guarded(work)


def _refuse_map(repository: Repository, map: MapRecord) -> int:
    """A map is many sessions, and what was merged has commits of its own: say how to take them back."""
    started = map.state.started
    if started is not None and started.worktrees is not None:
        merged = sum(one.merged is not None for one in map.state.items or ())
        what = f"{map.id} is a map, whose items worked on branches of their own ({merged} of them merged)"
        return refused(
            what, f"`git reset` or `git revert` takes merges back; it began at {started.head[:10]}"
        )
    records = [read_record(folder, frozenset()) for folder in parts_here(repository, map.id)]
    with_commits = [one for one in records if one.story.commits and one.entries]
    with_commits.sort(key=lambda one: one.entries[0].at, reverse=True)
    commands = ", ".join(f"`mmm undo {one.id}`" for one in with_commits[:3])
    more = ", and so on" if len(with_commits) > 3 else ""
    help = f"the last first: {commands}{more}" if commands else "none of them has made a commit"
    return refused(f"{map.id} is a map: its sessions are taken back one by one", help)
