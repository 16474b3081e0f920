"""`mmm check` and the worst case: `--bounds`, `--since REV`, `--max-calls`, `--max-cost`, `--max-duration`.

Only where one of these is given are plans made: networkx is not on the path of a plain check.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmm_lang.cli.durations import amount, duration, positive_count
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.diagnostics import Diagnostic
from mmm_lang.source import Source

if TYPE_CHECKING:
    from mmm_lang.plan.bounds import WorstCase
    from mmm_lang.plan.graph import Plan
    from mmm_lang.source import Span


def configure_bounds(parser: argparse.ArgumentParser) -> None:
    """Add the flags about the worst case."""
    add = parser.add_argument_group("worst case").add_argument
    add("--bounds", action="store_true", help="print the worst case of every playbook")
    add("--since", metavar="REV", help="print how the worst case has moved since a git revision")
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


def asks_for_bounds(arguments: argparse.Namespace) -> bool:
    """Whether any of the flags is given."""
    names = ("bounds", "since", "max_calls", "max_cost", "max_duration")
    return any(getattr(arguments, name) for name in names)


def exceeded_in(source: Source, arguments: argparse.Namespace) -> Iterator[Diagnostic]:
    """The ceilings that a playbook's worst case is above; nothing where it has errors."""
    from mmm_lang.plan.ceilings import Ceilings, exceeded

    ceilings = Ceilings(arguments.max_calls, arguments.max_cost, arguments.max_duration)
    judged = _judged(source) if ceilings else None
    if judged is not None:
        plan, case, place = judged[0], judged[1], _place(source)
        yield from exceeded(plan, case, ceilings, source, place)


def bounds_text(source: Source, arguments: argparse.Namespace) -> str:
    """What `--bounds` and `--since` print about one playbook."""
    judged = _judged(source)
    if judged is None:
        return f"{source.path}: no worst case, it has errors\n"
    from mmm_lang.figures import plural
    from mmm_lang.plan import wording

    lines = []
    case = judged[1]
    if arguments.bounds:
        iterations = plural(case.iterations, "iteration")
        lines.append(
            f"{source.path}: at most {wording.bound(case.total)} in {iterations}{_per_item(judged[0])}"
        )
    if arguments.since:
        lines += [f"{source.path}: {line}" for line in _since(source.path, arguments.since, case)]
    return "".join(f"{line}\n" for line in lines)


def _since(path: str, revision: str, case: WorstCase) -> tuple[str, ...]:
    from mmm_lang.plan.ceilings import moved

    text = _text_at(path, revision)
    if text is None:
        return (f"new since {revision}",)
    before = _judged(Source(path, text))
    if before is None:
        return (f"it had errors in {revision}, so there was no worst case",)
    return moved(before[1].total, case.total) or ("the worst case is the same",)


def _judged(source: Source) -> tuple[Plan, WorstCase] | None:
    from mmm_lang.analysis.check import analyse
    from mmm_lang.plan.bounds import iterations_of, worst_case
    from mmm_lang.plan.lowering import lower

    analysis = analyse(source)
    if not analysis.ok:
        return None
    plan = lower(analysis)
    return plan, worst_case(plan, iterations_of(plan, None, _needs_item(plan)))


def _needs_item(plan: Plan) -> bool:
    """Whether the playbook runs only for items of `--map` or `--args`: it reads what only they set."""
    from mmm_lang.runtime.requirements import missing_variables

    return bool(missing_variables(plan, ()))


def _per_item(plan: Plan) -> str:
    return " per item of `--map` or `--args`" if _needs_item(plan) else ""


def _place(source: Source) -> Span:
    from mmm_lang.syntax.parser import parse_playbook

    playbook, _ = parse_playbook(source)
    return playbook.keys.get("max_iterations") or source.whole()


def _text_at(path: str, revision: str) -> str | None:
    """The playbook as it was in a revision; ``None`` where it was not there. Raises `UsageFailure`."""
    from mmm_lang.git.call import environment
    from mmm_lang.process.errors import ProcessError
    from mmm_lang.process.short import run_short

    folder, name = os.path.split(os.path.abspath(path))
    if revision.startswith("-"):
        raise UsageFailure(f"`{revision}` is not a git revision; write a branch, a tag or a commit")
    try:
        known = run_short(
            ("git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"),
            cwd=folder,
            env=environment(),
        )
        if known.exit_code != 0:
            raise UsageFailure(
                f"git does not know `{revision}` in `{folder}`; write a branch, a tag or a commit"
            )
        shown = run_short(("git", "show", f"{revision}:./{name}"), cwd=folder, env=environment())
    except ProcessError as error:
        raise UsageFailure(str(error)) from None
    return shown.stdout.decode("utf-8", "replace").removeprefix("\ufeff") if shown.exit_code == 0 else None
