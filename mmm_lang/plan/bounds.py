"""The proved worst case of a plan: a finite sum over its graph.

A step runs at most ``attempts x (1 + rounds)`` times, where ``rounds`` is the largest ``max_attempts`` of its handlers;
one round runs one handler, so the dearest counts. Bounds multiply with nesting (spec/language.md, 7).
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from mmm_lang.plan.graph import Plan
from mmm_lang.plan.ir import AgentCall, Handler, ShellRun, Step

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
            None if self.cost_usd is None or other.cost_usd is None else self.cost_usd + other.cost_usd,
            None if self.seconds is None or other.seconds is None else self.seconds + other.seconds,
        )

    def __mul__(self, times: int) -> Bound:
        if times == 0:
            return Bound()
        return Bound(
            self.agent_calls * times,
            self.shell_runs * times,
            None if self.cost_usd is None else self.cost_usd * times,
            None if self.seconds is None else self.seconds * times,
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
    """The worst case of a session: a row a step, one iteration with its criterion, and all iterations."""

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
    iteration = _list_bound(plan, plan.body(), 1, rows)
    if plan.until is not None:
        iteration += _list_bound(plan, (plan.until,), 1, rows)
    return WorstCase(tuple(rows), iteration, iterations, iteration * iterations)


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
    inside = one_run + _list_bound(plan, plan.inside(step.key), runs * times, rows)
    waits = Bound(seconds=step.backoff * (step.attempts - 1) * (1 + rounds))
    dearest = Bound()
    for handler in handlers:
        served = min(handler.max_attempts, rounds)
        dearest = dearest.or_else(_list_bound(plan, plan.inside(handler.key), served * times, rows))
    after = _list_bound(plan, plan.after_success(step.key), times, rows)
    return inside * runs + waits + dearest * rounds + after


def _own_bound(step: Step) -> Bound:
    match step.action:
        case AgentCall(max_cost_usd=cap):
            return Bound(agent_calls=1, cost_usd=cap, seconds=step.timeout)
        case ShellRun():
            return Bound(shell_runs=1, seconds=step.timeout)
    return Bound()
