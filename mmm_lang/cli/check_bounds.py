"""`mmm check` and the worst case: `--bounds`, `--diff REV` (or `--since REV`), `--max-calls` and its like.

Only where one of these is given are plans made: networkx is not on the path of a plain check.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mmm_lang.cli.durations import amount, duration, positive_count
from mmm_lang.diagnostics import Diagnostic
from mmm_lang.source import Source

if TYPE_CHECKING:
    import argparse

    from mmm_lang.analysis.check import Analysis, Verdict
    from mmm_lang.analysis.library import Library
    from mmm_lang.plan.bounds import WorstCase
    from mmm_lang.plan.ceilings import Ceilings
    from mmm_lang.plan.graph import Plan
    from mmm_lang.plan.widths import WideBound


class _Judged(NamedTuple):
    """A plan, the worst case of one session of it, and of everything that the playbook can do."""

    plan: Plan
    case: WorstCase
    total: WideBound


def configure_bounds(parser: argparse.ArgumentParser) -> None:
    """Add the flags about the worst case."""
    add = parser.add_argument_group("worst case").add_argument
    add("--bounds", action="store_true", help="print the worst case of every playbook")
    add("--since", metavar="REV", help="the same as `--diff REV`")
    add(
        "--max-calls",
        metavar="N",
        type=positive_count,
        help="fail where more agent calls than this are possible",
    )
    add("--max-cost", metavar="USD", type=amount, help="fail where more US dollars than this are possible")
    add(
        "--max-duration",
        metavar="D",
        type=duration,
        help="fail where more time than this is possible, such as 2h",
    )


def verdict_of(arguments: argparse.Namespace) -> Verdict | None:
    """What is asked about the ceilings that the flags set, if any."""
    if arguments.max_calls is None and arguments.max_cost is None and arguments.max_duration is None:
        return None
    from mmm_lang.plan.ceilings import Ceilings

    return partial(_exceeded_in, Ceilings(arguments.max_calls, arguments.max_cost, arguments.max_duration))


def _exceeded_in(ceilings: Ceilings, analysis: Analysis) -> Iterator[Diagnostic]:
    """The ceilings that a playbook's worst case is above; nothing where it has errors."""
    from mmm_lang.plan.ceilings import exceeded

    judged = _planned(analysis)
    if judged is not None:
        keys = analysis.playbook.keys
        place = keys.get("max_iterations") or keys.get("map") or analysis.source.whole()
        yield from exceeded(judged.plan, judged.case, judged.total, ceilings, analysis.source, place)


def bounds_text(source: Source, arguments: argparse.Namespace) -> str:
    """What `--bounds` and `--diff REV` print about one playbook."""
    judged = _judged(source)
    if judged is None:
        return f"{source.path}: no worst case, it has errors\n"
    from mmm_lang.figures import plural
    from mmm_lang.plan import wording

    lines = []
    case = judged.case
    if arguments.bounds:
        iterations = plural(case.iterations, "iteration")
        if judged.plan.header.map is not None:
            lines.append(
                f"{source.path}: at most {wording.wide_bound(judged.total)} in {iterations} an item of `map:`"
            )
        else:
            most = wording.bound(case.total)
            lines.append(f"{source.path}: at most {most} in {iterations}{_per_item(judged.plan, case)}")
    if arguments.since:
        lines += [f"{source.path}: {line}" for line in _since(source.path, arguments.since, judged.total)]
    return "".join(f"{line}\n" for line in lines)


def _since(path: str, revision: str, total: WideBound) -> tuple[str, ...]:
    from mmm_lang.cli.revisions import FilesAt, text_at
    from mmm_lang.plan.ceilings import moved

    text = text_at(path, revision)
    if text is None:
        return (f"new since {revision}",)
    before = _judged(Source(path, text), FilesAt(revision, os.path.dirname(path)))
    if before is None:
        return (f"it had errors in {revision}, so there was no worst case",)
    return moved(before.total, total) or ("the worst case is the same",)


def _judged(source: Source, library: Library | None = None) -> _Judged | None:
    from mmm_lang.analysis.called_files import CalledFiles
    from mmm_lang.analysis.check import analyse

    return _planned(analyse(source, library=CalledFiles() if library is None else library))


def _planned(analysis: Analysis) -> _Judged | None:
    from mmm_lang.plan.bounds import iterations_of, worst_case
    from mmm_lang.plan.lowering import lower, lower_merge, lower_opening, lower_reduce
    from mmm_lang.plan.whole import Plans, items_at_most, whole_case
    from mmm_lang.plan.widths import Figure, WideBound

    if not analysis.ok:
        return None
    plan = lower(analysis)
    source = plan.header.map
    iterations = iterations_of(plan, None, source is not None or _needs_item(plan))
    if source is None:
        case = worst_case(plan, iterations)
        return _Judged(plan, case, WideBound.of(case.total, Figure.of(1)))
    plans = Plans(plan, lower_opening(analysis), lower_reduce(analysis), lower_merge(analysis))
    whole = whole_case(plans, iterations, items_at_most(source), merges=source.parallel > 1)
    return _Judged(plan, whole.item, whole.total)


def _needs_item(plan: Plan) -> bool:
    """Whether the playbook runs only for items of `--map` or `--args`: it reads what only they set."""
    from mmm_lang.runtime.requirements import missing_variables

    return bool(missing_variables(plan, ()))


def _per_item(plan: Plan, case: WorstCase) -> str:
    if not _needs_item(plan):
        return ""
    from mmm_lang.plan import wording
    from mmm_lang.plan.widths import Figure, WideBound

    in_all = wording.wide_bound(WideBound.of(case.total, Figure.width("items")))
    return f" per item of `--map` or `--args`: in all {in_all}"
