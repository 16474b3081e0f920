"""``mmm undo SESSION``: take a session's commits back."""

from __future__ import annotations

import argparse
import time

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
from mmm_lang.git.rescue import RESCUES
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
