"""Comparing what came of a session with what a test expects."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from attrs import frozen

from mmm_lang.figures import duration, money
from mmm_lang.plan.bounds import Bound
from mmm_lang.source import Span
from mmm_lang.testing.model import Case, Expected, Stop, is_turn
from mmm_lang.testing.observed import Observed


@frozen
class Difference:
    """One expectation that is not met: its key, its place, and a few lines that show both sides.

    ``actual`` is what would meet it, for `--update`; ``None``: nothing that can be written there would.
    """

    key: str
    span: Span
    lines: tuple[str, ...]
    actual: object = None


def differences(case: Case, observed: Observed, bound: Bound) -> tuple[Difference, ...]:
    """The expectations of a case that are not met; ``bound`` is the proved worst case of its session."""
    met_by = {key: _actual(key, expected, observed) for key, expected in case.expect.items()}
    found = [
        difference
        for key, expected in case.expect.items()
        if (difference := _compared(key, expected, met_by[key])) is not None
    ]
    return (*found, *_bounds(case.at_most, bound))


def _actual(key: str, expected: Expected, observed: Observed) -> object:
    finished = observed.finished
    match key:
        case "status" | "reason" | "exit_code" | "iterations" | "message":
            return getattr(finished, key)
        case "agent_calls":
            return finished.calls
        case "cost_usd":
            return None if finished.cost_usd is None else round(finished.cost_usd, 6)
        case "path":
            told = observed.path()
            wanted = cast(Sequence[Stop], expected.value)
            if all(stop.name != "iteration" for stop in wanted):
                told = tuple(stop for stop in told if stop.name != "iteration")
            if not any(is_turn(stop.what) for stop in wanted):
                told = tuple(stop for stop in told if not is_turn(stop.what))
            return told
        case "outputs":
            return {name: observed.value(name) for name in cast(Mapping[str, object], expected.value)}
        case "files":
            return {path: observed.read_file(path) for path in cast(Mapping[str, object], expected.value)}
        case "commits":
            return observed.commits
    raise AssertionError(f"nothing is known of `{key}`")


def _compared(key: str, expected: Expected, actual: object) -> Difference | None:
    wanted = expected.value
    match key:
        case "message":
            if str(wanted) in str(actual):
                return None
        case "cost_usd":
            if isinstance(wanted, float) and isinstance(actual, float) and abs(wanted - actual) < 1e-6:
                return None
        case _:
            if wanted == actual:
                return None
    return Difference(key, expected.span, tuple(_shown(key, wanted, actual)), actual)


def _shown(key: str, wanted: object, actual: object) -> Iterator[str]:
    """A difference for people: in one line where it is short, else as a diff."""
    match wanted, actual:
        case (tuple(), tuple()):
            before, after = [_line(one) for one in wanted], [_line(one) for one in actual]
            yield f"{key}: expected (-), found (+)"
            yield from _diff(before, after)
        case (dict(), dict()):
            for name, value in wanted.items():
                if actual.get(name) != value:
                    yield from _shown(f"{key}: `{name}`", value, actual.get(name))
        case (str(), str()) if "\n" in wanted or "\n" in actual:
            yield f"{key}: expected (-), found (+)"
            yield from _diff(wanted.splitlines(), actual.splitlines())
        case _:
            yield f"{key}: expected {_line(wanted)}, found {_line(actual)}"


def _diff(before: list[str], after: list[str]) -> Iterator[str]:
    for line in difflib.ndiff(before, after):
        if not line.startswith("?"):
            yield f"  {line.rstrip()}"


def _line(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Stop(name, what):
            return f"{name}: {what}"
    return str(value)


def _bounds(at_most: Mapping[str, Expected], bound: Bound) -> Iterator[Difference]:
    for key, expected in at_most.items():
        proved, most = _proved(key, bound), cast(float, expected.value)
        if proved is None:
            line = f"at_most.{key}: expected {_figure(key, most)} at most, and nothing bounds it"
            yield Difference(f"at_most.{key}", expected.span, (line,))
        elif proved > most + 1e-9:
            line = f"at_most.{key}: expected {_figure(key, most)} at most, the worst case is {_figure(key, proved)}"
            yield Difference(f"at_most.{key}", expected.span, (line,), proved)


def _proved(key: str, bound: Bound) -> float | None:
    match key:
        case "agent_calls":
            return bound.agent_calls
        case "shell_runs":
            return bound.shell_runs
        case "cost_usd":
            return bound.cost_usd
    return bound.seconds


def _figure(key: str, value: float) -> str:
    match key:
        case "cost_usd":
            return money(value)
        case "duration":
            return duration(value)
    return str(int(value))
