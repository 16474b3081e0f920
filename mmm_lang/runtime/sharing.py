"""What several sessions of one process use together, as one of them sees it: plain values, no lock and no clock.

A session that runs beside others has limits of its own, and all of them together have more: agent calls, money, time.
What the others have spent, and what the calls hold that they are making, goes into the deciding core as a value
(`Together`), so that the core stays pure. A session alone sees `ALONE`, in which nothing is limited.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import evolve, field, frozen

from mmm_lang.plan.ir import Limits
from mmm_lang.runtime.events import (
    AgentCalled,
    BudgetReached,
    Event,
    Paused,
    SessionFinished,
    StepFinished,
    StepRan,
    StepResumed,
)
from mmm_lang.runtime.state import State


@frozen
class Closed:
    """Why no session may start an agent call any more: one of them, named by ``by``, met a quota that is used up or a
    login that is not valid. ``message`` is what its agent said, the rest as in `Paused`."""

    reason: Literal["quota", "auth"]
    message: str
    by: str
    resets_at: str | None = None
    resets_epoch: float | None = None

    @property
    def sentence(self) -> str:
        """What the others are told, which have not met it themselves."""
        return f"{self.by} met this, and no other call was started: {self.message}"


@frozen
class Spent:
    """What a session has used: agent calls begun, those included that wait to be made again, and US dollars, first as
    far as they are known, then with every other call at its cap."""

    calls: int = 0
    known_usd: float = 0.0
    reckoned_usd: float = 0.0


def spent_of(state: State) -> Spent:
    """What a session in this state has used."""
    waits = any(one.waiting is not None for one in state.latest.values())
    return Spent(state.calls_begun + waits, state.cost_usd, state.reckoned_usd)


@frozen
class Claim:
    """What a session holds for an agent call that it is about to make, or makes: US dollars, ``0`` where the call has no
    cap. ``journalled``: the call is in what the session has `Spent`."""

    cap_usd: float = 0.0
    journalled: bool = False


@frozen
class Ledger:
    """The account of one session. ``waits``: it holds one call that is to be made again. ``live``: it runs, so that what
    it holds may come back; what one that stopped holds is spent until it goes on."""

    spent: Spent = Spent()
    claim: Claim | None = None
    waits: bool = False
    live: bool = True

    def told(self, event: Event, state: State) -> Ledger:
        """The account after an event of the session; ``state`` includes it."""
        claim = self.claim
        match event:
            case AgentCalled():
                claim = Claim(event.cap_usd or 0.0, journalled=True)
            case StepResumed(how="attached", step=step):
                cap = state.open_calls.get(state.latest[step].agent_session or "")
                claim = Claim(cap or 0.0, journalled=True)
            case StepResumed(how="continued"):
                pass  # it holds what it will be continued with
            case StepResumed() | StepRan() | StepFinished() | BudgetReached() | Paused() | SessionFinished():
                claim = None
        waits = any(one.waiting is not None for one in state.latest.values())
        return evolve(self, spent=spent_of(state), claim=claim, waits=waits)

    @property
    def calls(self) -> int:
        """Agent calls that nobody else may make."""
        reserved = self.claim is not None and not self.claim.journalled and not self.waits
        return self.spent.calls + reserved

    @property
    def reckoned_usd(self) -> float:
        """US dollars that nobody else may spend."""
        reserved = self.claim.cap_usd if self.claim is not None and not self.claim.journalled else 0.0
        return self.spent.reckoned_usd + reserved

    @property
    def held_usd(self) -> float:
        """The part of them that may come back."""
        return self.claim.cap_usd if self.live and self.claim is not None else 0.0


@frozen
class Together:
    """What one session sees of all. ``limits`` hold for all sessions together, ``elapsed`` is how long the whole has run,
    in seconds.

    Of the other sessions: agent calls and US dollars that they have used or hold (``known_usd`` is what is known to be
    spent), ``held_usd`` of which may come back, ``claims`` how many of them hold a call, and ``calling`` how many make
    one now or are about to. ``lanes``: how many sessions run side by side, this one included. ``closed``: why no call
    may be started. ``turn`` counts the changes of all this.
    """

    limits: Limits = field(factory=Limits)
    elapsed: float = 0.0
    calls: int = 0
    known_usd: float = 0.0
    reckoned_usd: float = 0.0
    held_usd: float = 0.0
    claims: int = 0
    calling: int = 0
    lanes: int = 1
    closed: Closed | None = None
    turn: int = 0

    @property
    def free_lanes(self) -> int:
        """Those that make no call now: they may want to make one, as this session does."""
        return max(1, self.lanes - self.calling)


ALONE = Together()
"""What a session sees that shares nothing."""


def together(
    limits: Limits, elapsed: float, others: Iterable[Ledger], lanes: int, closed: Closed | None, turn: int
) -> Together:
    """What a session sees whose ``others`` have these accounts."""
    ledgers = tuple(others)
    return Together(
        limits,
        elapsed,
        calls=sum(one.calls for one in ledgers),
        known_usd=sum(one.spent.known_usd for one in ledgers),
        reckoned_usd=sum(one.reckoned_usd for one in ledgers),
        held_usd=sum(one.held_usd for one in ledgers),
        claims=sum(one.live and (one.claim is not None or one.waits) for one in ledgers),
        calling=sum(one.live and one.claim is not None for one in ledgers),
        lanes=lanes,
        closed=closed,
        turn=turn,
    )


def closed_by(event: Event, label: str) -> Closed | None:
    """Whether an event of the session called ``label`` is one after which nobody should start an agent call."""
    match event:
        case Paused(reason="quota"):
            return Closed("quota", event.message, label, event.resets_at, event.resets_epoch)
        case SessionFinished(reason="auth"):
            return Closed("auth", event.message, label)
    return None
