"""``mmm sessions ls``: the sessions of a repository, the newest first."""

from __future__ import annotations

import argparse
import time

from mmm_lang.cli.durations import positive_count
from mmm_lang.cli.repositories import (
    EXIT_DONE,
    columns,
    configure_format,
    configure_path,
    folders_of,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.sessions.record import read_record
from mmm_lang.sessions.running import running_sessions
from mmm_lang.sessions.summary import list_json, summarise, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm sessions ls``."""
    parser.add_argument(
        "-n", dest="most", metavar="N", type=positive_count, help="the newest N only (default: all)"
    )
    configure_path(parser)
    configure_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the list; nothing is changed, and a session that runs is not disturbed."""
    repository = repository_of(arguments)
    running = running_sessions(repository.common_dir)
    folders = folders_of(repository)[: arguments.most]
    summaries = [summarise(read_record(folder, running)) for folder in folders]
    if arguments.format == "json":
        write_output(list_json(summaries))
    elif summaries:
        write_output(table(summaries, time.time(), columns()))
    else:
        write_output("Nothing has run in this repository yet\n")
    return EXIT_DONE
