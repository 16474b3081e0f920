"""What became of a session, as a test can ask for it, wherever it ran."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import field, frozen

from mmm_lang.plan import ir
from mmm_lang.runtime.events import (
    Event,
    HandlerStarted,
    IterationStarted,
    SessionFinished,
    StepFinished,
    TurnStarted,
)
from mmm_lang.runtime.state import State
from mmm_lang.runtime.values import Scope, Unset, ValueProblem, read_text
from mmm_lang.testing.model import Stop


@frozen(eq=False)
class Observed:
    """``events`` in their order, the ``state`` after them, ``commits`` that stayed (their subjects, oldest first), and
    how to read a file and a value of the session; ``None``: it is not there."""

    events: tuple[Event, ...] = field(repr=False)
    state: State = field(repr=False)
    commits: tuple[str, ...]
    read_file: Callable[[str], str | None] = field(repr=False)
    scope: Scope = field(repr=False)

    @property
    def finished(self) -> SessionFinished:
        """The session's last event; there is one."""
        assert self.state.finished is not None
        return self.state.finished

    def path(self) -> tuple[Stop, ...]:
        """The way that the session took: iterations, verdicts on steps, rounds of handlers, turns of loops."""
        return tuple(_path(self.events))

    def value(self, name: str) -> str | None:
        """A field or output of a step (``tests.output``), as the last iteration left it; ``None`` where it is unset."""
        step, _, rest = name.partition(".")
        first, *more = rest.removeprefix("outputs.").split(".")
        try:
            found = self.scope.value(ir.StepField(step, first, tuple(more)))
            return None if isinstance(found, Unset) else read_text(found)
        except ValueProblem:
            return None


def _path(events: Sequence[Event]) -> list[Stop]:
    stops = []
    for event in events:
        match event:
            case IterationStarted(iteration=number):
                stops.append(Stop("iteration", str(number)))
            case HandlerStarted(handler=handler, round=number):
                stops.append(Stop(handler, f"round {number}"))
            case TurnStarted(step=loop, turn=number):
                stops.append(Stop(loop, f"turn {number}"))
            case StepFinished(step=step, status=status):
                stops.append(Stop(step, status))
    return stops
