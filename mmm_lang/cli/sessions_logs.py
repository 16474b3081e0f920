"""``mmm sessions logs [ID]``: what the runs of a session printed, also while they do."""

from __future__ import annotations

import argparse
import os
import time

from mmm_lang.cli.durations import positive_count
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.maps_here import map_meant, parts_here
from mmm_lang.cli.repositories import (
    EXIT_DONE,
    EXIT_FAILED,
    configure_path,
    record_of,
    refused,
    repository_of,
    write_bytes,
)
from mmm_lang.cli.terminal import write_message, write_output
from mmm_lang.git.repository import Repository
from mmm_lang.report.wording import printable
from mmm_lang.runtime.journal import journal_path
from mmm_lang.sessions.outputs import NoSuchRun, RunOutput, chosen, heading
from mmm_lang.sessions.record import Record, version_sentence
from mmm_lang.sessions.story import Run, Story

_PAUSE = 0.2
"""Seconds between two looks at a session that is followed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm sessions logs``."""
    add = parser.add_argument
    add("session", metavar="ID", nargs="?", help="its id, or the beginning of it (default: the last)")
    add("--step", metavar="KEY", help="only what this step printed; `mmm sessions show` names the steps")
    add("--run", metavar="N", type=positive_count, help="only this run of the session, without a heading")
    add("--raw", action="store_true", help="of agents, their own output instead of what they did")
    add("-f", "--follow", action="store_true", help="go on until the session ends")
    configure_path(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the outputs. Raises `UsageFailure` where there is no such session, step or run."""
    repository = repository_of(arguments)
    record = record_of(repository, _session_meant(repository, arguments.session))
    if record.version is not None:
        return refused(f"session {record.id} cannot be told: {version_sentence(record)}")
    outputs: dict[int, RunOutput] = {}
    while True:
        story = record.story
        follows = arguments.follow and record.standing(story.state) == "running"
        _print(record, story, arguments, outputs, over=not follows)
        if not follows:
            break
        time.sleep(_PAUSE)
        record = record_of(repository, record.id)
    if record.damage is not None:
        write_message(f"warning: {printable(record.damage)}")
        return EXIT_FAILED
    return EXIT_DONE


def _session_meant(repository: Repository, name: str | None) -> str | None:
    """The session whose outputs are wanted: without a name, of a map the one that was heard of last.

    Raises `UsageFailure` where a map is named: several of its sessions may run at once.
    """
    map = map_meant(repository, name)
    if map is None:
        return name
    parts = parts_here(repository, map.id)
    if not parts:
        raise UsageFailure(f"no session of the map {map.id} has begun")
    if name is not None:
        raise UsageFailure(f"{map.id} is a map; name one of its sessions, such as `{parts[0].id}`")
    return max(parts, key=lambda one: os.stat(journal_path(one.path)).st_mtime).id


def _print(
    record: Record, story: Story, arguments: argparse.Namespace, outputs: dict[int, RunOutput], *, over: bool
) -> None:
    """What has come since the last look. ``over``: nothing more will come."""
    try:
        runs = chosen(story.runs(), arguments.step, arguments.run)
    except NoSuchRun as error:
        if not over:
            return
        raise UsageFailure(str(error)) from None
    for run in runs:
        output = outputs.get(run.run)
        if output is None:
            output = outputs[run.run] = RunOutput(record.folder, run, raw=arguments.raw)
            if arguments.run is None:
                write_output(f"{printable(heading(run))}\n")
        try:
            while piece := output.more(over=over or _has_ended(run)):
                write_bytes(piece)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            write_message(f"warning: `{error.filename}`: {(error.strerror or str(error)).lower()}")


def _has_ended(run: Run) -> bool:
    return run.ran or run.status is not None
