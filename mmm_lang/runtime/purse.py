"""The purse of several sessions of one process, each in a thread of its own: who takes what, one at a time.

What may be spent is reckoned in `spending`, on values; here is the one lock under which a session looks at the others and
takes what its next call may use, so that no two take the same. What is taken is held in memory until the journal has the
call; after a crash the journals tell what was spent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from attrs import evolve

from mmm_lang.plan.ir import Limits
from mmm_lang.runtime.events import Event
from mmm_lang.runtime.sharing import Claim, Closed, Ledger, Spent, Together, closed_by, together
from mmm_lang.runtime.spending import Allowance
from mmm_lang.runtime.state import State


class Crowded(Exception):
    """Another session has taken what a call was to use, between the decision to make it and now. Decide again."""


class Purse:
    """What sessions may use together. A session alone has one without limits.

    ``limits`` hold for all of them. ``spent`` is what sessions have used that do not run (yet), by their names.
    ``before`` is how long earlier parts of the whole took, in seconds; ``clock`` counts seconds, by a clock that nobody
    sets.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        lanes: int = 1,
        spent: Mapping[str, Spent] | None = None,
        before: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = Limits() if limits is None else limits
        self._lanes = lanes
        self._ledgers = {name: Ledger(one, live=False) for name, one in (spent or {}).items()}
        self._clock = clock
        self._began = clock() - before
        self._closed: Closed | None = None
        self._turn = 0
        self._lock = threading.Lock()

    @property
    def elapsed(self) -> float:
        """How long the whole has run, in seconds."""
        return self._clock() - self._began

    @property
    def turn(self) -> int:
        """A number that changes with every change of what is left."""
        return self._turn

    @property
    def closed(self) -> Closed | None:
        """Why no session may start an agent call any more; ``None``: they may."""
        return self._closed

    @property
    def total(self) -> Spent:
        """What all sessions have used: calls that run now count as their caps."""
        with self._lock:
            ledgers = tuple(self._ledgers.values())
        return Spent(
            sum(one.spent.calls for one in ledgers),
            sum(one.spent.known_usd for one in ledgers),
            sum(one.spent.reckoned_usd for one in ledgers),
        )

    def share_among(self, lanes: int) -> None:
        """From now on what is left is for so many sessions side by side, 1 at least: those that run, and those for which
        a lane is free."""
        with self._lock:
            self._lanes = max(1, lanes)
            self._turn += 1

    def alone(self) -> Account:
        """The account of the only session."""
        with self._lock:
            self._ledgers = {"": Ledger()}
        return Account(self, "", "")

    @contextmanager
    def account(self, name: str, label: str) -> Iterator[Account]:
        """The account of the session ``name`` while it runs; ``label`` is what the others call it in a sentence.

        When it is left, what the session holds is spent until it goes on.
        """
        with self._lock:
            known = self._ledgers.get(name, Ledger())
            self._ledgers[name] = evolve(known, live=True)
            self._turn += 1
        try:
            yield Account(self, name, label)
        finally:
            with self._lock:
                self._ledgers[name] = evolve(self._ledgers[name], claim=None, live=False)
                self._turn += 1

    def seen_by(self, name: str) -> Together:
        """What the session ``name`` sees of all."""
        with self._lock:
            return self._seen_by(name)

    def take(self, name: str, ask: Callable[[Together], Allowance | None]) -> Allowance:
        """Have the session ``name`` ask what its next call may spend, and hold that for it. Raises `Crowded`.

        A session that holds something already, and has not made its call yet, is past the door, whoever closed it.
        """
        with self._lock:
            seen, claim = self._seen_by(name), self._ledgers[name].claim
            if claim is not None and not claim.journalled:
                seen = evolve(seen, closed=None)
            self._ledgers[name] = evolve(self._ledgers[name], claim=None)
            self._turn += 1
            taken = ask(seen)
            if taken is None:
                raise Crowded
            self._ledgers[name] = evolve(self._ledgers[name], claim=Claim(taken.most or 0.0))
            return taken

    def told(self, name: str, label: str, event: Event, state: State) -> None:
        """An event of the session ``name`` is on disk; ``state`` includes it."""
        with self._lock:
            self._ledgers[name] = self._ledgers[name].told(event, state)
            self._closed = self._closed or closed_by(event, label)
            self._turn += 1

    def _seen_by(self, name: str) -> Together:
        others = (ledger for each, ledger in self._ledgers.items() if each != name)
        return together(self._limits, self.elapsed, others, self._lanes, self._closed, self._turn)


class Account:
    """One session's hand in a purse."""

    def __init__(self, purse: Purse, name: str, label: str) -> None:
        """``Purse.account`` is the way to get one."""
        self._purse = purse
        self._name = name
        self._label = label

    @property
    def turn(self) -> int:
        """As of the purse."""
        return self._purse.turn

    def together(self) -> Together:
        """What the session sees of all at this moment."""
        return self._purse.seen_by(self._name)

    def take(self, ask: Callable[[Together], Allowance | None]) -> Allowance:
        """Take what ``ask`` makes of what the session sees, with nobody in between. Raises `Crowded`."""
        return self._purse.take(self._name, ask)

    def told(self, event: Event, state: State) -> None:
        """An event of the session is on disk; ``state`` includes it."""
        self._purse.told(self._name, self._label, event, state)
