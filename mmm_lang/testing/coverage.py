"""Which edges of a playbook's graph sessions have walked, and which no test has.

Told from events alone. An edge into a step is walked where the step was begun, not where it was skipped; an edge that
leaves a handler, a group or the steps after a success where the work went on behind them; the edge to a handler where it
had a round, or, where it has no steps, where it decided. Edges of data are none of the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from mmm_lang.plan.graph import END, START, UNTIL, Plan, handler_for
from mmm_lang.plan.ir import EdgeKind, Handler
from mmm_lang.runtime.events import (
    Event,
    HandlerStarted,
    IterationFinished,
    IterationStarted,
    StepFinished,
    StepRan,
    StepStarted,
)


@frozen(order=True)
class Edge:
    """An edge of the graph, by the keys of its ends."""

    source: str
    target: str
    kind: EdgeKind

    def __str__(self) -> str:
        words = {"on_failure": " (on failure)", "on_exit": " (on exit code)", "on_success": " (on success)"}
        return f"{self.source} → {self.target}{words.get(self.kind, '')}"


@frozen
class Coverage:
    """Of all edges those that were walked, in the graph's order."""

    edges: tuple[Edge, ...]
    walked: frozenset[Edge]

    @property
    def missed(self) -> tuple[Edge, ...]:
        """The edges that were not walked."""
        return tuple(edge for edge in self.edges if edge not in self.walked)

    @property
    def percent(self) -> float:
        """How many of a hundred were walked; 100 where there is none."""
        return 100.0 * len(self.walked) / len(self.edges) if self.edges else 100.0


def edges_of(plan: Plan) -> tuple[Edge, ...]:
    """The edges that a session can walk, each once."""
    found = (Edge(source, target, kind) for source, target, kind, _ in plan.edges() if kind != "data")
    return tuple(dict.fromkeys(found))


def coverage(plan: Plan, sessions: Iterable[Iterable[Event]]) -> Coverage:
    """What these sessions have walked together."""
    edges = edges_of(plan)
    walked = {edge for events in sessions for edge in _walked(plan, edges, events)}
    return Coverage(edges, frozenset(walked) & frozenset(edges))


def _walked(plan: Plan, edges: tuple[Edge, ...], events: Iterable[Event]) -> Iterator[Edge]:
    leading: dict[str, list[Edge]] = {}
    for edge in edges:
        leading.setdefault(edge.target, []).append(edge)
    seen: set[str] = set()
    codes: dict[str, int | None] = {}
    for event in events:
        match event:
            case IterationStarted():
                seen = {START}
            case HandlerStarted(handler=key):
                seen.add(key)
                yield from (edge for edge in leading.get(key, ()) if edge.source in seen)
            case StepRan(step=key, exit_code=code):
                codes[key] = code
            case StepStarted(step=key):
                yield from _into(plan, key, leading, seen)
                seen.add(key)
            case StepFinished(step=key, status=status):
                seen.add(key)
                if status == "failed":
                    yield from _decided(plan, key, event, codes, leading, seen)
            case IterationFinished():
                if _came_to_its_end(plan, seen, event):
                    yield from _into(plan, END, leading, seen)


def _into(plan: Plan, key: str, leading: dict[str, list[Edge]], seen: set[str]) -> Iterator[Edge]:
    """The edges by which the way came to a node."""
    for edge in leading.get(key, ()):
        if edge.kind in ("then", "branch", "on_success", "join") and edge.source in seen:
            yield edge


def _decided(
    plan: Plan,
    key: str,
    event: StepFinished,
    codes: dict[str, int | None],
    leading: dict[str, list[Edge]],
    seen: set[str],
) -> Iterator[Edge]:
    """The edge to a handler without steps that says what becomes of this failure."""
    code = codes.get(key) if event.fault == "exit" else None
    handler = handler_for(plan.handlers(key), code)
    if isinstance(handler, Handler) and handler.empty:
        seen.add(handler.key)
        yield from (edge for edge in leading.get(handler.key, ()) if edge.source == key)


def _came_to_its_end(plan: Plan, seen: set[str], event: IterationFinished) -> bool:
    """Whether an iteration went through its whole list; one that has converged may have stopped in the middle."""
    body = [step.key for step in plan.body()]
    last = UNTIL if plan.until is not None else (body[-1] if body else START)
    return last in seen
