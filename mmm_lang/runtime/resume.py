"""`mmm resume`: a session from its folder to its next end. What was recorded is the truth; nothing else is asked.

The pure part (``resumed``, ``hindrance``) is what a simulation uses, too.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import evolve, frozen

from mmm_lang import __version__
from mmm_lang.figures import plural
from mmm_lang.git.linked import branch_tip
from mmm_lang.git.repository import Repository
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.serial import plan_from_json
from mmm_lang.runtime.actions import GoBack, GoOn, PutWorkBack, Restore, RollBack
from mmm_lang.runtime.company import Company
from mmm_lang.runtime.cook import Outcome, outcome_of
from mmm_lang.runtime.decide import decide, failed_in
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.events import Base, SessionResumed, SessionStarted
from mmm_lang.runtime.evidence import listed
from mmm_lang.runtime.fold import advance, fold
from mmm_lang.runtime.journal import Entry, Journal, read_journal
from mmm_lang.runtime.leftovers import clear_locks, last_sign_of_life, running_call
from mmm_lang.runtime.life import Ask, Place, nobody, tidied, under_way
from mmm_lang.runtime.lock import session_lock
from mmm_lang.runtime.real import KeeperProcesses
from mmm_lang.runtime.requirements import Problem, RequirementsMissing, missing_agents, nothing_has_run
from mmm_lang.runtime.secrets import secret_problems
from mmm_lang.runtime.session import Watcher
from mmm_lang.runtime.state import Attempt, State
from mmm_lang.runtime.undone import taken_back
from mmm_lang.runtime.world import WorkTree
from mmm_lang.tagged import UnreadableValue


@frozen
class Changes:
    """What the command line asks for; ``None``: as it was. Money in US dollars, ``max_duration`` in seconds."""

    from_step: str | None = None
    max_iterations: int | None = None
    max_calls: int | None = None
    max_cost_usd: float | None = None
    max_duration: float | None = None
    on_failure: Literal["rollback", "keep"] | None = None


@frozen
class Stopped:
    """A session that is not running, as its folder tells it."""

    repository: Repository
    folder: str
    started: SessionStarted
    plan: Plan
    entries: tuple[Entry, ...]
    state: State


def stopped_session(repository: Repository, folder: str) -> Stopped:
    """Read a session. Raises `JournalDamaged`, and `RequirementsMissing` where its plan or its work tree is gone."""
    with nothing_has_run():
        entries = tuple(read_journal(folder))
    state = fold(entry.event for entry in entries)
    if state.session is None:
        raise RequirementsMissing(
            (Problem(f"`{folder}` holds no session", "`mmm sessions ls` lists all there are"),)
        )
    if (undone := taken_back(folder)) is not None:
        raise RequirementsMissing((undone,))
    place = state.session.work_tree
    if place and place != repository.root:
        if not os.path.isdir(place):
            what = f"the work tree of session {state.session.session}, `{place}`, is gone"
            raise RequirementsMissing((Problem(what, what_is_left(repository, state)),))
        with nothing_has_run():
            elsewhere = Repository.find(place)
        if not os.path.samefile(elsewhere.common_dir, repository.common_dir):
            what = f"session {state.session.session} ran in `{place}`, which belongs to another repository"
            raise RequirementsMissing((Problem(what, f"go on with it there: `mmm resume --path {place}`"),))
        repository = elsewhere
    return Stopped(repository, folder, state.session, _pinned_plan(folder), entries, state)


def what_is_left(repository: Repository, state: State) -> str:
    """What the repository still has of a session whose work tree is gone: its branch, and what was set aside."""
    assert state.session is not None
    name, branch = state.session.session, state.session.base.branch
    tip = None if branch is None else branch_tip(repository.git, branch)
    found = "it was on no branch" if branch is None else f"its branch `{branch}` is gone, too"
    if tip is not None:
        made = plural(state.total_commits, "commit")
        found = f"its branch `{branch}` is there, at {tip[:10]}, where the {made} of the session were made"
    rescues = repository.refs_below(f"refs/mmm/rescue/{name}")
    if rescues:
        found += f"; work that was set aside is in {rescues[-1]} (`mmm rescue ls` lists all)"
    elif tip is None:
        found += "; `git fsck --lost-found` finds commits that nothing refers to"
    return found


def _pinned_plan(folder: str) -> Plan:
    path = os.path.join(folder, "plan.json")
    try:
        with open(path, "rb") as file:
            data = json.load(file)
        if not isinstance(data, dict):
            raise ValueError("it is not an object")
        return plan_from_json(data)
    except (OSError, ValueError, UnreadableValue) as error:
        problem = Problem(
            f"the session's plan `{path}` cannot be read: {error}",
            "its commits stay; run `mmm cook` again for what is left to do",
        )
        raise RequirementsMissing((problem,)) from None


def elapsed_of(entries: Sequence[Entry], until: float = 0.0) -> float:
    """How long a session has run, in seconds: all its parts, without the time between them.

    ``until``: when the last part came to its end (UNIX seconds), where that was after its last event.
    """
    total, began = 0.0, entries[0].at
    for entry in entries:
        if isinstance(entry.event, SessionResumed):
            total, began = entry.event.elapsed, entry.at
    return total + max(0.0, max(entries[-1].at, until) - began)


def resumed(plan: Plan, state: State, elapsed: float, found: Base, changes: Changes) -> SessionResumed:
    """The event with which a session goes on."""
    session = state.session
    assert session is not None
    failed = state.finished is not None and state.finished.reason == "step-failed"
    return SessionResumed(
        elapsed=round(elapsed, 3),
        found=found,
        max_iterations=changes.max_iterations or session.max_iterations,
        on_failure=changes.on_failure or session.on_failure,
        agent_calls=changes.max_calls or session.agent_calls,
        cost_usd=changes.max_cost_usd or session.cost_usd,
        duration=changes.max_duration or session.duration,
        from_step=changes.from_step,
        again=failed_in(plan, state) if failed and changes.from_step is None else (),
        mmm=__version__,
    )


def hindrance(plan: Plan, state: State, event: SessionResumed, tree: WorkTree) -> Problem | None:
    """Why a session cannot go on with ``event`` from what lies in the work tree; ``None`` where it can."""
    session = state.session
    assert session is not None
    now, after = event.found, advance(state, event)
    if event.from_step is not None:
        return _no_way_back(state, event.from_step, now, tree)
    if (last := _forbidden(plan, state, event)) is not None:
        return last
    action = decide(plan, after)
    if isinstance(action, GoOn):
        return None  # what a run has done is looked at when it is gone on with
    if (waiting := _waiting(state)) is not None and waiting.base is not None:
        # commits of its own may be on the branch, which are not journalled yet
        here = now.branch == waiting.base.branch and tree.descends(now.head, waiting.base.head)
        return None if here else _moved(state, now)
    heads = {state.head}
    if isinstance(action, Restore | RollBack | GoBack):
        heads.add(action.to.head)  # it was cut off in the middle of this
    if isinstance(action, PutWorkBack):
        heads.add(action.rollback.from_)
    if now.head not in heads or (now.branch != session.base.branch and not isinstance(action, Restore)):
        return _moved(state, now)
    if isinstance(action, PutWorkBack) and tree.kept(action.rollback.rescue or "") is None:
        return Problem(
            f"`{action.rollback.rescue}`, which kept the work of the session when it failed, is gone",
            "run `mmm cook` again",
        )
    # it was cut off while it was put back
    halfway = state.putting_back is not None and state.finished is None
    if isinstance(action, PutWorkBack) and not halfway and (changed := _changed_since(state, now, tree)):
        return Problem(
            f"{plural(len(changed), 'file')} {'has' if len(changed) == 1 else 'have'} changed since the session failed: "
            f"{listed(changed)}, and its work is to be put back there",
            "stash them or throw them away first",
        )
    return None


def _waiting(state: State) -> Attempt | None:
    """The run that was to call its agent again, if there is one."""
    return next((one for one in state.latest.values() if one.waiting is not None), None)


def _forbidden(plan: Plan, state: State, event: SessionResumed) -> Problem | None:
    """A step that may not be run again by itself, with which the session has failed."""
    last = state.latest.get(event.again[-1]) if event.again else None
    if last is None or last.fault != "cut-off" or last.status != "failed":
        return None
    step = plan.step(last.step)
    return Problem(
        f"`{step.title}` ({step.where}) was cut off in the middle, and may not be run again by itself",
        f"see what it has done; `--from {step.key}` goes back to where it began and runs it again",
    )


def _no_way_back(state: State, step: str, now: Base, tree: WorkTree) -> Problem | None:
    if step not in state.before:
        known = tuple(state.before)
        advice = f"those that have are {listed(known, most=20)}" if known else "resume it without `--from`"
        return Problem(f"`--from {step}`: no such step has begun in the last iteration", advice)
    base = state.before[step].base
    if tree.pushed(base.head, now.head):
        return Problem(
            f"commits that were made since `{step}` began are on a remote, so they are not taken back",
            "resume without `--from`, or run `mmm cook` again",
        )
    return None


def _moved(state: State, now: Base) -> Problem:
    session = state.session
    assert session is not None
    where = f"{str(state.head)[:10]} on {session.base.branch or 'a detached HEAD'}"
    here = f"{now.head[:10]} on {now.branch or 'a detached HEAD'}"
    steps = tuple(state.before)
    way = f"`--from {steps[-1]}` goes back to where that step began, and keeps what is there now under a rescue ref"
    advice = f"go back to where it was; or {way}" if steps else "go back to where it was"
    return Problem(f"HEAD is not where the session left it (it left {where}, and found {here})", advice)


def _changed_since(state: State, now: Base, tree: WorkTree) -> tuple[str, ...]:
    """Files that are not as the session left them, where that is known."""
    return () if state.left is None else tree.changed(state.left.tree, now.tree)


def resume(
    session: Stopped,
    changes: Changes,
    watcher: Watcher,
    environ: Mapping[str, str],
    ask: Ask = nobody,
    company: Company | None = None,
) -> Outcome:
    """Go on with a session to its next end. ``company`` is what it shares with others; ``None``: it is alone.

    Raises `RequirementsMissing`, after which nothing has changed.
    """
    started, repository, state = session.started, session.repository, session.state
    place = Place(
        repository,
        session.folder,
        started.session,
        started.verify,
        started.allow_dirty,
        environ,
        started.replay,
        ask,
        company or Company(),
    )
    with session_lock(repository.git_dir, started.session):
        with nothing_has_run():
            _refuse_what_is_stale(session)
            _clear_up(session)
            tree = place.tree()
            elapsed = elapsed_of(session.entries, last_sign_of_life(state, session.folder))
            event = resumed(session.plan, state, elapsed, tree.snapshot(), changes)
            replays = started.replay is not None
            problems = list(missing_agents(session.plan, started.agent, place.agent, replays=replays))
            problems += secret_problems(session.plan.header.secrets, environ, "", {})
            if (in_the_way := hindrance(session.plan, state, event, tree)) is not None:
                problems.append(in_the_way)
            if problems:
                raise RequirementsMissing(problems)
            if changes.from_step is not None:
                _end_all(session)  # an agent that is still at work, too: what it has done is put aside
                tree = place.tree()  # which has not looked yet: the agent was at work until just now
                event = evolve(event, found=tree.snapshot())
            journal = Journal.reopen(session.folder, time.time, session.entries)
        with under_way(place, tree, session.plan, journal, watcher, event.elapsed) as going:
            going.state = state
            finished = Driver(going).resume(event)
        return outcome_of(None, place, going.state, tidied(place, tree, finished))


def _refuse_what_is_stale(session: Stopped) -> None:
    """Before the lock was ours, another mmm may have gone on with the session, or taken it back."""
    name = session.started.session
    if tuple(read_journal(session.folder)) != session.entries:
        what = f"session {name} has gone on meanwhile, by another mmm"
        raise RequirementsMissing((Problem(what, f"`mmm sessions show {name}` tells how it stands"),))
    if (undone := taken_back(session.folder)) is not None:
        raise RequirementsMissing((undone,))


def _clear_up(session: Stopped) -> None:
    """A git that was killed may have left its locks, unless an agent is still at work that may be using them."""
    processes = KeeperProcesses(session.started.session)
    keeper, call = session.state.keeper, running_call(session.state, session.folder, processes)
    if keeper is not None and processes.lives(keeper) and call is not None:
        return
    _end_all(session)


def _end_all(session: Stopped) -> None:
    """End what the session left running, and remove the locks of its gits."""
    if (keeper := session.state.keeper) is not None:
        KeeperProcesses(session.started.session).dismiss(keeper)
    clear_locks(session.repository, list(session.entries))
