"""Money, calls and time of a session: what is left of each, and what the next run may use (spec/runtime.md, Budgets).

Everything here is reckoned before a run starts. Calls whose cost nobody knows, calls that run, and calls that were cut
off count at the cap that they were given; so a session spends at most its limit and what the last response of a single
call costs on top of that call's cap. Sessions that run side by side have limits together as well (`Together`): those hold
in the same way, with one last response for each call that runs.
"""

from __future__ import annotations

from attrs import evolve, frozen

from mmm_lang.figures import duration, money, plural
from mmm_lang.plan.ir import Action, AgentCall, Region
from mmm_lang.runtime.events import SessionStarted
from mmm_lang.runtime.sharing import ALONE, Together
from mmm_lang.runtime.state import Attempt, State

LEAST_COST = 1e-6
"""US dollars; less than that is what adding up leaves, and no cap that an agent takes."""
LEAST_TIME = 0.01
"""Seconds that a run gets at least, which began when the last of the session's time was running out."""
_LEAST_PART = 4
"""A call is not begun with less than this part (one in so many) of an even share of all lanes while others may give
money back: it would only be stopped by its cap."""


@frozen
class Allowance:
    """The most that a run may use, in US dollars or seconds; ``None``: as much as it likes.

    ``own``: the step's own cap or timeout, not what the session has left. A run that reaches its own has failed; one that
    reaches the session's ends the session as `budget`. ``shared``: it is a share of what several sessions have left
    together; a call that reaches that goes on as soon as there is more.
    """

    most: float | None
    own: bool
    shared: bool = False


def money_left(session: SessionStarted, state: State) -> float | None:
    """US dollars that the session may still spend; ``None`` where it has no limit."""
    return None if session.cost_usd is None else session.cost_usd - state.reckoned_usd


def money_available(state: State, together: Together) -> float | None:
    """US dollars that are left of what the session shares with others, and that none of them holds."""
    limit = together.limits.cost_usd
    return None if limit is None else limit - together.reckoned_usd - state.reckoned_usd


def time_left(session: SessionStarted, elapsed: float, together: Together = ALONE) -> float | None:
    """Seconds that the session may still take; ``None`` where it has no limit. ``elapsed`` is what it has taken."""
    limits = ((session.duration, elapsed), (together.limits.duration, together.elapsed))
    return min((limit - taken for limit, taken in limits if limit is not None), default=None)


def time_used_up(session: SessionStarted, elapsed: float, together: Together = ALONE) -> str:
    """That the time is over, which ended a run or is looked at before one: the session's own, or that of all."""
    if time_is_shared(session, elapsed, together):
        return f"all sessions together have used their {duration(together.limits.duration or 0.0)}"
    return f"the session has used its {duration(session.duration or 0.0)}"


def time_is_shared(session: SessionStarted, elapsed: float, together: Together) -> bool:
    """Whether the time of all sessions together is over before the session's own."""
    limit, ours = session.duration, together.limits.duration
    return ours is not None and (limit is None or ours - together.elapsed < limit - elapsed)


def refused(
    action: Action, session: SessionStarted, state: State, elapsed: float, together: Together = ALONE
) -> str | None:
    """Why a step with this action may not start: nothing is left for it. ``None`` where it may."""
    if isinstance(action, Region):
        return None
    left = time_left(session, elapsed, together)
    if left is not None and left <= 0:
        return time_used_up(session, elapsed, together)
    if not isinstance(action, AgentCall):
        return None
    if session.agent_calls is not None and state.calls_begun >= session.agent_calls:
        return f"the session has made its {plural(session.agent_calls, 'agent call')}"
    money = money_left(session, state)
    if session.cost_usd is not None and money is not None and money < LEAST_COST:
        return _spent("the session has", session.cost_usd, state.cost_usd, state.reckoned_usd)
    return _refused_together(state, together)


def _refused_together(state: State, together: Together) -> str | None:
    limits = together.limits
    if limits.agent_calls is not None and together.calls + state.calls_begun >= limits.agent_calls:
        return f"all sessions together have made their {plural(limits.agent_calls, 'agent call')}"
    available = money_available(state, together)
    if limits.cost_usd is not None and available is not None and available < LEAST_COST:
        known = together.known_usd + state.cost_usd
        reckoned = together.reckoned_usd + state.reckoned_usd
        return _spent("all sessions together have", limits.cost_usd, known, reckoned)
    return None


def _spent(who: str, limit: float, known: float, reckoned: float) -> str:
    unknown = reckoned - known
    if unknown < LEAST_COST:
        return f"{who} spent {money(known)} of {money(limit)}"
    return (
        f"{who} spent {money(known)} of {money(limit)}, and calls whose cost is unknown count "
        f"{money(unknown)}, which is their cap"
    )


def waits_for_others(
    action: Action,
    session: SessionStarted,
    state: State,
    elapsed: float,
    together: Together,
    paid: float = 0.0,
) -> bool:
    """Whether a call is better made when one of another session has ended, which may give back what it holds.

    A session that waits holds nothing itself, and what others hold comes back: so nobody waits for ever.
    """
    if not isinstance(action, AgentCall) or not together.claims:
        return False
    left = time_left(session, elapsed, together)
    if (left is not None and left <= 0) or refused(action, session, state, elapsed) is not None:
        return False
    limits = together.limits
    if limits.agent_calls is not None and together.calls + state.calls_begun >= limits.agent_calls:
        return True
    available = money_available(state, together)
    if available is None or together.held_usd < LEAST_COST:
        return False
    offer = money_for(action, session, state, paid, together)
    even = (available + together.held_usd) / max(1, together.lanes)
    return offer.shared and (offer.most or 0.0) < max(LEAST_COST, even / _LEAST_PART)


def money_for(
    action: AgentCall, session: SessionStarted, state: State, paid: float = 0.0, together: Together = ALONE
) -> Allowance:
    """What a call may spend: the lower of its own cap and what the session has left.

    Where less is left of what several sessions share, it is an even part of that for each lane that makes no call; for a
    run that goes on it is all of that. ``paid`` is what the same run has spent before a transient error, or its share,
    ended its call.
    """
    own = None if action.max_cost_usd is None else action.max_cost_usd - paid
    wanted = _lower(own, money_left(session, state))
    available = money_available(state, together)
    if available is None or (wanted.most is not None and wanted.most <= available):
        return wanted
    share = available if paid else available / together.free_lanes
    return Allowance(max(share, min(available, LEAST_COST)), own=False, shared=True)


def offered(
    action: AgentCall,
    session: SessionStarted,
    state: State,
    elapsed: float,
    together: Together,
    paid: float = 0.0,
) -> Allowance | None:
    """What a call may spend that is about to be made; ``None`` where others have taken it since that was decided."""
    if together.closed is not None or _refused_together(state, together) is not None:
        return None
    if waits_for_others(action, session, state, elapsed, together, paid):
        return None
    return money_for(action, session, state, paid, together)


def time_for(
    timeout: float | None,
    session: SessionStarted,
    elapsed: float,
    used: float = 0.0,
    together: Together = ALONE,
) -> Allowance:
    """How long a program may run: the lower of its own timeout and what the session has left.

    ``used`` is what the same run has taken before: a timeout is for all calls of a run and the waits between them.
    """
    found = _lower(None if timeout is None else timeout - used, time_left(session, elapsed, together))
    return found if found.most is None else Allowance(max(found.most, LEAST_TIME), found.own)


def without_call(state: State, attempt: Attempt) -> State:
    """The state without the open call of a run that goes on: what it may spend is its own already."""
    calls = {called: cap for called, cap in state.open_calls.items() if called != attempt.agent_session}
    return evolve(state, open_calls=calls)


def _lower(own: float | None, left: float | None) -> Allowance:
    if left is None or (own is not None and own <= left):
        return Allowance(own, own=True)
    return Allowance(left, own=False)
