"""The command lines of the README and of the examples work when they are pasted."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.packaging.distribution import PROJECT, run
from tests.support.examples import example_playbooks

pytestmark = pytest.mark.slow

DOCUMENTS = [
    "README.md",
    "examples/README.md",
    *(f"examples/{path.name}" for path in example_playbooks()),
]


def command_lines():
    """Every `mmm …` line of a shell block or of a comment, once; `mmm cook` is not run for real."""
    lines = set()
    for document in DOCUMENTS:
        content = (PROJECT / document).read_text(encoding="utf-8")
        lines.update(
            re.findall(
                r"^(?:#   )?mmm ((?:check|explain|rules|plan|graph|cook|--version)\b.*)$",
                content,
                re.MULTILINE,
            )
        )
    return sorted({re.sub(r"^(cook .*?)(?: --dry-run)?$", r"\1 --dry-run", line) for line in lines})


@pytest.fixture
def home(tmp_path):
    """A home folder with a repository, `projects/app`, that has something to work on."""
    repository = tmp_path / "projects" / "app"
    (repository / "specs").mkdir(parents=True)
    (repository / "specs" / "33-parser.md").write_text("# Parser\n", encoding="utf-8")
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"]
    for arguments in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--message", "start"],
    ):
        run(["git", *arguments], repository, os.environ)
    return tmp_path


@pytest.mark.parametrize("line", command_lines())
def test_it_works_when_pasted(line, home):
    arguments = [
        word.replace("~", str(home), 1) if word.startswith("~") else word for word in shlex.split(line)
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "mmm_lang", *arguments],
        cwd=home / "projects" / "app",
        env={**os.environ, "HOME": str(home), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_there_are_some():
    assert len(command_lines()) > 15
