"""The proved worst case of a plan: a finite sum over its graph.

A step runs at most ``attempts x (1 + rounds)`` times, where ``rounds`` is the largest ``max_attempts`` of its handlers;
one round runs one handler, so the dearest that may still run counts. Bounds multiply with nesting. A call that an error
of the API cut short and that is made again is one call: its cap and its timeout hold for all of it. What a crash repeats
is not in them, nor what git and mmm itself take of the time (spec/language.md, Bounds).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from attrs import frozen

from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import AgentCall, Analyze, ForEach, Handler, ShellRun, Step
from mmm_lang.plan.steps import ANALYSIS_TIMEOUT

DEFAULT_ITERATIONS = 10


@frozen
class Bound:
    """The most that something can do. ``cost_usd`` (US dollars) and ``seconds`` are ``None`` where nothing caps them."""

    agent_calls: int = 0
    shell_runs: int = 0
    cost_usd: float | None = 0.0
    seconds: float | None = 0.0

    def __add__(self, other: Bound) -> Bound:
        return Bound(
            self.agent_calls + other.agent_calls,
            self.shell_runs + other.shell_runs,
            _sum(self.cost_usd, other.cost_usd),
            _sum(self.seconds, other.seconds),
        )

    def __mul__(self, times: int) -> Bound:
        return Bound(
            self.agent_calls * times,
            self.shell_runs * times,
            _product(self.cost_usd, times),
            _product(self.seconds, times),
        )

    def or_else(self, other: Bound) -> Bound:
        """The bound of one or the other, whichever happens."""
        return Bound(
            max(self.agent_calls, other.agent_calls),
            max(self.shell_runs, other.shell_runs),
            None if self.cost_usd is None or other.cost_usd is None else max(self.cost_usd, other.cost_usd),
            None if self.seconds is None or other.seconds is None else max(self.seconds, other.seconds),
        )


@frozen
class StepBound:
    """How often one step can run in one iteration, and what that makes."""

    step: Step
    runs: int
    bound: Bound


@frozen
class WorstCase:
    """The worst case of a session: a row a step, one iteration with its criterion, and all iterations, with `setup:`."""

    rows: tuple[StepBound, ...]
    iteration: Bound
    iterations: int
    total: Bound


def iterations_of(plan: Plan, flag: int | None, items: bool) -> int:
    """How many iterations a session has at most: the flag, else the playbook, else 10, or 1 an item."""
    if flag is not None:
        return flag
    if plan.header.max_iterations is not None:
        return plan.header.max_iterations
    return 1 if items else DEFAULT_ITERATIONS


def worst_case(plan: Plan, iterations: int) -> WorstCase:
    """The worst case of ``iterations`` iterations."""
    rows: list[StepBound] = []
    once = Bound() if plan.setup is None else _list_bound(plan, (plan.setup,), 1, rows)
    iteration = _list_bound(plan, plan.body(), 1, rows)
    if plan.until is not None:
        iteration += _list_bound(plan, (plan.until,), 1, rows)
    return WorstCase(tuple(rows), iteration, iterations, once + iteration * iterations)


def rounds_of(handlers: tuple[Handler, ...]) -> int:
    """How many repair rounds a step with these handlers can have."""
    return max((one.max_attempts for one in handlers if not one.empty), default=0)


def _list_bound(plan: Plan, steps: Iterable[Step], times: int, rows: list[StepBound]) -> Bound:
    total = Bound()
    for step in steps:
        total += _step_bound(plan, step, times, rows)
    return total


def _step_bound(plan: Plan, step: Step, times: int, rows: list[StepBound]) -> Bound:
    """The bound of one entry of a list; ``times`` is how often that entry can be reached (for the rows)."""
    handlers = plan.handlers(step.key)
    rounds = rounds_of(handlers)
    runs = step.attempts * (1 + rounds)
    one_run = _own_bound(step)
    rows.append(StepBound(step, runs * times, one_run * (runs * times)))
    turns = step.action.max_items if isinstance(step.action, ForEach) else 1
    inside = one_run + _list_bound(plan, plan.inside(step.key), runs * times * turns, rows) * turns
    waits = Bound(seconds=step.backoff) * ((step.attempts - 1) * (1 + rounds))
    repairs = _repairs_bound(plan, handlers, times, rows)
    after = _list_bound(plan, plan.after_success(step.key), times, rows)
    return inside * runs + waits + repairs + after


def _repairs_bound(plan: Plan, handlers: tuple[Handler, ...], times: int, rows: list[StepBound]) -> Bound:
    """All repair rounds of a step. A handler serves no round past its own ``max_attempts``, whoever had those before."""
    costs = [
        (one.max_attempts, _list_bound(plan, plan.inside(one.key), one.max_attempts * times, rows))
        for one in handlers
        if not one.empty
    ]
    total, done = Bound(), 0
    for last in sorted({served for served, _ in costs}):
        dearest = Bound()
        for served, cost in costs:
            if served >= last:
                dearest = dearest.or_else(cost)
        total += dearest * (last - done)
        done = last
    return total


def _own_bound(step: Step) -> Bound:
    match step.action:
        case AgentCall(max_cost_usd=cap, analysis=None):
            return Bound(agent_calls=1, cost_usd=cap, seconds=step.timeout)
        case AgentCall(max_cost_usd=cap):
            return Bound(agent_calls=1, cost_usd=cap, seconds=_sum(step.timeout, ANALYSIS_TIMEOUT))
        case Analyze():
            return Bound(seconds=step.timeout)
        case ShellRun():
            return Bound(shell_runs=1, seconds=step.timeout)
    return Bound()


def _sum(amount: float | None, other: float | None) -> float | None:
    return None if amount is None or other is None else _finite(amount + other)


def _product(amount: float | None, times: int) -> float | None:
    if times == 0 or amount == 0:
        return 0.0
    try:
        return None if amount is None else _finite(amount * times)
    except OverflowError:
        return None


def _finite(amount: float) -> float | None:
    """An amount past all floats is a cap that nobody will feel."""
    return amount if math.isfinite(amount) else None
