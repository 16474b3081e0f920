"""`spec/durability.md`: every promise about git names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_fault_of_git_names_its_tests() -> None:
    text = (ROOT / "spec" / "durability.md").read_text(encoding="utf-8")
    section = text.split("\n## Git\n")[1].split("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    for _, fault, promise, tests, _ in rows:
        assert fault.strip()
        assert promise.strip()
        named = re.findall(r"`(tests/[^`]+)`", tests)
        assert named, fault
        assert [path for path in named if not (ROOT / path).is_file()] == []
