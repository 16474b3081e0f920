"""``mmm sessions show [ID]``: the whole story of one session."""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime

from mmm_lang.cli.maps_here import map_meant
from mmm_lang.cli.repositories import (
    EXIT_DONE,
    EXIT_FAILED,
    columns,
    configure_format,
    configure_path,
    record_of,
    refused,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.git.errors import GitError
from mmm_lang.git.history import subjects
from mmm_lang.maps.record import MapRecord, figures_of, map_json, results_json
from mmm_lang.maps.table import heading, summary
from mmm_lang.sessions.record import version_sentence
from mmm_lang.sessions.story_json import story_json
from mmm_lang.sessions.telling import told


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm sessions show``."""
    parser.add_argument(
        "session", metavar="ID", nargs="?", help="its id, or the beginning of it (default: the last)"
    )
    configure_path(parser)
    configure_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Tell the story: 0; 1 where its journal is damaged, after what can be told; 2 where another version wrote it."""
    repository = repository_of(arguments)
    map = map_meant(repository, arguments.session)
    if map is not None:
        return _show_map(map, arguments)
    record = record_of(repository, arguments.session)
    if record.version is not None:
        return refused(f"session {record.id} cannot be told: {version_sentence(record)}")
    commits = [commit for one in record.story.runs() for commit in one.commits]
    try:
        known = subjects(repository.git, commits)
    except GitError:  # the story is worth telling without them
        known = {}
    if arguments.format == "json":
        write_output(story_json(record, known))
    else:
        write_output(told(record, known, time.time(), datetime.fromtimestamp))
    return EXIT_DONE if record.damage is None else EXIT_FAILED


def _show_map(record: MapRecord, arguments: argparse.Namespace) -> int:
    """Tell of a map: what became of each item. 1 where its journal is damaged."""
    state = record.state
    if arguments.format == "json":
        told = {"version": 1, "map": map_json(record), "items": results_json(state), "damage": record.damage}
        write_output(json.dumps(told, indent=1) + "\n")
    else:
        write_output(heading(record.id, record.folder, state))
        if record.damage is None:
            write_output(summary(state, figures_of(state), columns()))
        else:
            write_output(f"   it cannot be read: {record.damage}\n")
    return EXIT_DONE if record.damage is None else EXIT_FAILED
