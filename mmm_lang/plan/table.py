"""What `mmm plan` prints for people: a line a step with how often it can run, and what all of them can cost."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import duration, money, number, plural
from mmm_lang.plan import ir, wording
from mmm_lang.plan.bounds import Bound, StepBound, WorstCase
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.widths import Figure, WideBound

WIDTH = 80
_NARROWEST = 24
"""Columns that a text has, however wide the figures are and however deep it stands."""
_NONE = "-"
_OPEN = "no cap"

_COLUMNS = (("most", "runs"), ("agent", "calls"), ("shell", "runs"), ("", "cost"), ("", "time"))
_COST, _TIME = 3, 4


def plan_table(plan: Plan, case: WorstCase, limits: ir.Limits | None = None) -> str:
    """What would run, how often at most, and the proved worst case.

    ``limits`` are those that the session will hold (by default the playbook's own).
    """
    limits = plan.header.limits if limits is None else limits
    indents = indents_of(plan)
    rows = [row_of(one, indents[one.step.key]) for one in case.rows]
    totals = [Row(figures_of(None, case.iteration), "one iteration")]
    if case.iterations != 1:
        all_of_them = f"all {plural(case.iterations, 'iteration')}"
        totals.append(Row(figures_of(None, case.total), all_of_them))
    often = plural(case.iterations, "iteration")
    if case.iterations != 1:
        often = f"up to {often}; fewer where nothing changes"
    lines = [
        *wrapped(f"{visible(plan.header.name)}: {often}"),
        "",
        *laid_out(rows, totals, shown_columns(case.rows)),
        "",
        *_notes(plan, case, limits),
    ]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


@frozen
class Row:
    """A line of the table: the figures of a line, one a column, and what they are for, ``indent`` levels deep."""

    figures: tuple[str, ...]
    name: str
    what: str = ""
    indent: int = 0


def row_of(one: StepBound, indent: int) -> Row:
    """The line of a step, ``indent`` levels deep."""
    program = isinstance(one.step.action, ir.AgentCall | ir.ShellRun)
    what = visible(one.step.title) if program else wording.action(one.step)
    return Row(figures_of(one.runs, one.bound), one.step.key, what, indent)


def figures_of(runs: int | None, bound: Bound) -> tuple[str, ...]:
    """A bound as the columns have it."""
    runs_shown = "" if runs is None else number(runs)
    calls, scripts = (number(count) if count else _NONE for count in (bound.agent_calls, bound.shell_runs))
    cost = _OPEN if bound.cost_usd is None else money(bound.cost_usd) if bound.cost_usd else _NONE
    time = _OPEN if bound.seconds is None else duration(bound.seconds) if bound.seconds else _NONE
    return runs_shown, calls, scripts, cost, time


def shown_columns(rows: Sequence[StepBound]) -> tuple[int, ...]:
    """The columns that say something: money and time only where some step has a cap."""
    hidden = set()
    if not any(one.bound.cost_usd for one in rows):
        hidden.add(_COST)
    if not any(one.bound.seconds for one in rows):
        hidden.add(_TIME)
    return tuple(column for column in range(len(_COLUMNS)) if column not in hidden)


def laid_out(rows: Sequence[Row], totals: Sequence[Row], columns: tuple[int, ...]) -> Iterator[str]:
    """The lines of the table, with those of the columns that say something."""
    everything = [*(row.figures for row in (*rows, *totals)), *zip(*_COLUMNS, strict=True)]
    widths = [max(len(figures[column]) for figures in everything) for column in columns]

    def line(figures: Sequence[str], name: str = "") -> str:
        cells = (figures[column].rjust(width) for column, width in zip(columns, widths, strict=True))
        return f"{'  '.join(cells)}   {name}"

    left = len(line(figures_of(None, Bound())))
    first, second = zip(*_COLUMNS, strict=True)
    yield line(first)
    yield line(second, "step")
    for row in rows:
        yield from _with_name(line(row.figures), left, row)
    yield "─" * left
    for row in totals:
        yield from _with_name(line(row.figures), left, row)


def _with_name(figures: str, left: int, row: Row) -> Iterator[str]:
    """A line of figures with its name; what it is stands beside that where it fits, else wrapped below."""
    margin = "  " * row.indent
    line = f"{figures}{margin}{row.name}"
    if not row.what or len(line) + len(f" ─ {row.what}") <= WIDTH:
        yield f"{line} ─ {row.what}" if row.what else line
        return
    yield line
    below = f"{' ' * left}{margin}  "
    yield from textwrap.wrap(
        row.what,
        max(WIDTH, len(below) + _NARROWEST),
        initial_indent=below,
        subsequent_indent=f"{below}  ",
        break_on_hyphens=False,
    )


def indents_of(plan: Plan) -> Mapping[str, int]:
    """How deep each step stands inside groups, handlers and `on_success`."""
    indents: dict[str, int] = {}

    def indent(steps: Iterable[ir.Step], depth: int) -> None:
        for step in steps:
            indents[step.key] = depth
            indent(plan.inside(step.key), depth + 1)
            for handler in plan.handlers(step.key):
                indent(plan.inside(handler.key), depth + 1)
            indent(plan.after_success(step.key), depth + 1)

    indent(plan.top(), 0)
    if plan.until is not None:
        indents[plan.until.key] = 0
    return indents


# --- what the figures mean ---


def _notes(plan: Plan, case: WorstCase, limits: ir.Limits) -> Iterator[str]:
    yield from wrapped(f"worst case: at most {wording.bound(case.total)}")
    if chooses(plan, case.rows):
        yield from wrapped(DEAREST)
    yield from open_ends(case.rows, case.iteration)
    yield from held_limits(WideBound.of(case.total, Figure.of(1)), limits)


DEAREST = "a step with several handlers is repaired by one of them at a time: the totals count the dearest"
_OPEN_COST = "no cap: the cost of an agent call that has no `max_cost_usd`"
_OPEN_TIME = "no cap: the time of a step that has no `timeout`"


def chooses(plan: Plan, rows: Sequence[StepBound]) -> bool:
    """Whether some step has several handlers, of which one serves a failure."""
    handlers = (plan.handlers(one.step.key) for one in rows)
    return any(sum(not one.empty for one in several) > 1 for several in handlers)


def open_ends(rows: Sequence[StepBound], total: Bound) -> Iterator[str]:
    """What `no cap` in the columns of money and time means."""
    for column, text in ((_COST, _OPEN_COST), (_TIME, _OPEN_TIME)):
        if column in shown_columns(rows) and figures_of(None, total)[column] == _OPEN:
            yield from wrapped(text)


def held_limits(total: WideBound, limits: ir.Limits) -> Iterator[str]:
    """The limits of everything together, beside the worst case; nothing without one."""
    held = tuple(limits_beside(total, limits))
    if held:
        yield from wrapped(f"limits that are enforced: {'; '.join(held)}")
        yield from wrapped("what does not fit is not started, and the session ends with exit code 4")


def limits_beside(total: WideBound, limits: ir.Limits) -> Iterator[str]:
    """Each limit, beside the worst case that it cuts short."""
    if limits.agent_calls is not None:
        beside = _beside(total.agent_calls, limits.agent_calls, lambda value: number(round(value)))
        yield f"{plural(limits.agent_calls, 'agent call')}{beside}"
    if limits.cost_usd is not None:
        yield f"{money(limits.cost_usd)}{_beside(total.cost_usd, limits.cost_usd, money)}"
    if limits.duration is not None:
        yield f"{duration(limits.duration)}{_beside(total.seconds, limits.duration, duration)}"


def _beside(most: Figure | None, limit: float, shown: Callable[[float], str]) -> str:
    """What a limit cuts short, or that it cuts nothing."""
    fits = most is not None and most.constant is not None and most.constant <= limit
    written = _OPEN if most is None else visible(most.written(shown))
    return " (the worst case fits)" if fits else f" (worst case: {written})"


def wrapped(text: str) -> list[str]:
    """A sentence below the table, in lines of its width."""
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
