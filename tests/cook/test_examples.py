"""Every playbook that ships with mmm runs, found by its name, in a repository that it has never seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import with_real_commands
from tests.support.cooking import playbook

EXAMPLES = sorted(
    path for path in (Path(__file__).parents[2] / "examples").glob("*.yml") if path.stem != "demo"
)

ENDINGS = {
    "architecture": ("converged", 0),
    "critical": ("criteria-met", 0),
    "default": ("converged", 0),
    "documentation": ("converged", 0),
    "implement": ("limit", 0),
    "performance": ("converged", 0),
    "security": ("converged", 0),
    "tdd": ("criteria-met", 0),
    "test-driven": ("converged", 0),
}

TESTS = "test ! -d src && test ! -d tests || test -e fixed || { echo 'test adds ... FAILED'; exit 1; }"
"""Tests that are green at first, broken by the first change, and green again when somebody has fixed them."""


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_run(example: Path, tmp_path: Path) -> None:
    kitchen = with_real_commands(playbook(tmp_path, "- shell: 'unused'\n"))
    text = example.read_text()
    flags = [
        flag for name in ("test", "build") if f"  {name}:\n" in text for flag in ("--set", f"{name}={TESTS}")
    ]
    if "$ARG" in text:
        kitchen.with_file("specs/33-parser.md", "# Parser\n")
        flags += ["--map", "specs/*.md"]
    command = [sys.executable, "-m", "mmm_lang", "cook", example.stem, "--path", str(kitchen.repo), *flags]
    done = subprocess.run(
        command, env=kitchen.env(), cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    [end] = kitchen.of_kind("session_finished")
    assert (end["reason"], done.returncode) == ENDINGS[example.stem], done.stdout + done.stderr
    assert done.stderr == ""
    assert kitchen.git("status", "--porcelain") == ""
    assert "fixed" in kitchen.files(), "its tests failed once and were repaired"
