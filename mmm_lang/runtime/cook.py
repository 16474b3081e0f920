"""`mmm cook`, from a compiled plan to the last event: requirements, session folders, one session an item."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeVar

from attrs import field, frozen

from mmm_lang import __version__
from mmm_lang.agents.model import Agent
from mmm_lang.agents.registry import Replay, agent_named
from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository
from mmm_lang.plan.bounds import iterations_of
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.serial import plan_to_json
from mmm_lang.runtime.driver import Driver
from mmm_lang.runtime.ending import worst_exit_code, write_state
from mmm_lang.runtime.events import JOURNAL_VERSION, SessionFinished, SessionStarted
from mmm_lang.runtime.journal import Journal, write_whole
from mmm_lang.runtime.lock import session_lock
from mmm_lang.runtime.real import GitTree, KeeperProcesses, pauser
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
)
from mmm_lang.runtime.session import Session, Watcher
from mmm_lang.runtime.world import World

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
    max_calls: int | None = None
    max_cost_usd: float | None = None
    max_duration: float | None = None
    on_failure: Literal["rollback", "keep"] = "rollback"
    allow_dirty: bool = False
    verify: bool = True
    bypass: bool = False


@frozen
class Outcome:
    """How one session ended, for which item, and where its files are; ``notes``: what could not be tidied up."""

    item: Item | None
    session: str
    folder: str
    finished: SessionFinished
    notes: tuple[str, ...] = ()


class Watching(Watcher, Protocol):
    """A watcher that is also told where several sessions begin."""

    def item_begins(self, item: Item, number: int, total: int) -> None:
        """Before the session of an item, where there are items; ``number`` counts from 1."""


@frozen
class Kitchen:
    """Everything that is settled before the first session begins."""

    plan: Plan
    playbook: str
    text: str
    options: Options
    repository: Repository
    items: tuple[Item, ...]
    variables: Mapping[str, str]
    environ: Mapping[str, str]


def prepare(plan: Plan, playbook: str, text: str, options: Options, environ: Mapping[str, str]) -> Kitchen:
    """Look at everything that a session needs; nothing is changed.

    ``playbook`` is the path as people wrote it, ``text`` its content. Raises `RequirementsMissing` with all
    that is missing.
    """
    with nothing_has_run():
        repository = Repository.find(options.path)
    items = items_of(repository.root, options.map, options.args)
    variables = inputs_of(plan, options.inputs)
    found = repository.preconditions(options.allow_dirty)
    problems = [Problem(problem.message, problem.help) for problem in found]
    problems += missing_variables(plan, items)
    problems += missing_agents(plan, options.agent, _agents(options, environ, ""))
    problems += missing_commands(plan, options.agent, repository.root, environ)
    if problems:
        raise RequirementsMissing(problems)
    return Kitchen(plan, playbook, text, options, repository, items, variables, environ)


def cook(kitchen: Kitchen, watcher: Watching) -> tuple[Outcome, ...]:
    """Run one session, or one an item, one after another."""
    items: Sequence[Item | None] = kitchen.items or (None,)
    outcomes: list[Outcome] = []
    for number, item in enumerate(items, start=1):
        if item is not None:
            watcher.item_begins(item, number, len(items))
        outcome = _session(kitchen, item, watcher)
        outcomes.append(outcome)
        status = outcome.finished.status
        if status in ("interrupted", "paused", "budget") or outcome.finished.reason in ("auth", "head-moved"):
            break
        if status == "failed" and kitchen.options.fail_fast:
            break
    return tuple(outcomes)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """The exit code of all sessions together."""
    return worst_exit_code(tuple(outcome.finished.exit_code for outcome in outcomes))


def new_session_id(now: float) -> str:
    """A name that sorts by time and is unique: `20260131T235959-1a2b`."""
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


def _session(kitchen: Kitchen, item: Item | None, watcher: Watcher) -> Outcome:
    repository, options = kitchen.repository, kitchen.options
    name = new_session_id(time.time())
    with session_lock(repository.git_dir, name):
        with nothing_has_run():
            folder = _session_folder(kitchen, name)
            tree = GitTree(repository, folder, name, verify=options.verify, staged=options.allow_dirty)
            started = _started(kitchen, item, name, tree)
            journal = Journal(folder, time.time)
        processes = KeeperProcesses(name)
        began = time.monotonic()
        session: Session
        world = World(
            tree=tree,
            processes=processes,
            clock=time.time,
            elapsed=lambda: time.monotonic() - began,
            pause=pauser(lambda: session.signals > 0),
            new_id=lambda: str(uuid.uuid4()),
            environ=kitchen.environ,
            agent=_agents(options, kitchen.environ, folder),
        )
        session = Session(kitchen.plan, world, folder, journal, (watcher,))
        try:
            with _signals(session):
                finished = Driver(session).run(started)
        finally:
            processes.close()
            journal.close()
        return Outcome(item, name, folder, finished, _tidied(repository, tree, folder, name, finished))


def _session_folder(kitchen: Kitchen, name: str) -> str:
    """A new folder for a session, with its own copies of playbook and plan."""
    kitchen.repository.write_ignore()
    folder = os.path.join(kitchen.repository.common_dir, "mmm", "sessions", name)
    os.makedirs(folder, mode=0o700)
    write_whole(os.path.join(folder, "playbook.yml"), kitchen.text.encode("utf-8", "surrogatepass"))
    pinned = json.dumps(plan_to_json(kitchen.plan), indent=1)
    write_whole(os.path.join(folder, "plan.json"), pinned.encode())
    return folder


def _tidied(
    repository: Repository, tree: GitTree, folder: str, name: str, finished: SessionFinished
) -> tuple[str, ...]:
    """Let go of what was held, count the session. What does not work is said, and changes no verdict any more."""
    notes = []
    try:
        tree.release()
    except GitError as error:
        notes.append(str(error))
    try:
        write_state(repository.root, folder, name, finished.status)
    except OSError as error:
        notes.append(f"`.mmm/state.json` cannot be written: {(error.strerror or str(error)).lower()}")
    return tuple(notes)


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
        agent_calls=_least(options.max_calls, limits.agent_calls),
        cost_usd=_least(options.max_cost_usd, limits.cost_usd),
        duration=_least(options.max_duration, limits.duration),
        agent=options.agent,
        bypass=options.bypass,
        mmm=__version__,
        version=JOURNAL_VERSION,
    )


def _least(flag: _Number | None, limit: _Number | None) -> _Number | None:
    return min((one for one in (flag, limit) if one is not None), default=None)


def _agents(options: Options, environ: Mapping[str, str], folder: str) -> Callable[[str], Agent]:
    replay = None
    if options.replay is not None:
        replay = Replay(os.path.abspath(options.replay), os.path.join(folder, "replayed.json"))
    return lambda name: agent_named(name, environ, replay)


@contextmanager
def _signals(session: Session) -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP end the session in order; they are counted, the driver sees to the rest.

    A SIGHUP that the caller has us ignore (`nohup`) stays ignored.
    """

    def heed(number: int, frame: object) -> None:
        session.heed(number)

    wanted = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        wanted.append(signal.SIGHUP)
    before = {number: signal.signal(number, heed) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
