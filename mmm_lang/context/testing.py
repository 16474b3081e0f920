"""Which modules have tests, by what tests import, by what they are called, and by what they say themselves."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from attrs import frozen

from mmm_lang.context.coverage import Report
from mmm_lang.context.coverage_formats import Lines
from mmm_lang.context.facts import Facts
from mmm_lang.context.graph import Imports, Module

_AFFIX = re.compile(r"^(test_|Test(?=[A-Z]))|(_tests?|_spec|[.-](test|spec|test-d)|Tests?|Spec)$")
_NAMELESS = frozenset({"__init__", "index", "lib", "main", "mod"})
"""Names that say nothing of what is in a file."""
_MOST_NAMESAKES = 3


@frozen
class Tested:
    """A module of the project's own code that something can be tested of.

    ``tests`` are the test files that speak of it; ``is_inline``: it has tests inside; ``lines``: what a report says.
    """

    module: Module
    tests: tuple[str, ...]
    is_inline: bool
    lines: Lines | None

    @property
    def has_tests(self) -> bool:
        """Whether there is a test of it at all."""
        return bool(self.tests) or self.is_inline

    @property
    def share(self) -> float:
        """How much of it is tested, from 0 to 1: by a report, else all or nothing."""
        if self.lines is not None and self.lines.total:
            return self.lines.covered / self.lines.total
        return 1.0 if self.has_tests else 0.0


def tested_modules(
    facts: Mapping[str, Facts], imports: Imports, reports: Sequence[Report]
) -> tuple[Tested, ...]:
    """Every module of source that has something to test, sorted by name."""
    tests = _by_name(imports.modules)
    for edge in imports.edges:
        if imports.modules[edge.source].role == "test":
            tests[edge.target].add(edge.source)
    covered = _covered(reports)
    found = []
    for name, module in sorted(imports.modules.items()):
        if module.role == "source" and _has_something(module, facts):
            inline = any(facts[path].test_lines for path in module.files)
            lines = [covered[path] for path in module.files if path in covered]
            figures = (
                Lines(sum(one.covered for one in lines), sum(one.total for one in lines)) if lines else None
            )
            found.append(Tested(module, tuple(sorted(tests.get(name, ()))), inline, figures))
    return tuple(found)


def _has_something(module: Module, facts: Mapping[str, Facts]) -> bool:
    """Whether there is a function; languages whose functions nobody finds are judged by their lines."""
    return any(facts[path].functions for path in module.files) or (
        module.language in _WITHOUT_FUNCTIONS and module.code_lines > 0
    )


_WITHOUT_FUNCTIONS = frozenset({"Dart", "Elixir", "Haskell", "Perl", "R", "Svelte", "Vue"})


def _covered(reports: Sequence[Report]) -> dict[str, Lines]:
    """What reports say of each file; where several do, the kindest."""
    found: dict[str, Lines] = {}
    for report in reports:
        for path, lines in report.files.items():
            before = found.get(path)
            if before is None or lines.covered * max(1, before.total) > before.covered * max(1, lines.total):
                found[path] = lines
    return found


def _by_name(modules: Mapping[str, Module]) -> defaultdict[str, set[str]]:
    """Tests by the modules that they are named after: of several, those that lie nearest."""
    named: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name, module in modules.items():
        if module.role == "source" and _stem(name) not in _NAMELESS:
            named[_family(module), _stem(name)].append(name)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, module in modules.items():
        if module.role != "test":
            continue
        if module.language == "Go":
            if (package := posixpath.dirname(name) or ".") in modules:
                found[package].add(name)
            continue
        subject = _AFFIX.sub("", _stem(name))
        namesakes = named.get((_family(module), subject), []) if subject else []
        near = {one: _nearness(name, one) for one in namesakes}
        nearest = [one for one in namesakes if near[one] == max(near.values())]
        if len(nearest) <= _MOST_NAMESAKES:
            for one in nearest:
                found[one].add(name)
    return found


def _family(module: Module) -> str:
    return "JavaScript" if module.language == "TypeScript" else module.language


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path))[0]


def _nearness(test: str, module: str) -> int:
    """How many folders two files have in common, wherever these stand: `tests/cli/test_x.py` and `src/cli/x.py`."""
    return len(set(test.split("/")[:-1]) & set(module.split("/")[:-1]))
