"""One session at run time: its journal, its state, and who watches.

Every change of state goes through ``record``: journal first, then fold, then the watchers. What they are told is what
is already true on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from attrs import evolve

from mmm_lang.git.errors import GitError
from mmm_lang.masking import Mask, Secret
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import AgentCall, Step
from mmm_lang.runtime.ending import ended
from mmm_lang.runtime.events import (
    Base,
    BudgetReached,
    Event,
    Paused,
    Reason,
    SessionStarted,
    SessionStatus,
)
from mmm_lang.runtime.fold import advance
from mmm_lang.runtime.journal import Entry
from mmm_lang.runtime.purse import Account, Purse
from mmm_lang.runtime.rendering import Renderer
from mmm_lang.runtime.secrets import masked_event, secrets_of
from mmm_lang.runtime.sharing import Closed, Together
from mmm_lang.runtime.spending import Allowance, offered, time_is_shared, time_left, time_used_up
from mmm_lang.runtime.state import Place, State
from mmm_lang.runtime.values import Scope
from mmm_lang.runtime.world import CommitRefused, World

_LOOK_AGAIN = 0.1
"""Seconds between two looks at what others have left."""


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

    def awaiting(self, step: Step) -> None:
        """Once, when a step has to wait for what other sessions hold of the limits that all have together."""


class CutShort(Exception):
    """Somebody will not wait: a second signal came while git made a commit (a hook may take its time)."""


class Session:
    """The mutable shell around the pure state. ``folder`` is where the session keeps its files.

    ``account`` is its hand in what it shares with other sessions; ``None``: it shares nothing.
    """

    def __init__(
        self,
        plan: Plan,
        world: World,
        folder: str,
        recorder: Recorder,
        watchers: Sequence[Watcher] = (),
        account: Account | None = None,
    ) -> None:
        self.plan = plan
        self.world = world
        self.folder = folder
        self.watchers = tuple(watchers)
        self.state = State()
        self.account = account or Purse().alone()
        self.signals = 0
        """How many signals to stop have come."""
        self.first_signal: int | None = None
        """The first of them; ``None`` also where a step was ended from outside without a signal to mmm."""
        self._breakable: int | None = None
        self._awaits: tuple[int, str] | None = None
        self._recorder = recorder
        self.mask = Mask(secrets_of(plan.header.secrets, world.environ))
        """What takes the session's secrets out of all that is written or shown."""

    def heed(self, number: int) -> None:
        """A signal to stop has come: called by its handler, in the main thread.

        Where the session runs there, it raises `CutShort` within ``breakable``; where it runs in a thread of its own,
        what is under way there is broken off, and that raises it.
        """
        self.signals += 1
        if self.signals == 1:
            self.first_signal = number
        if self.signals > 1 and self._breakable is not None:
            if self._breakable == threading.get_ident():
                raise CutShort
            self.world.tree.break_off()

    @contextmanager
    def breakable(self) -> Iterator[None]:
        """Within it a second signal does not wait for what is under way. Raises `CutShort` then."""
        self._breakable = threading.get_ident()
        try:
            yield
        except (CommitRefused, GitError):
            if self.signals > 1:  # it was broken off from another thread
                raise CutShort from None
            raise
        finally:
            self._breakable = None

    def record(self, event: Event) -> None:
        """Make an event true, without the secrets in it: on disk, then in the state, then for the watchers."""
        event = masked_event(event, self.mask)
        entry = self._recorder.append(event)
        self.state = advance(self.state, event)
        self.account.told(event, self.state)
        for watcher in self.watchers:
            watcher.happened(entry, self.state)

    def out_of_time(self, step: Step) -> None:
        """Journal that the time of the session, or of all together, has ended the run of a step."""
        elapsed, together = self.world.elapsed(), self.account.together()
        why = time_used_up(self.started, elapsed, together)
        self.record(BudgetReached(step.key, why, time_is_shared(self.started, elapsed, together)))

    def hold_off(self, step: Step, closed: Closed) -> None:
        """Make no call, for the reason that another session met: this one stops like that one, and can be resumed."""
        if closed.reason == "auth":
            self.end("failed", "auth", closed.sentence, 1)
        else:
            self.record(Paused(step.key, closed.sentence, closed.resets_at, closed.resets_epoch))

    def await_others(self, step: Step) -> None:
        """Wait until something has changed in what the session shares with others, or it is to stop, or its time is over.

        Nothing is held meanwhile. Tells the watchers once, as long as it is the same step that waits.
        """
        turn, place = self.account.turn, (self.state.runs, step.key)
        if self._awaits != place:
            self._awaits = place
            for watcher in self.watchers:
                watcher.awaiting(step)
        while self.account.turn == turn and not self.signals:
            left = time_left(self.started, self.world.elapsed(), self.account.together())
            if left is not None and left <= 0:
                return
            self.world.pause(_LOOK_AGAIN)

    def call_money(self, action: AgentCall, state: State, paid: float) -> Allowance:
        """Take what a call may spend from what the session and others have left; it is kept for it from now on.

        ``state`` is the session's without the call itself, ``paid`` what its run has spent before. Raises `Crowded` where
        others have taken it since the call was decided.
        """
        elapsed = self.world.elapsed()

        def ask(together: Together) -> Allowance | None:
            return offered(action, self.started, state, elapsed, together, paid)

        return self.account.take(ask)

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

    def scope(self, reader: Place | None = None) -> Scope:
        """The values at this moment, for the step that reads them at its place (``None``: for one outside all loops)."""
        tree = self.world.tree
        return Scope(self.plan, self.state, self.folder, tree.root, self.world.environ, tree.exists, reader)

    def renderer(self, reader: Place, *, strict: bool) -> Renderer:
        """Renders for the step at this place."""
        return Renderer(self.scope(reader), strict=strict)
