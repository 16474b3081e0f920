"""``mmm resume`` where it is about a map."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from mmm_lang.cli.cook import view_of
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.map_cook import Service, resume_map
from mmm_lang.cli.maps_here import maps_here
from mmm_lang.cli.watchers import Remembering
from mmm_lang.cli.worktree_session import end_in_worktree, ending
from mmm_lang.git.errors import GitError
from mmm_lang.git.linked import find_again
from mmm_lang.maps.record import MapRecord, can_go_on, standing_of
from mmm_lang.maps.resuming import MapChanges
from mmm_lang.plan.ir import Limits
from mmm_lang.runtime.cook import Watching
from mmm_lang.worktrees.making import remember_session
from mmm_lang.worktrees.record import RecordUnreadable, WorktreeRecord, record_at

if TYPE_CHECKING:
    from mmm_lang.cli.manners import Manners
    from mmm_lang.git.repository import Repository


def last_map(repository: Repository, *, failed: bool, merges: bool) -> MapRecord | None:
    """The last map that can go on; with ``failed`` the last that has items which failed. With ``merges`` one goes
    on whose items all succeeded and wait to be merged. ``None``: there is none."""
    for record in maps_here(repository):
        state = record.state
        if failed and any(one.failed for one in state.items or ()) and not record.running:
            return record
        waits = merges and state.started is not None and state.started.branch is not None
        ended = standing_of(record, state) == "succeeded" and not waits
        if not failed and can_go_on(record, state) and not ended:
            return record
    return None


def go_on_with(
    repository: Repository, record: MapRecord, arguments: argparse.Namespace, manners: Manners
) -> int:
    """Go on with a map; the exit code. Raises `UsageFailure` where that cannot be, `NotCooked` after saying why."""
    _can_go_on(record, failed=arguments.failed)
    if arguments.from_step is not None:
        raise UsageFailure(f"`--from` is about one session, and {record.id} is a map: it goes on by itself")
    if arguments.on_failure is not None:
        raise UsageFailure(
            f"`--on-failure` is about one session, and {record.id} is a map: it keeps what it was begun with"
        )
    changes = MapChanges(
        arguments.failed,
        arguments.yes,
        arguments.max_iterations,
        Limits(agent_calls=arguments.max_calls, cost_usd=arguments.max_cost, duration=arguments.max_duration),
    )
    worktree = _worktree_of(repository, record)
    view, service = view_of(arguments), Service(view_of(arguments), os.environ, manners)
    if worktree is None:
        return resume_map(repository, record.id, record.folder, changes, service, arguments.path)
    try:
        find_again(repository.git, worktree.path)
    except (GitError, OSError) as error:
        raise UsageFailure(str(error)) from None

    def listen(watcher: Watching) -> Watching:
        return Remembering(
            watcher, lambda session: remember_session(repository.common_dir, worktree.name, session)
        )

    service = Service(view, os.environ, manners, listen=listen)
    code = resume_map(repository, record.id, record.folder, changes, service, arguments.path)
    return end_in_worktree(repository, worktree.name, code, ending(view, os.environ, manners, agent=True))


def _worktree_of(repository: Repository, record: MapRecord) -> WorktreeRecord | None:
    """The worktree that mmm made for all items together; ``None`` where they ran elsewhere."""
    started = record.state.started
    try:
        return None if started is None else record_at(repository.common_dir, started.work_tree)
    except RecordUnreadable:
        return None


def _can_go_on(record: MapRecord, *, failed: bool) -> None:
    state = record.state
    match standing_of(record, state):
        case "damaged":
            raise UsageFailure(
                f"the journal of map {record.id} is damaged: {record.damage}\n"
                "  its items are sessions of their own, and `mmm sessions ls` lists them"
            )
        case "running":
            raise UsageFailure(f"map {record.id} is running; wait for its end, or stop it with Ctrl-C")
        case "succeeded" if not failed and not can_go_on(record, state):
            raise UsageFailure(f"map {record.id} has come to its end: there is nothing to resume")
