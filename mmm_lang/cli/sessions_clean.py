"""``mmm sessions clean``: remove the folders of sessions that nobody needs any more."""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from mmm_lang.cli.durations import duration
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.repositories import (
    EXIT_DONE,
    configure_path,
    guarded,
    record_of,
    records_of,
    refused,
    repository_of,
)
from mmm_lang.cli.terminal import write_output
from mmm_lang.figures import number, plural
from mmm_lang.git.repository import Repository
from mmm_lang.git.rescue import RESCUES, drop, refs_below
from mmm_lang.runtime.lock import kept_still
from mmm_lang.sessions.cleaning import Choice, choose, older, remove, size, sweep
from mmm_lang.sessions.record import RESUMABLE, Record


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm sessions clean``."""
    add = parser.add_argument
    add("sessions", metavar="ID", nargs="*", help="sessions to remove, by id or the beginning of it")
    add(
        "--older-than", metavar="AGE", type=_age, help="only those that ended so long ago, such as 30d or 12h"
    )
    add("--keep", metavar="N", type=_count, help="keep the newest N sessions")
    add("--force", action="store_true", help="also what can be resumed or cannot be read")
    add("--rescues", action="store_true", help="also give up the work that these sessions set aside")
    add("--dry-run", action="store_true", help="say what would go; remove nothing")
    configure_path(parser)


def run(arguments: argparse.Namespace) -> int:
    """Remove them, and say how many bytes that freed; 2 where a session that was named stays.

    Raises `UsageFailure` where nothing is asked for.
    """
    repository = repository_of(arguments)
    if not arguments.sessions and arguments.older_than is None and arguments.keep is None:
        raise UsageFailure(
            "name the sessions to remove, or say which with `--older-than 30d` or `--keep 10`; "
            "`mmm sessions ls` lists them"
        )
    choice = choose(_asked(repository, arguments), force=arguments.force)
    return guarded(lambda: _clean(repository, choice, arguments))


def _asked(repository: Repository, arguments: argparse.Namespace) -> list[Record]:
    """The sessions that the arguments speak of, the newest first."""
    records = list(records_of(repository))
    kept = {record.id for record in records[: arguments.keep or 0]}
    if arguments.sessions:
        named = {record_of(repository, name).id for name in arguments.sessions}
        records = [record for record in records if record.id in named]
    if arguments.older_than is not None:
        records = older(records, arguments.older_than, time.time())
    return [record for record in records if record.id not in kept]


def _clean(repository: Repository, choice: Choice, arguments: argparse.Namespace) -> int:
    freed = refs = 0
    for record in choice.doomed:
        bytes_of_it = size(record.folder)
        rescues = refs_below(repository.git, f"{RESCUES}{record.id}") if arguments.rescues else ()
        refs += len(rescues)
        if not arguments.dry_run:
            with _not_resumed(repository, record):
                drop(repository.git, (*rescues, *refs_below(repository.git, f"refs/mmm/base/{record.id}")))
                remove(record.folder)
        freed += bytes_of_it
        verb = "would remove" if arguments.dry_run else "removed"
        write_output(f"{verb} {record.id} ({number(bytes_of_it)} bytes)\n")
    if not arguments.dry_run:
        sweep(repository.common_dir)
    would = " would be" if arguments.dry_run else ""
    work = f", {plural(refs, 'rescue reference')}{would} given up" if arguments.rescues else ""
    write_output(
        f"{plural(len(choice.doomed), 'session')}{would} removed, {_bytes(freed)}{would} freed{work}\n"
    )
    code = EXIT_DONE
    for spared in choice.spared:
        if arguments.sessions:
            code = refused(f"session {spared.record.id} stays: {spared.why}")
        else:
            write_output(f"kept {spared.record.id}: {spared.why}\n")
    return code


@contextmanager
def _not_resumed(repository: Repository, record: Record) -> Iterator[None]:
    """Keep a session that could be resumed from being just that while it goes."""
    place = _work_tree(repository, record) if record.standing(record.story.state) in RESUMABLE else None
    with nullcontext() if place is None else kept_still(place.git_dir):
        yield


def _work_tree(repository: Repository, record: Record) -> Repository | None:
    """Where a session would be resumed; ``None`` where that is gone, or another repository's by now."""
    session = record.story.state.session
    if session is None or not os.path.exists(os.path.join(session.work_tree, ".git")):
        return None
    place = Repository.find(session.work_tree)
    return place if place.common_dir == repository.common_dir else None


def _bytes(count: int) -> str:
    return f"{number(count)} bytes"


def _age(text: str) -> float:
    """Seconds of `30d`, `2w`, and of all that other durations are written as."""
    found = re.fullmatch(r"(\d{1,6})([dw])", text)
    if found is None:
        try:
            return duration(text)
        except argparse.ArgumentTypeError:
            raise argparse.ArgumentTypeError(f"`{text}` is not an age; write `30d`, `2w` or `12h`") from None
    return int(found[1]) * {"d": 86400.0, "w": 604800.0}[found[2]]


def _count(text: str) -> int:
    """A whole number from 0."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number")
    return int(text)
