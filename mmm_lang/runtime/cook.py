"""`mmm cook`, from a compiled plan to the last event: requirements, session folders, one session an item."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeVar

from attrs import evolve, field, frozen

from mmm_lang import __version__
from mmm_lang.agents.model import Agent
from mmm_lang.git.repository import Repository
from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.serial import plan_to_json
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.ending import worst_exit_code
from mmm_lang.runtime.events import JOURNAL_VERSION, Paused, SessionFinished, SessionStarted
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

_Number = TypeVar("_Number", int, float)


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
    """

    item: Item | None
    session: str
    folder: str
    finished: SessionFinished
    notes: tuple[str, ...] = ()
    resets_epoch: float | None = None


class Watching(Watcher, Protocol):
    """A watcher that is also told where several sessions begin."""

    def item_begins(self, item: Item, number: int, total: int) -> None:
        """Before the session of an item, where there are items; ``number`` counts from 1."""


@frozen
class Kitchen:
    """Everything that is settled before the first session begins.

    ``died`` is the session that was killed here before, and could be resumed.
    """

    plan: Plan
    playbook: str
    text: str
    options: Options
    repository: Repository
    items: tuple[Item, ...]
    variables: Mapping[str, str]
    environ: Mapping[str, str]
    ask: Ask = nobody
    died: str | None = None


def prepare(
    plan: Plan,
    playbook: str,
    text: str,
    options: Options,
    environ: Mapping[str, str],
    ask: Ask = nobody,
) -> Kitchen:
    """Look at everything that a session needs; nothing is changed.

    ``playbook`` is the path as people wrote it, ``text`` its content. Raises `RequirementsMissing` with all
    that is missing.
    """
    with nothing_has_run():
        repository = Repository.find(options.path)
        died = left_behind(repository)
    items = items_of(repository.root, options.map, options.args)
    variables = inputs_of(plan, options.inputs)
    found = repository.preconditions(options.allow_dirty)
    problems = [Problem(problem.message, problem.help) for problem in found]
    problems += missing_variables(plan, items)
    problems += secret_problems(plan.header.secrets, environ, text, _written_down(variables, items))

    def agent(name: str) -> Agent:
        return agent_of(name, environ, _recording(options), "", repository.root)

    problems += missing_agents(plan, options.agent, agent, _asked_for(options))
    problems += unreadable_settings(environ)
    problems += unwritable_recording(options.record)
    problems += missing_commands(plan, options.agent, repository.root, environ)
    if found and died is not None:
        what = f"session {died} was killed in this work tree, and what is uncommitted may be its work"
        problems.append(Problem(what, f"`mmm resume {died}` goes on with it"))
    if problems:
        raise RequirementsMissing(problems)
    return Kitchen(plan, playbook, text, options, repository, items, variables, environ, ask, died)


def cook(
    kitchen: Kitchen, watcher: Watching, then: Callable[[Outcome], Outcome] = lambda outcome: outcome
) -> tuple[Outcome, ...]:
    """Run one session, or one an item, one after another. ``then`` may wait and go on with one that has paused."""
    items: Sequence[Item | None] = kitchen.items or (None,)
    outcomes: list[Outcome] = []
    for number, item in enumerate(items, start=1):
        if item is not None:
            watcher.item_begins(item, number, len(items))
        before = tuple(one.session for one in outcomes)
        outcome = evolve(then(_session(kitchen, item, watcher, before)), item=item)
        outcomes.append(outcome)
        status = outcome.finished.status
        if status in ("interrupted", "paused", "budget") or outcome.finished.reason in (
            "auth",
            "head-moved",
            "recording",
        ):
            break
        if status == "failed" and kitchen.options.fail_fast:
            break
    return tuple(outcomes)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """The exit code of all sessions together."""
    return worst_exit_code(tuple(outcome.finished.exit_code for outcome in outcomes))


def resets_of(state: State) -> float | None:
    """When the quota is there again that a session waits for (UNIX seconds); ``None``: it does not, or nobody knows."""
    return state.stop.resets_epoch if isinstance(state.stop, Paused) else None


def new_session_id(now: float) -> str:
    """A name that sorts by time and is unique: `20260131T235959-8001a2`, where `800` is a fraction of the second, in
    1/4096, and the rest is chance. ``now`` is UNIX seconds."""
    moment = datetime.fromtimestamp(now, UTC)
    return f"{moment:%Y%m%dT%H%M%S}-{moment.microsecond * 4096 // 1_000_000:03x}{uuid.uuid4().hex[:3]}"


def _session(kitchen: Kitchen, item: Item | None, watcher: Watcher, before: tuple[str, ...]) -> Outcome:
    """One session; ``before`` are those of the items before this one."""
    repository, options = kitchen.repository, kitchen.options
    name = new_session_id(time.time())
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
            )
            tree = place.tree()
            started = _started(kitchen, item, name, tree)
            journal = Journal(folder, time.time)
        with under_way(place, tree, kitchen.plan, journal, watcher) as session:
            finished = Driver(session).run(started)
        return Outcome(item, name, folder, finished, tidied(place, tree, finished), resets_of(session.state))


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
    options, limits = kitchen.options, kitchen.plan.header.limits
    return SessionStarted(
        session=name,
        playbook=kitchen.playbook,
        name=kitchen.plan.header.name,
        base=tree.snapshot(),
        max_iterations=iterations_of(kitchen.plan, options.max_iterations, item is not None),
        variables={**kitchen.variables, **(item.variables if item else {})},
        on_failure=options.on_failure,
        agent_calls=least(options.max_calls, limits.agent_calls),
        cost_usd=least(options.max_cost_usd, limits.cost_usd),
        duration=least(options.max_duration, limits.duration),
        agent=options.agent,
        bypass=options.bypass,
        mmm=__version__,
        work_tree=kitchen.repository.root,
        allow_dirty=options.allow_dirty,
        verify=options.verify,
        replay=_recording(options),
        setup=options.setup,
        version=JOURNAL_VERSION,
    )


def least(flag: _Number | None, limit: _Number | None) -> _Number | None:
    """The lower of a limit of the command line and one of the playbook; ``None`` where there is neither."""
    return min((one for one in (flag, limit) if one is not None), default=None)


def _written_down(variables: Mapping[str, str], items: Sequence[Item]) -> dict[str, str]:
    """What the command line gives the session, which its journal has, by what people call it."""
    inputs = {f"the input `{name.removeprefix('inputs.')}`": value for name, value in variables.items()}
    return {**inputs, **{f"item {number}": item.label for number, item in enumerate(items, start=1)}}


def _asked_for(options: Options) -> tuple[str, ...]:
    """Agents that the command line names: a mistake in a name is one, whether a step calls an agent or not."""
    asked = {"replay"} if options.replay is not None else set()
    return tuple(sorted(asked | {options.agent} - {"claude"}))


def _recording(options: Options) -> str | None:
    return None if options.replay is None else os.path.abspath(options.replay)
