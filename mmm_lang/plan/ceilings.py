"""Ceilings for the worst case: what `mmm check --max-calls 40` holds a playbook to, and how a change moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from mmm_lang.diagnostics.display import visible
from mmm_lang.diagnostics.model import Diagnostic, Label
from mmm_lang.figures import duration, least, money, number, plural
from mmm_lang.plan.bounds import StepBound, WorstCase
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.widths import Figure, WideBound
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
    plan: Plan, case: WorstCase, total: WideBound, ceilings: Ceilings, source: Source, place: Span
) -> Iterator[Diagnostic]:
    """A diagnostic for every ceiling that the worst case is above, or that nothing in the playbook bounds.

    ``total`` is everything that the playbook can do, ``case`` one session of it; ``place`` is the key that states how
    often the steps run, or the first line. The playbook's own `limits:` are enforced while it runs, so what they allow is
    as good as proved. What depends on how many items there are is above every ceiling.
    """
    limits = plan.header.limits
    asked = (
        ("--max-calls", ceilings.agent_calls, total.agent_calls, limits.agent_calls, _calls),
        ("--max-cost", ceilings.cost_usd, total.cost_usd, limits.cost_usd, money),
        ("--max-duration", ceilings.duration, total.seconds, limits.duration, duration),
    )
    for flag, ceiling, figure, limit, written in asked:
        if ceiling is None:
            continue
        most = least(None if figure is None else figure.constant, limit)
        if most is not None and most <= ceiling:
            continue
        shown = None if most is None else written(most)
        if most is None and figure is not None:
            shown = visible(figure.written(_COEFFICIENTS[flag])) + _NOUNS[flag]
        allowed = f"{ceiling}" if flag == "--max-calls" else written(ceiling)
        yield _diagnostic(case, source, place, shown, flag, allowed, by_items=most is None)


_NOUNS = {"--max-calls": " agent calls", "--max-cost": "", "--max-duration": ""}


def _calls(value: float) -> str:
    return plural(int(value), "agent call")


def _number(value: float) -> str:
    return number(round(value))


_COEFFICIENTS: Mapping[str, Callable[[float], str]] = {
    "--max-calls": _number,
    "--max-cost": money,
    "--max-duration": duration,
}
"""How a figure of each flag is written; what it counts is said once, behind the sum."""


def _diagnostic(
    case: WorstCase, source: Source, place: Span, most: str | None, flag: str, ceiling: str, *, by_items: bool
) -> Diagnostic:
    if most is None:
        what, cap = _UNBOUNDED[flag]
        message = f"nothing bounds {what}, and `{flag}` allows {ceiling}"
        advice = f"give every step a `{cap}` (in `defaults:` for all of them), or write `limits:`"
    elif by_items:
        message = f"the worst case is {most}, and `{flag}` allows {ceiling}"
        advice = (
            "write `max_items:` under `map:`, which bounds how many items there are, or `limits:` at the top"
        )
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
        # what a playbook that is called has inside is there with the step that calls it
        outermost = row.step.key.partition("/")[0]
        line = next(one.step.line for one in case.rows if one.step.key == outermost)
        yield Label(source.line_span(line), f"up to {row.runs} runs in an iteration")


def moved(before: WideBound, after: WideBound) -> tuple[str, ...]:
    """How a change moves the worst case, a line a figure that differs: `agent calls: 12 → 31`."""
    figures = (
        ("agent calls", _count(before.agent_calls), _count(after.agent_calls)),
        ("shell runs", _count(before.shell_runs), _count(after.shell_runs)),
        ("cost", _written(before.cost_usd, money), _written(after.cost_usd, money)),
        ("time", _written(before.seconds, duration), _written(after.seconds, duration)),
    )
    return tuple(f"{name}: {old} → {new}" for name, old, new in figures if old != new)


def _count(figure: Figure) -> str:
    return _written(figure, _number)


def _written(figure: Figure | None, coefficient: Callable[[float], str]) -> str:
    return "no bound" if figure is None else visible(figure.written(coefficient))
