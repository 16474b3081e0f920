"""``mmm plan``, and ``mmm cook --dry-run``: what would run, and the proved worst case. Nothing is run or touched."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from mmm_lang.cli.durations import amount, duration, positive_count
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_output

if TYPE_CHECKING:
    from mmm_lang.cli.compiled import Compiled
    from mmm_lang.plan.bounds import Bound, WorstCase
    from mmm_lang.plan.graph import Plan
    from mmm_lang.plan.ir import Limits
    from mmm_lang.plan.whole import Plans, Whole
    from mmm_lang.plan.widths import Figure, WideBound
    from mmm_lang.tagged import Json

EXIT_DONE, EXIT_ERRORS = 0, 1

_MOST_LABELS = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``mmm plan``: those of ``mmm cook`` that decide what would run."""
    add = parser.add_argument
    add("playbook", metavar="PLAYBOOK", help="a path, or the name of a playbook that ships with mmm")
    add("-p", "--path", metavar="DIR", default=".", help="where `--map` looks: the repository around DIR")
    add("-n", "--max-iterations", metavar="N", type=positive_count, help="iterations at most")
    add("--map", metavar="GLOB", action="append", default=[], help="once for each file that matches")
    add("--args", metavar="VALUE", action="append", default=[], help="once for each value")
    add("--max-calls", metavar="N", type=positive_count, help="agent calls at most")
    add("--max-cost", metavar="USD", type=amount, help="US dollars at most")
    add("--max-duration", metavar="D", type=duration, help="time at most, such as 90s, 10m, 2h")
    add(
        "--parallel",
        metavar="N",
        type=positive_count,
        help="so many items at once, in worktrees that are merged",
    )
    add("-w", "--worktree", action="store_true", help="each item in a worktree that is merged")
    add("--no-agent", action="store_true", help="call no agent where a merge conflicts")
    add("--format", choices=("text", "json"), default="text", help="text (the default) or json")


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; 1 where the playbook has errors."""
    return show_plan(arguments)


def show_plan(arguments: argparse.Namespace) -> int:
    """Print what a session with these arguments of ``mmm plan`` (or ``mmm cook``) would run, and its worst case."""
    from mmm_lang.cli.compiled import PlaybookHasErrors, compile_named
    from mmm_lang.plan.bounds import iterations_of, worst_case

    root = _root(_folder(arguments.path))
    try:
        compiled = compile_named(arguments.playbook)
    except PlaybookHasErrors:
        return EXIT_ERRORS
    plan = compiled.plan
    items = _items(root, compiled, arguments)
    iterations = iterations_of(plan, arguments.max_iterations, items is not None)
    case = worst_case(plan, iterations)
    given = arguments.map or arguments.args
    plans = compiled.plans.for_given_items() if given else compiled.plans
    whole = None if items is None else _whole(plans, iterations, items.number, arguments)
    limits = _limits(plan, arguments)
    if arguments.format == "json":
        document = _as_json(compiled.path, plan, case, limits, items, whole)
        write_output(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return EXIT_DONE
    from mmm_lang.plan.table import plan_table
    from mmm_lang.plan.table_whole import whole_table

    if whole is None or items is None:
        write_output(plan_table(plan, case, limits))
    else:
        write_output(f"{whole_table(plans, whole, limits)}\n{_of_items(items, whole)}\n")
    return EXIT_DONE


def _whole(plans: Plans, iterations: int, number: Figure, arguments: argparse.Namespace) -> Whole:
    """The worst case of all items. Those that run side by side, or in worktrees, are merged."""
    from mmm_lang.plan.whole import whole_case

    source = plans.body.header.map
    lanes = arguments.parallel or (source.parallel if source is not None else 1)
    merges = arguments.worktree or lanes > 1
    return whole_case(plans, iterations, number, merges=merges, agent=not arguments.no_agent)


@frozen
class _Items:
    """What the playbook would be run for: so often, by the widths that are not known before it runs. ``labels`` and
    ``widths`` are those of the files that are there now, ``None`` where nobody can know them here; ``why`` says so."""

    number: Figure
    labels: tuple[str, ...] | None
    widths: Mapping[str, int] | None = None
    why: str = ""


def _folder(path: str) -> str:
    """The folder that ``--path`` names. Raises `UsageFailure` where it is none."""
    folder = os.path.expanduser(path)
    if not os.path.isdir(folder):
        raise UsageFailure(f"there is no folder `{path}`; give the repository with `--path DIR`")
    return folder


def _items(root: str | None, compiled: Compiled, arguments: argparse.Namespace) -> _Items | None:
    """The items of ``--map`` and ``--args``, else those of the playbook; ``None`` without either."""
    from mmm_lang.plan.ir import CommandItems, GivenItems, GlobItems
    from mmm_lang.plan.whole import items_at_most
    from mmm_lang.runtime.items import (
        ItemsRefused,
        chosen_items,
        items_here,
        label_of,
        with_given_items,
    )

    header = with_given_items(compiled.plan.header.map, arguments.map, arguments.args)
    if header is None:
        return None
    number = items_at_most(header)
    patterns = header.over.patterns if isinstance(header.over, GlobItems | GivenItems) else ()
    if isinstance(header.over, CommandItems):
        return _Items(number, None, why="a command prints them when the playbook runs")
    if root is None and patterns:
        what = "`--map` is" if arguments.map else "`over` is"
        why = f"{what} relative to a repository's root, and `{arguments.path}` is in none"
        return _Items(number, None, why=why)
    inputs = {f"inputs.{one.name}": one.default or "" for one in compiled.plan.header.inputs}
    try:
        found = items_here(root or arguments.path, header.over)
        widths = {one: len(items_here(root or "", GlobItems((one,)))) for one in dict.fromkeys(patterns)}
        labels = tuple(label_of(item) for item in chosen_items(header, found, inputs))
    except ItemsRefused as refused:
        return _Items(number, None, why=refused.problem.message)
    return _Items(number, labels, widths)


def _root(folder: str) -> str | None:
    """The root of the repository around a folder, found without git."""
    place = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(place, ".git")):
        parent = os.path.dirname(place)
        if parent == place:
            return None
        place = parent
    return place


def _limits(plan: Plan, arguments: argparse.Namespace) -> Limits:
    """The playbook's limits, and those of the flags where they are less."""
    from mmm_lang.plan.ir import Limits

    return plan.header.limits.within(Limits(arguments.max_calls, arguments.max_cost, arguments.max_duration))


# --- what is printed ---


def _of_items(items: _Items, whole: Whole) -> str:
    """The lines about the items that are there now: each has a session of its own, all of them have the limits."""
    from mmm_lang.diagnostics.display import visible
    from mmm_lang.figures import number, plural, series
    from mmm_lang.plan import wording
    from mmm_lang.plan.table import wrapped

    if items.labels is None or items.widths is None:
        return "\n".join(wrapped(f"how many items there are is not known: {visible(items.why)}"))
    shown = [visible(label) for label in items.labels[:_MOST_LABELS]]
    more = len(items.labels) - len(shown)
    lines = [f"{plural(len(items.labels), 'item')}, a session each{':' if shown else ''}"]
    lines += [f"  {label}" for label in shown]
    if more:
        lines.append(f"  … and {number(more)} more")
    total = wording.bound(whole.of_items(len(items.labels)))
    if whole.items.constant == len(items.labels):
        return "\n".join(lines)
    if not items.widths or whole.items.constant is not None:
        return "\n".join((*lines, *wrapped(f"with as many items as now: at most {total}")))
    known = series(f"|{visible(name)}| is {number(width)}" for name, width in items.widths.items())
    return "\n".join((*lines, *wrapped(f"as {known}: at most {total}")))


def _as_json(
    path: str, plan: Plan, case: WorstCase, limits: Limits, items: _Items | None, whole: Whole | None
) -> dict[str, Json]:
    """The same for tools. ``session`` is one session of the steps, ``total`` all items and what is before and after them
    (null where their number is unknown), ``symbolic`` the same by the widths that it depends on; ``widths`` has those
    that are known here. ``parts`` are null where they are not."""
    parts: dict[str, Json] | None = None
    total: Bound | None = case.total
    if whole is not None and items is not None:
        parts = {
            "opening": None if whole.opening is None else _case_as_json(whole.opening),
            "merge": None if whole.merge is None else _bound_as_json(whole.merge),
            "reduce": None if whole.reduce is None else _case_as_json(whole.reduce),
        }
        total = None if items.labels is None else whole.of_items(len(items.labels))
    return {
        "version": 1,
        "playbook": path,
        "name": plan.header.name,
        "steps": _rows_as_json(case),
        "iteration": _bound_as_json(case.iteration),
        "iterations": case.iterations,
        "session": _bound_as_json(case.total),
        "parts": parts,
        "limits": {
            "agent_calls": limits.agent_calls,
            "cost_usd": limits.cost_usd,
            "seconds": limits.duration,
        },
        "items": None if items is None or items.labels is None else list(items.labels),
        "widths": None if items is None or items.widths is None else dict(items.widths),
        "symbolic": None if whole is None else _symbolic_as_json(whole.total),
        "total": None if total is None else _bound_as_json(total),
    }


def _case_as_json(case: WorstCase) -> dict[str, Json]:
    return {"steps": _rows_as_json(case), **_bound_as_json(case.total)}


def _rows_as_json(case: WorstCase) -> list[Json]:
    return [
        {
            "key": one.step.key,
            "title": one.step.title,
            "line": one.step.line,
            **({} if one.step.file is None else {"file": one.step.file}),
            "runs": one.runs,
            **_bound_as_json(one.bound),
        }
        for one in case.rows
    ]


def _symbolic_as_json(wide: WideBound) -> dict[str, Json]:
    """Sums of products as people write them, such as `2 + 2·|specs/*.md|`; null is no cap."""
    return {
        "agent_calls": wide.agent_calls.written(lambda value: f"{value:.0f}"),
        "shell_runs": wide.shell_runs.written(lambda value: f"{value:.0f}"),
        "cost_usd": None if wide.cost_usd is None else wide.cost_usd.written(lambda value: f"{value:.6g}"),
        "seconds": None if wide.seconds is None else wide.seconds.written(lambda value: f"{value:.6g}"),
    }


def _bound_as_json(most: Bound) -> dict[str, Json]:
    """Null is no cap; money to the millionth of a dollar, since sums of floats are not exact."""
    return {
        "agent_calls": most.agent_calls,
        "shell_runs": most.shell_runs,
        "cost_usd": None if most.cost_usd is None else round(most.cost_usd, 6),
        "seconds": None if most.seconds is None else round(most.seconds, 3),
    }
