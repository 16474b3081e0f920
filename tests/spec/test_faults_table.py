"""`spec/durability.md`: every fault names tests that are there, every kill point that is tried stands in the table."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.faults.test_kill_points import KILL_POINTS, TWICE
from tests.faults.test_killed_maps import MAP_KILL_POINTS
from tests.faults.test_killed_worktrees import WORKTREE_KILL_POINTS
from tests.spec.documents import table

FAULTS = Path(__file__).parents[1] / "faults"


def found_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def named() -> list[tuple[str, str]]:
    rows = table("durability.md", "Faults", "fault")
    assert len(rows) >= 20
    found = []
    for fault, promise, tests in rows:
        assert fault.strip()
        assert promise.strip()
        here = re.findall(r"`(test_\w+\.py)::(test_\w+)`", tests)
        assert here, fault
        found += here
    return found


def test_each_fault_names_tests_that_are_there() -> None:
    there = {path.name: found_in(path) for path in FAULTS.glob("test_*.py")}
    assert [one for one in named() if one[1] not in there.get(one[0], set())] == []


def test_each_test_of_a_fault_is_named() -> None:
    there = {(path.name, test) for path in FAULTS.glob("test_*.py") for test in found_in(path)}
    assert there - set(named()) == set()


def test_the_kill_points_of_the_table_are_those_that_are_tried() -> None:
    faults = " ".join(fault for fault, _, _ in table("durability.md", "Faults", "fault"))
    tried = {*KILL_POINTS, *WORKTREE_KILL_POINTS, *MAP_KILL_POINTS, "K5"} | ({"K22"} if TWICE else set())
    assert set(re.findall(r"\bK\d+\b", faults)) == tried
