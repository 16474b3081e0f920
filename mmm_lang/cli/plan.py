"""``mmm plan``, and ``mmm cook --dry-run``: what would run, and the proved worst case. Nothing is run or touched."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from mmm_lang.cli.durations import amount, duration, positive_count
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.terminal import write_message, write_output

if TYPE_CHECKING:
    from mmm_lang.plan.bounds import Bound, WorstCase
    from mmm_lang.plan.graph import Plan
    from mmm_lang.plan.ir import Limits
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
        write_output(json.dumps(_as_json(compiled.path, plan, case, limits, items), indent=2) + "\n")
        return EXIT_DONE
    from mmm_lang.plan.table import plan_table

    write_output(plan_table(plan, case, limits))
    if items is not None:
        write_output(f"{_of_items(items, case)}\n")
    return EXIT_DONE


@frozen
class _Items:
    """What the playbook would be run for. ``labels`` is ``None`` where nobody can know it here; ``why`` says so."""

    labels: tuple[str, ...] | None
    why: str = ""


def _items(path: str, patterns: Sequence[str], values: Sequence[str]) -> _Items | None:
    """The items of ``--map`` and ``--args``; ``None`` without either.

    Raises `UsageFailure` where ``path`` is no folder.
    """
    folder = os.path.expanduser(path)
    if not os.path.isdir(folder):
        raise UsageFailure(f"there is no folder `{path}`; give the repository with `--path DIR`")
    if not patterns:
        return _Items(tuple(values)) if values else None
    from mmm_lang.runtime.requirements import RequirementsMissing, items_of

    root = _root(folder)
    if root is None:
        why = f"`--map` is relative to a repository's root, and `{path}` is in none"
        return _Items(None, why)
    try:
        return _Items(tuple(item.label for item in items_of(root, patterns, values)))
    except RequirementsMissing as missing:
        return _Items(None, str(missing))


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
