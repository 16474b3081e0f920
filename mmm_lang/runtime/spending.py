"""Money, calls and time of a session: what is left of each, and what the next run may use (spec/runtime.md, Budgets).

Everything here is reckoned before a run starts. Calls whose cost nobody knows, calls that run, and calls that were cut
off count at the cap that they were given; so a session spends at most its limit and what the last response of a single
call costs on top of that call's cap.
"""

from __future__ import annotations

from attrs import evolve, frozen

from mmm_lang.figures import duration, money, plural
from mmm_lang.plan.ir import Action, AgentCall, Group
from mmm_lang.runtime.events import SessionStarted
from mmm_lang.runtime.state import Attempt, State

LEAST_COST = 1e-6
"""US dollars; less than that is what adding up leaves, and no cap that an agent takes."""
LEAST_TIME = 0.01
"""Seconds that a run gets at least, which began when the last of the session's time was running out."""


@frozen
class Allowance:
    """The most that a run may use, in US dollars or seconds; ``None``: as much as it likes.

    ``own``: the step's own cap or timeout, not what the session has left. A run that reaches its own has failed; one that
    reaches the session's ends the session as `budget`.
    """

    most: float | None
    own: bool


def money_left(session: SessionStarted, state: State) -> float | None:
    """US dollars that the session may still spend; ``None`` where it has no limit."""
    return None if session.cost_usd is None else session.cost_usd - state.reckoned_usd


def time_left(session: SessionStarted, elapsed: float) -> float | None:
    """Seconds that the session may still take; ``None`` where it has no limit. ``elapsed`` is what it has taken."""
    return None if session.duration is None else session.duration - elapsed


def refused(action: Action, session: SessionStarted, state: State, elapsed: float) -> str | None:
    """Why a step with this action may not start: nothing is left for it. ``None`` where it may."""
    if isinstance(action, Group):
        return None
    if session.duration is not None and elapsed >= session.duration:
        return f"the session has used its {duration(session.duration)}"
    if not isinstance(action, AgentCall):
        return None
    if session.agent_calls is not None and state.calls_begun >= session.agent_calls:
        return f"the session has made its {plural(session.agent_calls, 'agent call')}"
    left = money_left(session, state)
    if session.cost_usd is not None and left is not None and left < LEAST_COST:
        return _spent(session.cost_usd, state)
    return None


def _spent(limit: float, state: State) -> str:
    reckoned = state.reckoned_usd - state.cost_usd
    if reckoned < LEAST_COST:
        return f"the session has spent {money(state.cost_usd)} of {money(limit)}"
    return (
        f"the session has spent {money(state.cost_usd)} of {money(limit)}, and calls whose cost is unknown count "
        f"{money(reckoned)}, which is their cap"
    )


def money_for(action: AgentCall, session: SessionStarted, state: State, paid: float = 0.0) -> Allowance:
    """What a call may spend: the lower of its own cap and what the session has left.

    ``paid`` is what the same run has spent before a transient error ended its call.
    """
    own = None if action.max_cost_usd is None else action.max_cost_usd - paid
    return _lower(own, money_left(session, state))


def time_for(timeout: float | None, session: SessionStarted, elapsed: float, used: float = 0.0) -> Allowance:
    """How long a program may run: the lower of its own timeout and what the session has left.

    ``used`` is what the same run has taken before: a timeout is for all calls of a run and the waits between them.
    """
    found = _lower(None if timeout is None else timeout - used, time_left(session, elapsed))
    return found if found.most is None else Allowance(max(found.most, LEAST_TIME), found.own)


def without_call(state: State, attempt: Attempt) -> State:
    """The state without the open call of a run that goes on: what it may spend is its own already."""
    calls = {called: cap for called, cap in state.open_calls.items() if called != attempt.agent_session}
    return evolve(state, open_calls=calls)


def _lower(own: float | None, left: float | None) -> Allowance:
    if left is None or (own is not None and own <= left):
        return Allowance(own, own=True)
    return Allowance(left, own=False)
