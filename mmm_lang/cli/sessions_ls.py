"""``mmm sessions ls``: the sessions of a repository, the newest first, those of a map below it."""

from __future__ import annotations

import argparse
import time

from attrs import evolve

from mmm_lang.cli.durations import positive_count
from mmm_lang.cli.maps_here import maps_here
from mmm_lang.cli.repositories import (
    EXIT_DONE,
    columns,
    configure_format,
    configure_path,
    folders_of,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.maps.folders import map_of
from mmm_lang.maps.record import map_json, summary_of
from mmm_lang.sessions.folders import SessionFolder
from mmm_lang.sessions.record import read_record
from mmm_lang.sessions.running import running_sessions
from mmm_lang.sessions.summary import list_json, summarise, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm sessions ls``."""
    parser.add_argument(
        "-n",
        dest="most",
        metavar="N",
        type=positive_count,
        help="the newest N only (default: all); a map is one, with its items below it",
    )
    configure_path(parser)
    configure_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the list; nothing is changed, and a session that runs is not disturbed."""
    repository = repository_of(arguments)
    running = running_sessions(repository.common_dir)
    maps = {record.id: record for record in maps_here(repository)}
    known = frozenset(maps)
    parts: dict[str, list[SessionFolder]] = {}
    for folder in folders_of(repository):
        parts.setdefault(map_of(folder.id, known) or folder.id, []).append(folder)
    chosen = sorted({*parts, *known}, reverse=True)[: arguments.most]
    summaries = []
    for name in chosen:
        found = [summarise(read_record(folder, running)) for folder in parts.get(name, ())]
        if name in maps and arguments.format != "json":
            below = sorted(found, key=lambda one: one.started or 0.0)
            found = [summary_of(maps[name]), *(evolve(one, id=f"  {one.id}") for one in below)]
        summaries += found
    if arguments.format == "json":
        write_output(list_json(summaries, [map_json(maps[name]) for name in chosen if name in maps]))
    elif summaries:
        write_output(table(summaries, time.time(), columns()))
    else:
        write_output("Nothing has run in this repository yet\n")
    return EXIT_DONE
