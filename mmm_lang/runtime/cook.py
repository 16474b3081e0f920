"""`mmm cook`, from a compiled plan to the last event: requirements, session folders, one session.

Several items are a map, which runs such sessions for them (`mmm_lang.maps`)."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol

from attrs import field, frozen

from mmm_lang import __version__
from mmm_lang.agents.model import Agent
from mmm_lang.git.repository import Repository
from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Limits
from mmm_lang.plan.serial import plan_to_json
from mmm_lang.runtime.company import Company
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.events import JOURNAL_VERSION, BudgetReached, Paused, SessionFinished, SessionStarted
from mmm_lang.runtime.journal import Journal, write_whole
from mmm_lang.runtime.leftovers import left_behind
from mmm_lang.runtime.life import Ask, Place, agent_of, nobody, tidied, under_way
from mmm_lang.runtime.lock import session_lock
from mmm_lang.runtime.real import GitTree
from mmm_lang.runtime.recorder import Record, note_record
from mmm_lang.runtime.requirements import (
    Item,
    Problem,
    RequirementsMissing,
    inputs_of,
    items_of,
    missing_agents,
    missing_commands,
    missing_variables,
    nothing_has_run,
    unreadable_settings,
    unwritable_recording,
)
from mmm_lang.runtime.secrets import secret_problems
from mmm_lang.runtime.session import Watcher
from mmm_lang.runtime.state import State


@frozen
class Options:
    """What the command line asks for. Money in US dollars, ``max_duration`` in seconds."""

    path: str = "."
    max_iterations: int | None = None
    map: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    fail_fast: bool = False
    inputs: Mapping[str, str] = field(factory=dict)
    agent: str = "claude"
    replay: str | None = None
    record: str | None = None
    max_calls: int | None = None
    max_cost_usd: float | None = None
    max_duration: float | None = None
    on_failure: Literal["rollback", "keep"] = "rollback"
    allow_dirty: bool = False
    verify: bool = True
    bypass: bool = False
    setup: bool = False
    """Whether the work tree is a fresh one, in which `setup:` runs first."""


@frozen
class Outcome:
    """How one session ended, for which item, and where its files are; ``notes``: what could not be tidied up.

    ``resets_epoch``: when the quota is there again for which it paused (UNIX seconds), as far as the agent says it.
    ``shared_limit``: what stopped it is a limit that it has together with other sessions.
    """

    item: Item | None
    session: str
    folder: str
    finished: SessionFinished
    notes: tuple[str, ...] = ()
    resets_epoch: float | None = None
    shared_limit: bool = False


class Watching(Watcher, Protocol):
    """A watcher that is also told where several sessions begin."""

    def item_begins(self, item: Item, number: int, total: int) -> None:
        """Before the session of an item, where there are items; ``number`` counts from 1."""


@frozen
class Kitchen:
    """Everything that is settled before the first session begins.

    ``items`` are what it is for, none or several; ``limits`` hold for one session. ``died`` is the session that was
    killed here before, and could be resumed. ``map`` is the map that its session is a part of.
    ``company`` is what its sessions share with others of this process.
    """

    plan: Plan
    playbook: str
    text: str
    options: Options
    repository: Repository
    items: tuple[Item, ...]
    variables: Mapping[str, str]
    environ: Mapping[str, str]
    limits: Limits
    ask: Ask = nobody
    died: str | None = None
    map: str | None = None
    company: Company = field(factory=Company)


@frozen
class Ground:
    """A work tree as it was found. ``problems``: what stands against a session there, whatever it is to do; ``died``: the
    session that was killed there before, and could be resumed."""

    repository: Repository
    problems: tuple[Problem, ...]
    died: str | None


def looked_at(repository: Repository, allow_dirty: bool) -> Ground:
    """Look whether a session may begin in a work tree; what one that was killed there left running is ended.

    ``allow_dirty`` lets uncommitted changes pass. Raises `RequirementsMissing` where an agent of it is still at work.
    """
    with nothing_has_run():
        died = left_behind(repository)
    problems = [Problem(one.message, one.help) for one in repository.preconditions(allow_dirty)]
    if problems and died is not None:
        what = f"session {died} was killed in this work tree, and what is uncommitted may be its work"
        problems.append(Problem(what, f"`mmm resume {died}` goes on with it"))
    return Ground(repository, tuple(problems), died)


def prepare(
    plan: Plan,
    playbook: str,
    text: str,
    options: Options,
    environ: Mapping[str, str],
    ask: Ask = nobody,
    items: Sequence[Item] | None = None,
    ground: Ground | None = None,
) -> Kitchen:
    """Look at everything that a session needs; nothing is changed.

    ``playbook`` is the path as people wrote it, ``text`` its content, ``items`` what it is for and ``ground`` where it
    begins, where these are known already: else the options say it. Raises `RequirementsMissing` with all that is missing.
    """
    if ground is None:
        with nothing_has_run():
            repository = Repository.find(options.path)
        ground = looked_at(repository, options.allow_dirty)
    repository = ground.repository
    if items is None:
        items = items_of(repository.root, options.map, options.args)
    variables = inputs_of(plan, options.inputs)
    problems = list(ground.problems)
    problems += missing_variables(plan, items)
    problems += secret_problems(plan.header.secrets, environ, text, _written_down(variables, items))

    def agent(name: str) -> Agent:
        return agent_of(name, environ, _recording(options), "", repository.root)

    replays = options.replay is not None
    problems += missing_agents(plan, options.agent, agent, _asked_for(options), replays=replays)
    problems += unreadable_settings(environ)
    problems += unwritable_recording(options.record, playbook, (repository.git_dir, repository.common_dir))
    problems += missing_commands(plan, options.agent, repository.root, environ, replays=replays)
    if problems:
        raise RequirementsMissing(problems)
    limits = limits_of(plan, options)
    return Kitchen(
        plan, playbook, text, options, repository, tuple(items), variables, environ, limits, ask, ground.died
    )


def limits_of(plan: Plan, options: Options) -> Limits:
    """The limits of the playbook, or those of the command line where they are lower."""
    return plan.header.limits.within(Limits(options.max_calls, options.max_cost_usd, options.max_duration))


def cook(kitchen: Kitchen, watcher: Watcher) -> Outcome:
    """Run one session, for the first of the items, if there are any."""
    item = next(iter(kitchen.items), None)
    return cook_session(kitchen, item, watcher, new_session_id(time.time()))


def outcome_of(item: Item | None, place: Place, state: State, notes: tuple[str, ...]) -> Outcome:
    """What is to be said of a session that has ended."""
    assert state.finished is not None
    shared = isinstance(state.stop, BudgetReached) and state.stop.shared
    return Outcome(item, place.name, place.folder, state.finished, notes, resets_of(state), shared)


def resets_of(state: State) -> float | None:
    """When the quota is there again that a session waits for (UNIX seconds); ``None``: it does not, or nobody knows."""
    return state.stop.resets_epoch if isinstance(state.stop, Paused) else None


def new_session_id(now: float) -> str:
    """A name that sorts by time and is unique: `20260131T235959-8001a2`, where `800` is a fraction of the second, in
    1/4096, and the rest is chance. ``now`` is UNIX seconds."""
    moment = datetime.fromtimestamp(now, UTC)
    return f"{moment:%Y%m%dT%H%M%S}-{moment.microsecond * 4096 // 1_000_000:03x}{uuid.uuid4().hex[:3]}"


def cook_session(
    kitchen: Kitchen, item: Item | None, watcher: Watcher, name: str, before: tuple[str, ...] = ()
) -> Outcome:
    """Run one session under the id ``name``; ``before`` are those of the same command whose recording it goes on with.

    Raises `RequirementsMissing`, after which nothing has changed, ``GitError``, ``ProcessError`` and ``OSError``.
    """
    repository, options = kitchen.repository, kitchen.options
    with session_lock(repository.git_dir, name):
        with nothing_has_run():
            folder = _session_folder(kitchen, name)
            if options.record is not None:
                record = os.path.abspath(options.record)
                note_record(folder, Record(record, kitchen.plan.header.name, before))
            recording = _recording(options)
            place = Place(
                repository,
                folder,
                name,
                options.verify,
                options.allow_dirty,
                kitchen.environ,
                recording,
                kitchen.ask,
                kitchen.company,
            )
            tree = place.tree()
            started = _started(kitchen, item, name, tree)
            journal = Journal(folder, time.time)
        with under_way(place, tree, kitchen.plan, journal, watcher) as session:
            finished = Driver(session).run(started)
        return outcome_of(item, place, session.state, tidied(place, tree, finished))


def _session_folder(kitchen: Kitchen, name: str) -> str:
    """A new folder for a session, with its own copies of playbook and plan."""
    kitchen.repository.write_ignore()
    folder = os.path.join(kitchen.repository.common_dir, "mmm", "sessions", name)
    os.makedirs(folder, mode=0o700)
    write_whole(os.path.join(folder, "playbook.yml"), kitchen.text.encode("utf-8", "surrogatepass"))
    pinned = json.dumps(plan_to_json(kitchen.plan), indent=1)
    write_whole(os.path.join(folder, "plan.json"), pinned.encode())
    return folder


def _started(kitchen: Kitchen, item: Item | None, name: str, tree: GitTree) -> SessionStarted:
    options, limits = kitchen.options, kitchen.limits
    return SessionStarted(
        session=name,
        playbook=kitchen.playbook,
        name=kitchen.plan.header.name,
        base=tree.snapshot(),
        max_iterations=iterations_of(kitchen.plan, options.max_iterations, item is not None),
        variables={**kitchen.variables, **(item.variables if item else {})},
        on_failure=options.on_failure,
        agent_calls=limits.agent_calls,
        cost_usd=limits.cost_usd,
        duration=limits.duration,
        agent=options.agent,
        bypass=options.bypass,
        mmm=__version__,
        work_tree=kitchen.repository.root,
        allow_dirty=options.allow_dirty,
        verify=options.verify,
        replay=_recording(options),
        setup=options.setup,
        map=kitchen.map,
        version=JOURNAL_VERSION,
    )


def _written_down(variables: Mapping[str, str], items: Sequence[Item]) -> dict[str, str]:
    """What the command line gives the session, which its journal has, by what people call it."""
    inputs = {f"the input `{name.removeprefix('inputs.')}`": value for name, value in variables.items()}
    return {**inputs, **{f"item {number}": item.label for number, item in enumerate(items, start=1)}}


def _asked_for(options: Options) -> tuple[str, ...]:
    """Agents that the command line names: a mistake in a name is one, whether a step calls an agent or not."""
    asked = {"replay"} if options.replay is not None else {options.agent}
    return tuple(sorted(asked - {"claude"}))


def _recording(options: Options) -> str | None:
    return None if options.replay is None else os.path.abspath(options.replay)
