"""Calls that are made again after a transient error of the API: whether, and after which wait.

The run stays the same: no attempt is spent, and all calls of a run together keep its timeout and its cap, so they are
in the proved worst case as the one call that they are. Pure: the jitter is drawn from the names of session, step and
call, so that whoever asks again is told the same.
"""

from __future__ import annotations

from hashlib import sha256

from attrs import evolve

from mmm_lang.agents.model import AgentRequest, AgentResult
from mmm_lang.plan.ir import Step
from mmm_lang.runtime.events import BackedOff
from mmm_lang.runtime.spending import LEAST_COST
from mmm_lang.runtime.state import Attempt

MOST_CALLS = 4
"""Calls of one run, the first included."""
GO_ON = "The connection to the API was lost. Go on with your task where you left off."
"""What an agent is told that goes on in its own session."""
GO_ON_WITH_MORE = "Your budget was used up, and there is more now. Go on with your task where you left off."
"""What it is told where its share of the limits had ended its call."""
SHARE_USED_UP = "its share of the limits was used up"
"""What was in the way of a call that goes on when there is more for it."""
_GROWTH = 4
"""Each wait is so many times as long as the one before it, at most."""


def next_call(
    step: Step, attempt: Attempt, result: AgentResult, took: float, cap: float | None, first: float, seed: str
) -> BackedOff | None:
    """The next call of a run whose last one ended with ``result`` after ``took`` seconds; ``None``: there is none.

    There is none where the error is not transient, where all calls were made, where nobody knows what the last one
    cost, or where its ``cap`` (US dollars) or the step's timeout leaves nothing. ``first`` is the longest first wait in
    seconds, ``seed`` names session and iteration.
    """
    made = attempt.repeats + 1
    if result.ending != "transient" or made >= MOST_CALLS or result.cost_usd is None:
        return None
    if cap is not None and cap - result.cost_usd < LEAST_COST:
        return None
    wait = _wait(made, first, f"{seed} {step.key} {attempt.path} {attempt.number}")
    if step.timeout is not None and attempt.seconds + took + wait >= step.timeout:
        return None
    after = result.trouble or "a transient error of the API"
    return BackedOff(step.key, attempt.path, attempt.number, made + 1, MOST_CALLS, wait, after)


def with_more(step: Step, attempt: Attempt, result: AgentResult) -> BackedOff | None:
    """The next call of a run whose last one spent its share of what several sessions had left; ``None``: there is none,
    since nobody knows what it cost."""
    if result.ending != "budget" or not result.cost_usd:
        return None
    made = attempt.repeats + 1
    return BackedOff(step.key, attempt.path, attempt.number, made + 1, made + 1, 0.0, SHARE_USED_UP)


def continued(request: AgentRequest, before: Attempt) -> AgentRequest:
    """The request with which the agent of a run goes on in its own session, which an error of the API, or its share of
    the limits, had ended: what was paid for is not asked for again."""
    assert before.agent_session is not None
    more = before.waiting is not None and before.waiting.after == SHARE_USED_UP
    prompt = GO_ON_WITH_MORE if more else GO_ON
    return evolve(request, prompt=prompt, session=before.agent_session, continues=True)


def _wait(made: int, first: float, seed: str) -> float:
    """Between half of it and the whole of it: those who were turned away together do not come back together."""
    drawn = int.from_bytes(sha256(f"{seed} {made}".encode()).digest()[:6]) / 2**48
    longest = first * float(_GROWTH ** (made - 1))
    return round(longest * (0.5 + drawn / 2), 3)
