"""Ceilings for the worst case: what `mmm check --max-calls 40` holds a playbook to, and how a change moves it."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.figures import duration, money, number, plural
from mmm_lang.plan.bounds import Bound, StepBound, WorstCase
from mmm_lang.plan.graph import Plan
from mmm_lang.source import Source, Span

RULE = "bound-exceeded"

_UNBOUNDED = {
    "--max-cost": ("what it can spend", "max_cost_usd"),
    "--max-duration": ("how long it can run", "timeout"),
}
"""What a flag asks about where there is no bound, and the key that gives one."""


@frozen
class Ceilings:
    """The most that a session may be able to do: agent calls, US dollars, seconds; ``None`` asks nothing."""

    agent_calls: int | None = None
    cost_usd: float | None = None
    duration: float | None = None

    def __bool__(self) -> bool:
        return self != Ceilings()


def exceeded(
    plan: Plan, case: WorstCase, ceilings: Ceilings, source: Source, place: Span
) -> Iterator[Diagnostic]:
    """A diagnostic for every ceiling that the worst case is above, or that nothing in the playbook bounds.

    ``place`` is the key that states the number of iterations, or the first line. The playbook's own `limits:` are
    enforced while it runs, so what they allow is as good as proved.
    """
    limits = plan.header.limits
    calls = _least(case.total.agent_calls, limits.agent_calls)
    if ceilings.agent_calls is not None and calls is not None and calls > ceilings.agent_calls:
        most = plural(int(calls), "agent call")
        yield _diagnostic(case, source, place, most, "--max-calls", f"{ceilings.agent_calls}")
    cost = _least(case.total.cost_usd, limits.cost_usd)
    if ceilings.cost_usd is not None and (cost is None or cost > ceilings.cost_usd):
        spent = None if cost is None else money(cost)
        yield _diagnostic(case, source, place, spent, "--max-cost", money(ceilings.cost_usd))
    seconds = _least(case.total.seconds, limits.duration)
    if ceilings.duration is not None and (seconds is None or seconds > ceilings.duration):
        taken = None if seconds is None else duration(seconds)
        yield _diagnostic(case, source, place, taken, "--max-duration", duration(ceilings.duration))


def _least(bound: float | None, limit: float | None) -> float | None:
    return min((one for one in (bound, limit) if one is not None), default=None)


def _diagnostic(
    case: WorstCase, source: Source, place: Span, most: str | None, flag: str, ceiling: str
) -> Diagnostic:
    if most is None:
        what, cap = _UNBOUNDED[flag]
        message = f"nothing bounds {what}, and `{flag}` allows {ceiling}"
        advice = f"give every step a `{cap}` (in `defaults:` for all of them), or write `limits:`"
    else:
        message = f"the worst case is {most}, and `{flag}` allows {ceiling}"
        advice = "lower `max_iterations`, a handler's `max_attempts` or a step's `retry`, or write `limits:`"
    return Diagnostic(
        rule=RULE,
        severity="error",
        message=message,
        source=source,
        primary=Label(place, plural(case.iterations, "iteration")),
        secondary=() if most is None else tuple(_dearest(case, source, flag)),
        help=(advice,),
    )


def _dearest(case: WorstCase, source: Source, flag: str) -> Iterator[Label]:
    """The step that does most of it, if it runs more than once an iteration."""

    def weight(row: StepBound) -> float:
        of_flag = {"--max-cost": row.bound.cost_usd, "--max-duration": row.bound.seconds}
        return of_flag.get(flag, row.bound.agent_calls) or 0.0

    row = max(case.rows, key=weight, default=None)
    if row is not None and row.runs > 1 and weight(row) > 0:
        yield Label(source.line_span(row.step.line), f"up to {row.runs} runs in an iteration")


def moved(before: Bound, after: Bound) -> tuple[str, ...]:
    """How a change moves the worst case, a line a figure that differs: `agent calls: 12 → 31`."""
    figures = (
        ("agent calls", number(before.agent_calls), number(after.agent_calls)),
        ("shell runs", number(before.shell_runs), number(after.shell_runs)),
        ("cost", _money(before.cost_usd), _money(after.cost_usd)),
        ("time", _time(before.seconds), _time(after.seconds)),
    )
    return tuple(f"{name}: {old} → {new}" for name, old, new in figures if old != new)


def _money(cost: float | None) -> str:
    return "no bound" if cost is None else money(cost)


def _time(seconds: float | None) -> str:
    return "no bound" if seconds is None else duration(seconds)
