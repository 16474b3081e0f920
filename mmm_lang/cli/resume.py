"""``mmm resume``: go on where a session stopped."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from mmm_lang.cli.durations import amount, duration, positive_count
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.repositories import configure_format, configure_path, record_of, records_of, repository_of
from mmm_lang.cli.terminal import write_message
from mmm_lang.diagnostics.display import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmm_lang.cli.manners import Manners
    from mmm_lang.git.repository import Repository
    from mmm_lang.maps.record import MapRecord
    from mmm_lang.plan.graph import Plan
    from mmm_lang.runtime.resume import Changes
    from mmm_lang.sessions.record import Record
    from mmm_lang.worktrees.record import WorktreeRecord

EXIT_USAGE = 2


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm resume``."""
    add = parser.add_argument
    add(
        "session",
        metavar="SESSION",
        nargs="?",
        help="id of a session or of a map, or the beginning of it (default: the last one here that can go on)",
    )
    configure_path(parser)
    add(
        "--from",
        dest="from_step",
        metavar="STEP",
        help="go back to where this step began in the last iteration; what came after is kept by a rescue reference",
    )
    add("-n", "--max-iterations", metavar="N", type=positive_count, help="iterations at most, from now on")
    add(
        "--max-calls",
        metavar="N",
        type=positive_count,
        help="agent calls at most, those made already included",
    )
    add("--max-cost", metavar="USD", type=amount, help="US dollars at most, those spent already included")
    add("--max-duration", metavar="D", type=duration, help="time at most, that of the earlier parts included")
    add("--on-failure", choices=("rollback", "keep"), help="what becomes of a failed iteration's work")
    add(
        "--approve",
        metavar="STEP",
        action="append",
        default=[],
        help="say yes, once, to what this step asks; may be repeated",
    )
    add("--failed", action="store_true", help="of a map: run just the items again that failed")
    add("-y", "--yes", action="store_true", help="answer yes to every question; of a map: merge its items")
    add("--wait", action="store_true", help="where the agent's quota is used up, wait for it and go on")
    configure_format(parser)
    add("-v", "--verbose", action="store_true", help="say more")
    add("-q", "--quiet", action="store_true", help="say only how it ended")


def run(arguments: argparse.Namespace) -> int:
    """Go on; the exit codes are those of ``mmm cook``."""
    from mmm_lang.cli.cook import NotCooked
    from mmm_lang.cli.maps_here import map_meant

    repository = repository_of(arguments)
    if arguments.session is None:
        return _resume_last(repository, arguments)
    map = map_meant(repository, arguments.session)
    try:
        if map is not None:
            return _resume_map(repository, map, arguments)
        record = _named(repository, arguments.session)
        if arguments.failed:
            raise UsageFailure(f"`--failed` is about the items of a map, and {record.id} is one session")
        return _resume(repository, record, arguments)
    except NotCooked as stopped:
        return stopped.exit_code


def _resume_last(repository: Repository, arguments: argparse.Namespace) -> int:
    """Go on with whatever can, the last: a session or a map."""
    from mmm_lang.cli.cook import NotCooked
    from mmm_lang.cli.map_resume import last_map

    map = last_map(repository, failed=arguments.failed, merges=arguments.yes)
    record = None if arguments.failed else _last(repository)
    try:
        if map is not None and (record is None or map.id > record.id):
            return _resume_map(repository, map, arguments)
        if record is not None:
            _can_go_on(record)
            return _resume(repository, record, arguments)
    except NotCooked as stopped:
        return stopped.exit_code
    write_message("Nothing to resume")
    return EXIT_USAGE


def _resume_map(repository: Repository, map: MapRecord, arguments: argparse.Namespace) -> int:
    from mmm_lang.cli.map_resume import go_on_with

    return go_on_with(repository, map, arguments, manners_of(arguments))


def changes_of(arguments: argparse.Namespace) -> Changes:
    """What is to be different from now on."""
    from mmm_lang.runtime.resume import Changes

    return Changes(
        arguments.from_step,
        arguments.max_iterations,
        arguments.max_calls,
        arguments.max_cost,
        arguments.max_duration,
        arguments.on_failure,
    )


def manners_of(arguments: argparse.Namespace) -> Manners:
    """What is to be done where the session asks for something."""
    from mmm_lang.cli.manners import Manners

    return Manners(arguments.yes, list(arguments.approve), arguments.wait)


def _resume(repository: Repository, record: Record, arguments: argparse.Namespace) -> int:
    from mmm_lang.cli.cook import refused, stopped, view_of, watching
    from mmm_lang.cli.manners import goes_on
    from mmm_lang.cli.worktree_session import end_in_worktree, ending
    from mmm_lang.git.errors import GitError
    from mmm_lang.git.linked import find_again
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.runtime.requirements import RequirementsMissing
    from mmm_lang.runtime.resume import resume, stopped_session
    from mmm_lang.worktrees.making import remember_session
    from mmm_lang.worktrees.reviving import is_deleted, revive
    from mmm_lang.worktrees.unmended import refuse_cut_off_merge

    manners = manners_of(arguments)
    sessions = os.path.dirname(record.folder)
    try:
        worktree = _worktree_of(repository, record)
        if worktree is not None:
            remember_session(repository.common_dir, worktree.name, record.id)
            find_again(repository.git, worktree.path)
            if is_deleted(worktree):
                for note in revive(repository, worktree, record.folder, arguments.from_step, os.environ):
                    write_message(f"note: {visible(note)}")
        session = stopped_session(repository, record.folder)
        _refuse_unasked(session.plan, arguments.approve)
        refuse_cut_off_merge(session.repository, record.id)
        with watching(session.plan, sessions, view_of(arguments)) as watcher:
            outcome = resume(session, changes_of(arguments), watcher, os.environ, manners.answer)
            outcome = goes_on(manners, session.repository, watcher, os.environ)(outcome)
    except RequirementsMissing as error:
        raise refused(error) from None
    except (GitError, ProcessError, OSError) as error:
        raise stopped(error, arguments.path) from None
    for note in outcome.notes:
        write_message(f"warning: {note}")
    if worktree is None:
        return outcome.finished.exit_code
    end = ending(view_of(arguments), os.environ, manners, agent=True)
    return end_in_worktree(repository, worktree.name, outcome.finished.exit_code, end)


def _refuse_unasked(plan: Plan, approved: Sequence[str]) -> None:
    """Raises `UsageFailure` where a yes is meant for a step that never asks: the session would only pause again."""
    from mmm_lang.plan.ir import Approve

    asking = [step.key for step in plan.steps if isinstance(step.action, Approve) or step.rerun == "ask"]
    for key in approved:
        if key not in asking:
            known = ", ".join(f"`{one}`" for one in asking)
            raise UsageFailure(
                f"no step `{key}` asks for anything, so `--approve` has nothing to answer\n"
                f"  {f'these ask: {known}' if asking else 'no step of this playbook asks'}"
            )


# --- which session ---


def _named(repository: Repository, name: str) -> Record:
    """The session that is named. Raises `UsageFailure` where it cannot go on."""
    from mmm_lang.cli.maps_here import owner_here

    record = record_of(repository, name)
    owner = owner_here(repository, record.id)
    if owner is not None:
        raise UsageFailure(
            f"session {record.id} belongs to the map {owner}: `mmm resume {owner}` goes on with that"
        )
    _can_go_on(record)
    return record


def _last(repository: Repository) -> Record | None:
    """The last session in this work tree that has not ended for good, or else the last in a work tree that mmm made for
    one; ``None`` where there is none.

    One that runs here, or that cannot be read, is given too: to go on with an older one, and to answer its questions, is
    not what anybody means who sees that the newer one stopped.
    """
    from mmm_lang.cli.maps_here import owner_here

    elsewhere: Record | None = None
    helpers = _helpers(repository)
    for record in records_of(repository):
        if record.id in helpers or not _is_open(record) or owner_here(repository, record.id) is not None:
            continue
        started = record.story.started
        if started is None or started.work_tree in ("", repository.root):
            return record
        if elsewhere is None and not record.running and _worktree_of(repository, record) is not None:
            elsewhere = record
    return elsewhere


def _is_open(record: Record) -> bool:
    """Whether a session may have something to go on with, as far as its files tell."""
    from mmm_lang.sessions.record import ENDED_FOR_GOOD

    if record.undone is not None and record.undone.done:
        return False
    unread = record.damage is not None or record.version is not None
    if record.story.started is None:
        return unread
    return record.standing(record.story.state) not in ENDED_FOR_GOOD


def _worktree_of(repository: Repository, record: Record) -> WorktreeRecord | None:
    """The work tree that mmm made for a session; ``None`` where it ran in one of the user's."""
    from mmm_lang.worktrees.record import RecordUnreadable, record_at
    from mmm_lang.worktrees.standing import unnoted

    started = record.story.started
    try:
        found = None if started is None else record_at(repository.common_dir, started.work_tree)
    except RecordUnreadable:
        return None
    if found is None:
        return None
    return found if record.id in (*found.sessions, *unnoted(repository.common_dir, found)) else None


def _helpers(repository: Repository) -> frozenset[str]:
    """Sessions that were a part of a merge: they end with it, and nobody goes on with one."""
    from mmm_lang.worktrees.record import helper_sessions

    return helper_sessions(repository.common_dir)


def _can_go_on(record: Record) -> None:
    """Raises `UsageFailure` with the reason, and what to do, where a session cannot go on."""
    from mmm_lang.runtime.fold import fold
    from mmm_lang.sessions.record import version_sentence

    state = fold(entry.event for entry in record.entries)
    match record.standing(state):
        case "unreadable":
            raise UsageFailure(f"session {record.id} cannot be resumed: {version_sentence(record)}")
        case "damaged":
            made = f"its {state.total_commits} commits" if state.total_commits else "what it has done"
            raise UsageFailure(
                f"the journal of session {record.id} is damaged: {record.damage}\n"
                f"  the {len(record.entries)} events before that can be read: `mmm sessions show {record.id}`\n"
                f"  {made} can be found with `git log --all --grep 'Mmm-Session: {record.id}'`"
            )
        case "running":
            raise UsageFailure(f"session {record.id} is running; wait for its end, or stop it with Ctrl-C")
        case "succeeded":
            raise UsageFailure(f"session {record.id} has come to its end: there is nothing to resume")
        case "undone":
            raise UsageFailure(
                f"session {record.id} was taken back with `mmm undo`: there is nothing to resume"
            )
