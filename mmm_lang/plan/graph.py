"""The plan: an acyclic `networkx.MultiDiGraph` and the few questions that its readers ask.

Edges say how one gets on. ``then`` leads to the next step of the same list, ``branch`` into the list inside a
group or handler, ``join`` from the end of such a list to where the work goes on. ``on_failure`` and ``on_exit`` lead
to handlers, ``on_success`` to the steps after the final success, ``data`` from the step that makes a value to the
step that reads it. Repetition (iterations, rounds, retries) is no edge but a bounded number on a node, so that the
graph is acyclic and every worst case a finite sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import networkx as nx
from attrs import frozen

from mmm_lang.plan.ir import EdgeKind, ForEach, Handler, Header, Mark, Node, Step

START = "start"
END = "end"
UNTIL = "until"


@frozen
class Region:
    """A group, loop or handler around a step. Its own number (run or round) is number ``at`` of the step's path, from 0;
    the turn of a loop is the one after that."""

    key: str
    at: int


class Plan:
    """A graph whose nodes hold `ir` values under the attribute ``node``, edges their kind under ``kind``."""

    def __init__(self, graph: nx.MultiDiGraph[str]) -> None:
        self.graph = graph

    @property
    def header(self) -> Header:
        header: Header = self.graph.graph["header"]
        return header

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """All nodes by key, in the order of the text."""
        return {key: data["node"] for key, data in self.graph.nodes(data=True)}

    @cached_property
    def _leads(self) -> dict[tuple[str, str], tuple[str, ...]]:
        leads: dict[tuple[str, str], tuple[str, ...]] = {}
        for source, target, kind, _ in self.edges():
            leads[source, kind] = (*leads.get((source, kind), ()), target)
        return leads

    def _one(self, key: str, kind: EdgeKind) -> str | None:
        targets = self._leads.get((key, kind), ())
        return targets[0] if targets else None

    def step(self, key: str) -> Step:
        """The step of that key; ``KeyError`` where there is none."""
        node = self.nodes[key]
        if not isinstance(node, Step):
            raise KeyError(key)
        return node

    def handler(self, key: str) -> Handler:
        """The handler of that key; ``KeyError`` where there is none."""
        node = self.nodes[key]
        if not isinstance(node, Handler):
            raise KeyError(key)
        return node

    @property
    def until(self) -> Step | None:
        """The success criterion, a shell step."""
        return self.step(UNTIL) if UNTIL in self.nodes else None

    def list_from(self, first: str | None) -> Iterator[Step]:
        """The steps of one list, from its first."""
        while first is not None and first not in (END, UNTIL):
            yield self.step(first)
            first = self._one(first, "then")

    def body(self) -> Iterator[Step]:
        """The main line: what one iteration runs."""
        first = self._one(START, "then")
        return self.list_from(first if self.setup is None or first is None else self._one(first, "then"))

    def top(self) -> Iterator[Step]:
        """The outermost list as it is written: `setup:`, then the main line."""
        return self.list_from(self._one(START, "then"))

    @property
    def setup(self) -> Step | None:
        """The group of `setup:`, which runs before the first iteration's main line in a fresh worktree."""
        first = self._one(START, "then")
        return self.step(first) if self.header.setup and first is not None else None

    def inside(self, key: str) -> Iterator[Step]:
        """The steps inside a group or handler."""
        return self.list_from(self._one(key, "branch"))

    def after_success(self, key: str) -> Iterator[Step]:
        """The steps of a step's ``on_success``."""
        return self.list_from(self._one(key, "on_success"))

    def handlers(self, key: str) -> tuple[Handler, ...]:
        """The handlers of a step: those for exit codes first, then `on_failure`."""
        keys = (*self._leads.get((key, "on_exit"), ()), *self._leads.get((key, "on_failure"), ()))
        return tuple(self.handler(name) for name in keys)

    @property
    def steps(self) -> Iterator[Step]:
        """Every step of the plan, `until` included, in the order of the text."""
        return (node for node in self.nodes.values() if isinstance(node, Step))

    @cached_property
    def around(self) -> dict[str, tuple[Region, ...]]:
        """What is around each step, the outermost first: what the numbers of its path stand for (`runtime.events`)."""
        found: dict[str, tuple[Region, ...]] = {} if self.until is None else {UNTIL: ()}
        self._surround(self.top(), (), 0, found)
        return found

    def _surround(
        self, steps: Iterator[Step], around: tuple[Region, ...], at: int, found: dict[str, tuple[Region, ...]]
    ) -> None:
        for step in steps:
            found[step.key] = around
            own = 2 if isinstance(step.action, ForEach) else 1
            self._surround(self.inside(step.key), (*around, Region(step.key, at)), at + own, found)
            for handler in self.handlers(step.key):
                self._surround(self.inside(handler.key), (*around, Region(handler.key, at)), at + 1, found)
            self._surround(self.after_success(step.key), around, at, found)

    def loops_around(self, key: str) -> tuple[Region, ...]:
        """The loops around a step, the outermost first."""
        nodes = self.nodes
        return tuple(
            one
            for one in self.around.get(key, ())
            if isinstance(node := nodes[one.key], Step) and isinstance(node.action, ForEach)
        )

    def edges(self) -> Iterator[tuple[str, str, EdgeKind, str | None]]:
        """Every edge: source, target, kind, and what a data edge carries."""
        for source, target, data in self.graph.edges(data=True):
            yield source, target, data["kind"], data.get("label")

    def marks(self) -> Iterator[Mark]:
        return (node for node in self.nodes.values() if isinstance(node, Mark))


def handler_for(handlers: tuple[Handler, ...], exit_code: int | None) -> Handler | None:
    """The handler that answers a failure: by exit code where the process ended by itself, else `on_failure`.

    ``exit_code`` is ``None`` for a timeout, a signal, or a failure after the process (spec/language.md, 2).
    """
    fallback = next((one for one in handlers if not one.codes and not one.default), None)
    if exit_code is None:
        return fallback
    exact = next((one for one in handlers if exit_code in one.codes), None)
    return exact or next((one for one in handlers if one.default), None) or fallback
