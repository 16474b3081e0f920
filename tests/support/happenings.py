"""What has happened, in few words: events for tests of the state and of what is read from it."""

from __future__ import annotations

import os
from collections.abc import Callable

from mmm_lang.plan.graph import Plan
from mmm_lang.runtime.events import (
    JOURNAL_VERSION,
    Base,
    Event,
    Fault,
    IterationStarted,
    Path,
    SessionStarted,
    StepCommitted,
    StepFinished,
    StepRan,
    StepStarted,
)
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.values import Scope, run_folder

BASE = Base("h0", "t0", "main")


def begun(**fields: object) -> list[Event]:
    """A session whose first iteration has begun; ``fields`` are those of ``SessionStarted``."""
    started = {"max_iterations": 10, "version": JOURNAL_VERSION, **fields}
    return [SessionStarted("s1", "p.yml", "p", BASE, **started), IterationStarted(1, BASE)]  # type: ignore[arg-type]


def run(
    step: str,
    number: int,
    *,
    path: Path = (),
    attempt: int = 1,
    fault: Fault | None = None,
    commits: tuple[str, ...] = (),
    ran: dict[str, object] | None = None,
    **finished: object,
) -> list[Event]:
    """A whole run of a step: its ``number`` in the session; ``ran`` and ``finished`` are more fields of those events."""
    place = (step, path, attempt)
    ending = {"exit_code": 1 if fault == "exit" else 0, "fault": fault, **(ran or {})}
    events: list[Event] = [StepStarted(*place, BASE, number), StepRan(*place, **ending)]  # type: ignore[arg-type]
    if commits:
        events.append(StepCommitted(*place, commits))
    status = "failed" if fault else "succeeded"
    return [*events, StepFinished(*place, status, fault, **finished)]  # type: ignore[arg-type]


def skipped(step: str, *, path: Path = ()) -> list[Event]:
    return [StepFinished(step, path, 0, "skipped", reason="nothing to work on")]


def wrote(folder: object, number: int, **outputs: str | bytes) -> None:
    """The output files of a run."""
    place = run_folder(str(folder), number)
    os.makedirs(place, exist_ok=True)
    for name, content in outputs.items():
        with open(os.path.join(place, name), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)


def scope_of(
    plan: Plan,
    events: list[Event],
    folder: object = "/nowhere",
    exists: Callable[[str], bool] = os.path.lexists,
    **environ: str,
) -> Scope:
    """The values after these events."""
    return Scope(plan, fold(events), str(folder), "/project", environ, exists)
