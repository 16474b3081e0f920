"""``mmm worktree ls``: the work trees of sessions, the newest first."""

from __future__ import annotations

import argparse
import os
import time

from mmm_lang.cli.repositories import (
    EXIT_DONE,
    columns,
    configure_format,
    configure_path,
    guarded,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.worktrees.standing import worktrees_of
from mmm_lang.worktrees.table import list_json, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm worktree ls``."""
    configure_path(parser)
    configure_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the list; nothing is changed but that moved work trees and repositories know each other again."""
    repository = repository_of(arguments)

    def work() -> int:
        found = worktrees_of(repository, os.environ)
        if arguments.format == "json":
            write_output(list_json(found))
        elif found:
            write_output(table(found, time.time(), columns()))
        else:
            write_output("No worktrees of sessions in this repository\n")
        return EXIT_DONE

    return guarded(work)
