"""One session under way in the real world: its keeper, its agents, its clock and its signals."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from attrs import evolve, field, frozen

from mmm_lang.agents.model import Agent
from mmm_lang.agents.registry import NAMES, Replay, agent_named
from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository
from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.company import Company
from mmm_lang.runtime.ending import write_state
from mmm_lang.runtime.events import KeeperStarted, SessionFinished
from mmm_lang.runtime.journal import Journal
from mmm_lang.runtime.real import GitTree, KeeperProcesses, pauser
from mmm_lang.runtime.recorder import Recorder, record_of, write_recording
from mmm_lang.runtime.session import Session, Watcher
from mmm_lang.runtime.settings import programs_of
from mmm_lang.runtime.world import World

Ask = Callable[[str, str], bool | None]
"""A person's answer to a question about a step (its key); ``None``: nobody is there to be asked."""


def nobody(step: str, question: str) -> bool | None:
    """Nobody is there to be asked."""
    return None


@frozen
class Place:
    """Where a session lives: its work tree, its folder, its id, and what it is told at every part of its life.

    ``verify``: commits run the user's hooks. ``staged``: what the user has staged is kept, too. ``recording``: what the
    agent `replay` plays. ``company``: what it shares with others that run in this process.
    """

    repository: Repository
    folder: str
    name: str
    verify: bool
    staged: bool
    environ: Mapping[str, str]
    recording: str | None = None
    ask: Ask = nobody
    company: Company = field(factory=Company)

    def tree(self) -> GitTree:
        """The work tree, as the session sees it."""
        return GitTree(self.repository, self.folder, self.name, verify=self.verify, staged=self.staged)

    def agent(self, name: str) -> Agent:
        """The agent of that name."""
        return agent_of(name, self.environ, self.recording, self.folder, self.repository.root)


def agent_of(name: str, environ: Mapping[str, str], recording: str | None, folder: str, root: str) -> Agent:
    """The agent of that name; `replay` plays ``recording``, and notes in ``folder`` what has answered.

    Others than mmm brings are named by the configuration of the repository at ``root``.
    """
    replay = None
    if recording is not None:
        replay = Replay(os.path.abspath(recording), os.path.join(folder, "replayed.json"))
    return agent_named(name, environ, replay, None if name in NAMES else programs_of(root))


@contextmanager
def under_way(
    place: Place, tree: GitTree, plan: Plan, journal: Journal, watcher: Watcher, before: float = 0.0
) -> Iterator[Session]:
    """A session that can be driven. ``before`` is what earlier parts of it took, in seconds.

    When it is left nothing of it runs any more, and the journal is closed.
    """
    began = time.monotonic()
    session: Session

    def announce(keeper: KeeperStarted) -> None:
        session.record(keeper)
        tree.belongs_to(keeper)

    processes = KeeperProcesses(place.name, announce)
    world = World(
        tree=tree,
        processes=processes,
        clock=time.time,
        elapsed=lambda: before + time.monotonic() - began,
        pause=pauser(lambda: session.signals > 0),
        new_id=lambda: str(uuid.uuid4()),
        environ=place.environ,
        agent=place.agent,
        ask=place.ask,
    )
    recorder = None if record_of(place.folder) is None else Recorder(place.repository, place.agent)
    if recorder is not None:
        world = evolve(world, agent=recorder.agent)
    company = place.company
    try:
        with company.purse.account(place.name, company.label) as account:
            session = Session(plan, world, place.folder, journal, (watcher,), account)
            if recorder is not None:
                recorder.listen(session)
            with company.signals.told_to(session.heed):
                yield session
    finally:
        processes.close()
        journal.close()
        with suppress(OSError):  # where it cannot be written is said when the session has ended
            write_recording(place.folder)


def tidied(place: Place, tree: GitTree, finished: SessionFinished) -> tuple[str, ...]:
    """Let go of what was held, count the session. What does not work is said, and changes no verdict any more."""
    notes: list[str] = []
    try:
        if finished.status == "succeeded":
            tree.release()
        place.repository.write_ignore()  # a step may have removed it
    except GitError as error:
        notes.append(str(error))
    try:
        write_state(place.repository.root, place.folder, place.name, finished.status)
    except OSError as error:
        notes.append(f"`.mmm/state.json` cannot be written: {(error.strerror or str(error)).lower()}")
    try:
        write_recording(place.folder)
    except OSError as error:
        notes.append(f"the recording cannot be written: {(error.strerror or str(error)).lower()}")
    return (*tree.notes, *notes)
