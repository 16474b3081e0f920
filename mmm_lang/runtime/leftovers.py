"""What a session that was killed left behind in a work tree, seen when the next one begins there."""

from __future__ import annotations

import glob
import os
import time
from contextlib import suppress

from mmm_lang.git.repository import Repository
from mmm_lang.process.records import OUTPUTS, RECORD
from mmm_lang.runtime.events import SessionStarted
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import Entry, JournalDamaged, read_journal
from mmm_lang.runtime.lock import last_session
from mmm_lang.runtime.real import GitTree, KeeperProcesses
from mmm_lang.runtime.requirements import Problem, RequirementsMissing
from mmm_lang.runtime.state import Attempt, State
from mmm_lang.runtime.values import run_folder


def left_behind(repository: Repository) -> str | None:
    """The last session in this work tree, if it was killed: what it left running is ended, its git's locks are removed.

    One that was killed before its first event, or after its last, holds objects that nobody needs: they are let go.
    Raises `RequirementsMissing` where an agent of it is still at work.
    """
    session = last_session(repository.git_dir)
    if session is None:
        return None
    folder = os.path.join(repository.common_dir, "mmm", "sessions", os.path.basename(session))
    try:
        entries = read_journal(folder)
    except FileNotFoundError:
        entries = []
    except (OSError, JournalDamaged):
        return None
    state = fold(entry.event for entry in entries)
    if state.session is not None and state.session.work_tree not in ("", repository.root):
        return None  # this is a copy of the repository, and the session may run there
    if state.session is None or state.finished is not None:
        clear_locks(repository, entries)
        if state.finished is None or state.finished.status == "succeeded":
            _let_go(repository, folder, session)
        return None
    processes = KeeperProcesses(session)
    if state.keeper is not None:
        call = running_call(state, folder, processes)
        if call is not None and processes.lives(state.keeper):
            raise RequirementsMissing((_at_work(state.session, call, state.keeper.pid),))
        processes.dismiss(state.keeper)
    clear_locks(repository, entries)
    return session


def running_call(state: State, folder: str, processes: KeeperProcesses) -> Attempt | None:
    """The agent call that had begun and has no end on record."""
    for attempt in state.latest.values():
        open_call = attempt.agent_session is not None and attempt.status is None and attempt.ran is None
        if open_call and processes.recorded(run_folder(folder, attempt.run)) is None:
            return attempt
    return None


def last_sign_of_life(state: State, folder: str) -> float:
    """When a session that was killed was last at work, in UNIX seconds, as its programs tell; 0.0 where none does.

    A keeper and its programs outlive mmm, and their time counts as if mmm had been there.
    """
    if state.session is None or state.finished is not None:
        return 0.0
    now, processes, signs = time.time(), KeeperProcesses(state.session.session), [0.0]
    call = running_call(state, folder, processes)
    if call is not None and state.keeper is not None and processes.lives(state.keeper):
        return now
    for attempt in state.latest.values():
        if attempt.status is None and attempt.ran is None:
            for name in (RECORD, *OUTPUTS):
                with suppress(OSError):
                    signs.append(os.stat(os.path.join(run_folder(folder, attempt.run), name)).st_mtime)
    return min(now, max(signs))


def clear_locks(repository: Repository, entries: list[Entry]) -> None:
    """Remove the lock files that a git of a session left that was killed; its processes have all ended."""
    state = fold(entry.event for entry in entries)
    if state.session is not None:
        # the indexes of the session itself: nobody but its own git takes these
        own = os.path.join(repository.common_dir, "mmm", "sessions", state.session.session)
        for folder in (own, os.path.join(repository.git_dir, "mmm")):
            for lock in glob.glob(os.path.join(glob.escape(folder), "*.lock")):
                with suppress(FileNotFoundError):
                    os.unlink(lock)
        repository.clear_left_locks(entries[-1].at - 0.01, time.time())


def _let_go(repository: Repository, folder: str, session: str) -> None:
    """Give up what a session held that died just before, or just after, all that it did."""
    if repository.refs_below(f"refs/mmm/base/{session}"):
        GitTree(repository, folder, session, verify=False, staged=False).release()


def _at_work(session: SessionStarted, call: Attempt, keeper: int) -> Problem:
    return Problem(
        f"session {session.session} was killed, and its agent is still at work on `{call.title or call.step}` in this "
        f"work tree (process {keeper})",
        f"`mmm resume {session.map or session.session}` goes on with it",
    )
