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
from mmm_lang.cli.maps_here import map_meant, maps_here, owner_here
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
from mmm_lang.maps.folders import map_of
from mmm_lang.maps.record import MapRecord, older_maps, spared_map
from mmm_lang.runtime.lock import kept_still
from mmm_lang.sessions.cleaning import Choice, choose, older, remove, size, sweep
from mmm_lang.sessions.record import RESUMABLE, Record
from mmm_lang.worktrees.map_lock import MapAtWork, map_at_work


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
    maps = {record.id: record for record in maps_here(repository)}
    known = frozenset(maps)
    parts: dict[str, list[Record]] = {}
    alone: list[Record] = []
    for record in records_of(repository):
        owner = map_of(record.id, known)
        (alone if owner is None else parts.setdefault(owner, [])).append(record)
    wanted = _wanted(repository, arguments, sorted({*maps, *(record.id for record in alone)}, reverse=True))
    sessions = [record for record in alone if record.id in wanted]
    chosen = [record for name, record in maps.items() if name in wanted]
    if arguments.older_than is not None:
        sessions = older(sessions, arguments.older_than, time.time())
        chosen = older_maps(chosen, arguments.older_than, time.time())
    choice = choose(sessions, force=arguments.force)
    doomed = [(map, parts.get(map.id, [])) for map in chosen]
    return guarded(lambda: _clean(repository, choice, doomed, arguments))


def _wanted(repository: Repository, arguments: argparse.Namespace, names: list[str]) -> set[str]:
    """Which of these sessions and maps the arguments speak of; ``names`` are all, the newest first.

    Raises `UsageFailure` for a session of a map, which goes with it.
    """
    kept = set(names[: arguments.keep or 0])
    if not arguments.sessions:
        return set(names) - kept
    wanted = set()
    for name in arguments.sessions:
        map = map_meant(repository, name)
        found = record_of(repository, name).id if map is None else map.id
        owner = owner_here(repository, found)
        if owner is not None:
            raise UsageFailure(f"session {found} belongs to the map {owner}, and goes with it: name that")
        wanted.add(found)
    return wanted - kept


def _clean(
    repository: Repository,
    choice: Choice,
    maps: list[tuple[MapRecord, list[Record]]],
    arguments: argparse.Namespace,
) -> int:
    freed = refs = 0
    doomed = list(choice.doomed)
    code = EXIT_DONE
    for map, parts in maps:
        why = spared_map(map, parts, force=arguments.force)
        if why is not None and arguments.sessions:
            code = refused(f"map {map.id} stays: {why}")
        elif why is not None:
            write_output(f"kept {map.id}: {why}\n")
        else:
            freed += _remove_map(repository, map, arguments)
            doomed += parts
    for record in doomed:
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
    write_output(f"{plural(len(doomed), 'session')}{would} removed, {_bytes(freed)}{would} freed{work}\n")
    for spared in choice.spared:
        if arguments.sessions:
            code = refused(f"session {spared.record.id} stays: {spared.why}")
        else:
            write_output(f"kept {spared.record.id}: {spared.why}\n")
    return code


def _remove_map(repository: Repository, map: MapRecord, arguments: argparse.Namespace) -> int:
    """Remove the folder of a map itself, and say so; its size in bytes. Its sessions count for themselves then."""
    bytes_of_it = size(map.folder)
    if not arguments.dry_run:
        try:
            with map_at_work(repository.common_dir, map.id):
                remove(map.folder)
        except MapAtWork as error:
            raise UsageFailure(str(error)) from None
    verb = "would remove" if arguments.dry_run else "removed"
    write_output(f"{verb} map {map.id} ({number(bytes_of_it)} bytes)\n")
    return bytes_of_it


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
