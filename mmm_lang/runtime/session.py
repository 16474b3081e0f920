"""One session at run time: its journal, its state, and who watches.

Every change of state goes through ``record``: journal first, then fold, then the watchers. What they are told is what
is already true on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from attrs import evolve

from mmm_lang.git.errors import GitError
from mmm_lang.masking import Mask, Secret
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import Step
from mmm_lang.runtime.ending import ended
from mmm_lang.runtime.events import Base, Event, Reason, SessionStarted, SessionStatus
from mmm_lang.runtime.fold import advance
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.rendering import Renderer
from mmm_lang.runtime.secrets import masked_event, secrets_of
from mmm_lang.runtime.state import State
from mmm_lang.runtime.values import Scope
from mmm_lang.runtime.world import World


class Recorder(Protocol):
    """What takes events: the journal."""

    def append(self, event: Event) -> Entry: ...


class Watcher(Protocol):
    """Who is told what happens: the console, the live view, `--format json`."""

    def happened(self, entry: Entry, state: State) -> None:
        """After an event is on disk; ``state`` includes it."""

    def working(self, step: Step, folder: str, agent_activity: Callable[[bytes], str | None] | None) -> None:
        """Now and then while a process runs; its outputs grow in ``folder``."""

    def silent(self, step: Step, seconds: float, patience: float) -> None:
        """Before ``working``, while an agent waits for its model: so long without a sign of life; at ``patience`` it is
        ended."""

    def stopping(self) -> None:
        """Once, when a process was told to end because the session is to stop, and has not ended yet."""


class CutShort(Exception):
    """Somebody will not wait: a second signal came while git made a commit (a hook may take its time)."""


class Session:
    """The mutable shell around the pure state. ``folder`` is where the session keeps its files."""

    def __init__(
        self, plan: Plan, world: World, folder: str, recorder: Recorder, watchers: Sequence[Watcher] = ()
    ) -> None:
        self.plan = plan
        self.world = world
        self.folder = folder
        self.watchers = tuple(watchers)
        self.state = State()
        self.signals = 0
        """How many signals to stop have come."""
        self.first_signal: int | None = None
        """The first of them; ``None`` also where a step was ended from outside without a signal to mmm."""
        self._breakable = False
        self._recorder = recorder
        self.mask = Mask(secrets_of(plan.header.secrets, world.environ))
        """What takes the session's secrets out of all that is written or shown."""

    def heed(self, number: int) -> None:
        """A signal to stop has come: called by its handler. Raises `CutShort` within ``breakable``."""
        self.signals += 1
        if self.signals == 1:
            self.first_signal = number
        if self.signals > 1 and self._breakable:
            raise CutShort

    @contextmanager
    def breakable(self) -> Iterator[None]:
        """Within it a second signal does not wait for what is under way. Raises `CutShort` then."""
        self._breakable = True
        try:
            yield
        finally:
            self._breakable = False

    def record(self, event: Event) -> None:
        """Make an event true, without the secrets in it: on disk, then in the state, then for the watchers."""
        event = masked_event(event, self.mask)
        entry = self._recorder.append(event)
        self.state = advance(self.state, event)
        for watcher in self.watchers:
            watcher.happened(entry, self.state)

    @property
    def started(self) -> SessionStarted:
        """The session's first event; there is one as soon as the session runs."""
        assert self.state.session is not None
        return self.state.session

    def end(self, status: SessionStatus, reason: Reason, message: str, exit_code: int) -> None:
        """Journal the end of the session; where it may be resumed, with what it leaves in the work tree."""
        left: Base | None = None
        if status != "succeeded":
            with suppress(GitError):  # nobody may know, and then nothing is compared with it later
                left = self.world.tree.snapshot()
        event = ended(self.state, status, reason, message, exit_code, self.files_changed())
        self.record(evolve(event, left=left))

    def files_changed(self) -> int:
        """How many files differ between where the session began and its last commit."""
        head = self.state.head
        return 0 if head is None else len(self.world.tree.changed(self.started.base.head, head))

    def secrets_in(self, env: Mapping[str, str]) -> tuple[Secret, ...]:
        """The secrets of a program with this environment: `env:` may have given one another value, which is a secret of
        the session from now on."""
        known = {one.text: one for one in self.mask.secrets}
        found = {one.text: one for one in secrets_of(self.plan.header.secrets, env)}
        if found.keys() - known.keys():
            self.mask = Mask((found | known).values())
        return self.mask.secrets

    def scope(self) -> Scope:
        """The values at this moment."""
        tree = self.world.tree
        return Scope(self.plan, self.state, self.folder, tree.root, self.world.environ, tree.exists)

    def renderer(self, *, strict: bool) -> Renderer:
        return Renderer(self.scope(), strict=strict)
