"""Results for people, as test runners tell them, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from mmm_lang.diagnostics.display import visible
from mmm_lang.figures import measured, plural
from mmm_lang.source import Source
from mmm_lang.testing.coverage import Coverage
from mmm_lang.testing.running import Result, place_of

DOTS = {"passed": ".", "failed": "F", "error": "E"}


def details(result: Result) -> Iterator[str]:
    """What is wrong, in lines: why it could not be run, or each expectation that is not met."""
    if result.problem is not None:
        yield f"could not be run: {visible(result.problem)}"
    for difference in result.differences:
        yield from (visible(line) for line in difference.lines)


def failure(result: Result, source: Source) -> Iterator[str]:
    """A failure with its places in the test file, for the end of a run."""
    yield f"FAILED {visible(result.file)}:{result.line} {visible(result.case.name)}"
    if result.problem is not None:
        yield f"    could not be run: {visible(result.problem)}"
    for difference in result.differences:
        line, column = place_of(source, difference.span)
        first, *more = difference.lines
        yield f"    {line}:{column} {visible(first)}"
        yield from (f"        {visible(one)}" for one in more)


def covered(playbook: str, found: Coverage) -> Iterator[str]:
    """The coverage of a playbook, and the edges that no test has walked."""
    walked, total = len(found.edges) - len(found.missed), len(found.edges)
    yield f"{visible(playbook)}: {walked} of {plural(total, 'edge')} walked ({percent(found)} %)"
    yield from (f"    never: {visible(str(edge))}" for edge in found.missed)


def percent(found: Coverage) -> int:
    """Whole per cent, rounded down: 100 is all."""
    return int(found.percent)


def summary(results: Sequence[Result], left_out: int, seconds: float) -> str:
    """The last line of a run."""
    counts = {status: sum(result.status == status for result in results) for status in DOTS}
    words = {"passed": "passed", "failed": "failed", "error": "could not be run"}
    parts = [
        f"{counts[status]} {words[status]}" for status in ("failed", "error", "passed") if counts[status]
    ]
    parts += [f"{left_out} not selected"] if left_out else []
    return f"{', '.join(parts) or 'no tests'} in {measured(seconds)}"


def as_json(
    results: Sequence[Result],
    sources: Mapping[str, Source],
    coverages: Mapping[str, Coverage],
    left_out: int,
    seconds: float,
) -> str:
    """All of it for programs (`spec/testing.md`)."""
    document = {
        "version": 1,
        "tests": [_test(result, sources[result.file]) for result in results],
        "coverage": [_coverage(playbook, found) for playbook, found in coverages.items()],
        "summary": {
            "passed": sum(result.status == "passed" for result in results),
            "failed": sum(result.status == "failed" for result in results),
            "errors": sum(result.status == "error" for result in results),
            "not_selected": left_out,
            "seconds": round(seconds, 3),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _test(result: Result, source: Source) -> dict[str, object]:
    found = []
    for difference in result.differences:
        line, column = place_of(source, difference.span)
        found.append({"key": difference.key, "line": line, "column": column, "lines": list(difference.lines)})
    return {
        "file": result.file,
        "line": result.line,
        "name": result.case.name,
        "status": result.status,
        "seconds": round(result.seconds, 3),
        "problem": result.problem,
        "differences": found,
    }


def _coverage(playbook: str, found: Coverage) -> dict[str, object]:
    return {
        "playbook": playbook,
        "edges": len(found.edges),
        "walked": len(found.edges) - len(found.missed),
        "missed": [{"source": one.source, "target": one.target, "kind": one.kind} for one in found.missed],
    }
