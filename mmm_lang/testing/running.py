"""Running the cases of a test file, one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Literal

from attrs import field, frozen

from mmm_lang.agents.errors import AgentError
from mmm_lang.git.errors import GitError
from mmm_lang.plan.bounds import Bound, iterations_of, worst_case
from mmm_lang.plan.graph import Plan
from mmm_lang.plan.whole import held_to
from mmm_lang.process.errors import ProcessError
from mmm_lang.runtime.events import Event
from mmm_lang.runtime.requirements import (
    Item,
    Problem,
    RequirementsMissing,
    inputs_of,
    missing_variables,
)
from mmm_lang.source import Source, Span
from mmm_lang.testing.model import Case, TestFile
from mmm_lang.testing.observed import Observed
from mmm_lang.testing.scratch import NoRepository, replay
from mmm_lang.testing.stage import OutOfPlace, limits_of, play
from mmm_lang.testing.verdict import Difference, differences

Status = Literal["passed", "failed", "error"]

WHOLE_FILE = "test file"
"""What stands for the name of a test where none of a file can be run."""


@frozen(eq=False)
class Playbook:
    """A playbook that tests are about: its path, its text, its plan."""

    path: str
    source: Source
    plan: Plan


@frozen
class Result:
    """What came of one case. ``differences`` are the expectations that are not met, ``problem`` why it could not be run.

    ``events`` are those of its session, ``seconds`` what it took. ``interrupted``: a signal ended it.
    """

    file: str
    case: Case
    line: int
    status: Status
    seconds: float
    differences: tuple[Difference, ...] = ()
    problem: str | None = None
    events: tuple[Event, ...] = field(default=(), repr=False)
    interrupted: bool = False

    @property
    def can_be_written(self) -> bool:
        """Whether other expectations would be met: `--update` writes them."""
        return self.problem is None and all(one.actual is not None for one in self.differences)


def run_case(
    file: TestFile,
    case: Case,
    playbook: Playbook,
    environ: Mapping[str, str],
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Run one case. ``environ`` is for sessions with a recording, whose scripts are run."""
    began = clock()
    seen: list[Observed] = []
    found: list[Difference] = []

    def judge(observed: Observed) -> None:
        seen.append(observed)
        found.extend(differences(case, observed, bound_of(playbook.plan, case)))

    problem: str | None = None
    try:
        if case.recording is not None:
            replay(playbook.plan, playbook.path, playbook.source.text, case, environ, judge)
        else:
            play(playbook.plan, case, _variables(playbook.plan, case), judge)
    except RequirementsMissing as missing:
        problem = "; ".join(f"{one.message} ({one.help})" for one in missing.problems)
    except (OutOfPlace, NoRepository, AgentError, GitError, ProcessError, OSError) as error:
        problem = str(error)
    events = seen[0].events if seen else ()
    interrupted = bool(seen) and seen[0].finished.status == "interrupted"
    status: Status = "error" if problem is not None else "failed" if found else "passed"
    line = file.source.position(case.span.start).line
    took = clock() - began
    return Result(file.source.path, case, line, status, took, tuple(found), problem, events, interrupted)


def unusable(file: TestFile) -> Result:
    """A test file with mistakes, none of whose tests is run, as one result that programs count with the others."""
    errors = [one for one in file.diagnostics if one.severity == "error"]
    places = [place_of(file.source, one.primary.span) for one in errors]
    told = (f"{line}:{column} {one.message}" for one, (line, column) in zip(errors, places, strict=True))
    case = Case(WHOLE_FILE, errors[0].primary.span)
    return Result(file.source.path, case, places[0][0], "error", 0.0, problem="; ".join(told))


def _variables(plan: Plan, case: Case) -> dict[str, str]:
    """The session's variables. Raises `RequirementsMissing` where the case lacks one that the playbook needs."""
    items = (Item("the item", case.variables),) if case.variables else ()
    inputs = inputs_of(plan, case.inputs)
    if plan.header.map is not None and not items:
        what = "the playbook runs for the items of its `map:`, and the test gives none"
        raise RequirementsMissing(
            (Problem(what, "write `item:` with what an item is, such as `item: specs/a.md`"),)
        )
    if problems := missing_variables(plan, items):
        raise RequirementsMissing(problems)
    return {**inputs, **case.variables}


def bound_of(plan: Plan, case: Case) -> Bound:
    """The proved worst case of a case's session; what a limit allows is as good as proved."""
    total = worst_case(plan, iterations_of(plan, case.max_iterations, bool(case.variables))).total
    return held_to(total, limits_of(plan, case))


def place_of(file: Source, span: Span) -> tuple[int, int]:
    """Line and column of a place in a test file, from 1."""
    position = file.position(span.start)
    return position.line, position.column
