"""``mmm plan``, and ``mmm cook --dry-run``: what would run, and the proved worst case. Nothing is run or touched."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve, frozen

from mmm_lang.cli.durations import amount, duration, positive_count
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_output

if TYPE_CHECKING:
    from mmm_lang.plan.bounds import Bound, WorstCase
    from mmm_lang.plan.graph import Plan
    from mmm_lang.plan.ir import Limits
    from mmm_lang.plan.widths import Figure
    from mmm_lang.tagged import Json

_Number = TypeVar("_Number", int, float)

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
    add("--format", choices=("text", "json"), default="text", help="text (the default) or json")


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; 1 where the playbook has errors."""
    return show_plan(arguments)


def show_plan(arguments: argparse.Namespace) -> int:
    """Print what a session with these arguments of ``mmm plan`` (or ``mmm cook``) would run, and its worst case."""
    from mmm_lang.cli.compiled import PlaybookHasErrors, compile_named
    from mmm_lang.plan.bounds import iterations_of, worst_case

    items = _items(arguments.path, arguments.map, arguments.args)
    try:
        compiled = compile_named(arguments.playbook)
    except PlaybookHasErrors:
        return EXIT_ERRORS
    plan = compiled.plan
    case = worst_case(plan, iterations_of(plan, arguments.max_iterations, items is not None))
    limits = _limits(plan, arguments)
    if arguments.format == "json":
        document = _as_json(compiled.path, plan, case, limits, items)
        write_output(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return EXIT_DONE
    from mmm_lang.plan.table import plan_table

    write_output(plan_table(plan, case, limits))
    if items is not None:
        write_output(f"{_of_items(items, case)}\n")
    return EXIT_DONE


@frozen
class _Items:
    """What the playbook would be run for: so often for each width of ``number``. ``labels`` and ``widths`` are ``None``
    where nobody can know them here; ``why`` says so."""

    number: Figure
    labels: tuple[str, ...] | None
    widths: Mapping[str, int] | None = None
    why: str = ""


def _items(path: str, patterns: Sequence[str], values: Sequence[str]) -> _Items | None:
    """The items of ``--map`` and ``--args``; ``None`` without either.

    Raises `UsageFailure` where ``path`` is no folder.
    """
    folder = os.path.expanduser(path)
    if not os.path.isdir(folder):
        raise UsageFailure(f"there is no folder `{path}`; give the repository with `--path DIR`")
    if not patterns and not values:
        return None
    from mmm_lang.plan.widths import Figure

    globs = tuple(dict.fromkeys(patterns))
    number = Figure.of(len(values))
    for pattern in globs:
        number += Figure.width(pattern)
    if not patterns:
        return _Items(number, tuple(values), {})
    from mmm_lang.runtime.requirements import RequirementsMissing, items_of

    root = _root(folder)
    if root is None:
        why = f"`--map` is relative to a repository's root, and `{path}` is in none"
        return _Items(number, None, why=why)
    try:
        widths = {pattern: len(items_of(root, (pattern,), ())) for pattern in globs}
        return _Items(number, tuple(item.label for item in items_of(root, patterns, values)), widths)
    except RequirementsMissing as missing:
        return _Items(number, None, why=str(missing))


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
    limits = plan.header.limits
    return evolve(
        limits,
        agent_calls=_least(limits.agent_calls, arguments.max_calls),
        cost_usd=_least(limits.cost_usd, arguments.max_cost),
        duration=_least(limits.duration, arguments.max_duration),
    )


def _least(flag: _Number | None, limit: _Number | None) -> _Number | None:
    return min((one for one in (flag, limit) if one is not None), default=None)


# --- what is printed ---


def _of_items(items: _Items, case: WorstCase) -> str:
    """The lines for ``--map`` and ``--args``: each item has a session, and limits, of its own."""
    from mmm_lang.diagnostics.display import visible
    from mmm_lang.figures import number, plural
    from mmm_lang.plan import wording
    from mmm_lang.plan.table import wrapped
    from mmm_lang.plan.widths import WideBound

    in_all = f"all items: at most {wording.wide_bound(WideBound.of(case.total, items.number))}"
    if items.labels is None or items.widths is None:
        lines = wrapped("the figures above are per item, a session each")
        lines += [*wrapped(in_all), *wrapped(f"how many items there are is not known: {visible(items.why)}")]
        return "\n".join(lines)
    shown = [visible(label) for label in items.labels[:_MOST_LABELS]]
    more = len(items.labels) - len(shown)
    lines = [f"{plural(len(items.labels), 'item')}, a session each; the figures above are per item"]
    lines += [f"  {label}" for label in shown]
    if more:
        lines.append(f"  … and {number(more)} more")
    total = wording.bound(case.total * len(items.labels))
    if not items.widths:
        return "\n".join((*lines, f"all items: at most {total}"))
    known = " and ".join(f"|{visible(name)}| is {number(width)}" for name, width in items.widths.items())
    return "\n".join((*lines, *wrapped(in_all), *wrapped(f"as {known}: at most {total}")))


def _as_json(path: str, plan: Plan, case: WorstCase, limits: Limits, items: _Items | None) -> dict[str, Json]:
    """The same for tools. ``session`` is one session, ``total`` all items (null where their number is unknown), and
    ``symbolic`` the same by the widths of the globs of `--map`; ``widths`` has those that are known here."""
    labels = (None,) if items is None else items.labels
    return {
        "version": 1,
        "playbook": path,
        "name": plan.header.name,
        "steps": [
            {
                "key": one.step.key,
                "title": one.step.title,
                "line": one.step.line,
                "runs": one.runs,
                **_bound_as_json(one.bound),
            }
            for one in case.rows
        ],
        "iteration": _bound_as_json(case.iteration),
        "iterations": case.iterations,
        "session": _bound_as_json(case.total),
        "limits": {
            "agent_calls": limits.agent_calls,
            "cost_usd": limits.cost_usd,
            "seconds": limits.duration,
        },
        "items": None if items is None or items.labels is None else list(items.labels),
        "widths": None if items is None or items.widths is None else dict(items.widths),
        "symbolic": None if items is None else _symbolic_as_json(case.total, items.number),
        "total": None if labels is None else _bound_as_json(case.total * len(labels)),
    }


def _symbolic_as_json(most: Bound, times: Figure) -> dict[str, Json]:
    """Sums of products as people write them, such as `2 + 2·|specs/*.md|`; null is no cap."""
    from mmm_lang.plan.widths import WideBound

    wide = WideBound.of(most, times)
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
