"""The README's lines about a repository work in one, in their order; `tests/packaging` pastes the others one by one."""

from __future__ import annotations

import shutil

import pytest

from tests.docs.executed import PROJECT, Reader, command_lines

README = PROJECT / "README.md"
ALONE = ("check", "plan", "graph", "explain", "rules", "--version")
"""What needs no repository and no agent."""
ELSEWHERE = ("--dry-run", "--path")
"""What is a variation of a line that is run here."""


def lines_about_a_repository():
    return [
        line
        for line in command_lines(README)
        if not line.startswith(ALONE) and not any(word in line for word in ELSEWHERE)
    ]


@pytest.mark.slow
def test_they_work_in_their_order(tmp_path):
    reader = Reader.at(tmp_path)
    agent = reader.scenario
    agent.on(
        "/mmm-code-review",
        times=1,
        writes={"specs/temp/iteration-1-better.md": "# Better\n"},
        commits="review: it",
    )
    agent.on("/mmm-implement-spec specs/33-parser.md", appends={"parser.py": "x = 1\n"})
    agent.on(
        "/mmm-implement-spec", writes={"app.py": "x = 1\n"}, deletes=["specs/temp/iteration-1-better.md"]
    )
    for quiet in ("/mmm-code-review", "/mmm-lint"):
        agent.on(quiet, text="nothing to do")
    shutil.copytree(PROJECT / "examples", reader.here / "examples")
    (reader.here / "Makefile").write_text("test:\n\t@true\n")
    (reader.here / "specs").mkdir()
    (reader.here / "specs" / "33-parser.md").write_text("# Parser\n")
    made = reader.shell("git init -q && mmm init && git add . && git commit -qm start")
    assert made.returncode == 0, made.stdout
    lines = lines_about_a_repository()
    assert {line.split()[0] for line in lines} >= {"init", "cook", "sessions", "rescue", "worktree", "test"}
    assert any("--parallel" in line for line in lines)
    for line in lines:
        done = reader.shell(f"mmm {line}")
        assert done.returncode == 0, f"mmm {line}\n{done.stdout}"
        assert reader.shell("git status --porcelain --untracked-files=no").stdout == "", line
