"""The program and the recording of the demo: they tell the story that `mmm demo` promises."""

from __future__ import annotations

import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

import mmm_lang.assets
from mmm_lang.agents.model import AgentRequest
from mmm_lang.agents.replay import ReplayAgent

DEMO = Path(mmm_lang.assets.__file__).parent / "demo"


class Repository:
    """The demo's repository as it is before the session, and the recorded agent at work in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"
        self.agent = ReplayAgent(str(DEMO / "recording.yml"), str(folder / "answered"))
        shutil.copytree(DEMO / "project", self.root)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Demo")
        self.git("config", "user.email", "demo@example.invalid")
        self.git("config", "commit.gpgsign", "false")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a small program")

    def git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def call(self, prompt: str) -> str:
        """Let the agent answer; its standard output."""
        request = AgentRequest(prompt, str(uuid.uuid4()), str(self.root), "step")
        program = self.agent.invocation(request)
        ended = subprocess.run(
            program.argv, cwd=self.root, input=program.stdin, capture_output=True, check=True
        )
        return ended.stdout.decode()

    def tests(self) -> str:
        """The last line of a real run of the tests."""
        command = [sys.executable, "-B", "-m", "unittest"]
        ended = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
        return ended.stderr.strip().splitlines()[-1]

    def subjects(self) -> list[str]:
        return self.git("log", "--format=%s").splitlines()


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_it_begins_with_one_failing_test_and_an_untested_function(repository):
    assert repository.tests() == "FAILED (errors=1)"
    tests = "".join(path.read_text(encoding="utf-8") for path in (repository.root / "tests").glob("*.py"))
    assert "parse_amount(" in tests
    assert "split(" not in tests


def test_the_first_iteration_fails_once_and_is_repaired(repository):
    repository.call("/mmm-code-review")
    spec = repository.git("diff", "--name-only", "HEAD~1")
    assert spec == "specs/temp/iteration-1708123456-improvements.md"

    repository.call(f"/mmm-implement-spec {spec}")
    assert not (repository.root / spec).exists()
    assert repository.subjects()[:2] == [
        "fix: apply improvements from spec iteration-1708123456-improvements",
        "review: generate improvement spec for iteration-1708123456-improvements",
    ]
    assert repository.tests() == "FAILED (failures=1)"

    repository.call("/mmm-fix-test --error 'AssertionError: 999 != 1000'")
    assert repository.tests() == "OK"
    assert repository.git("status", "--porcelain") == "M bill/money.py"


def test_the_second_iteration_changes_nothing(repository):
    for prompt in ("/mmm-code-review", "/mmm-implement-spec x", "/mmm-fix-test x", "/mmm-lint"):
        repository.call(prompt)
    repository.git("commit", "--all", "--message", "fix: make the tests pass")
    before = repository.git("rev-parse", "HEAD")

    assert "no spec" in repository.call("/mmm-code-review")
    repository.call("/mmm-lint")

    assert repository.git("rev-parse", "HEAD") == before
    assert repository.git("status", "--porcelain") == ""


def test_the_program_does_what_its_readme_shows(repository):
    for prompt in ("/mmm-code-review", "/mmm-implement-spec x", "/mmm-fix-test x"):
        repository.call(prompt)
    command = [sys.executable, "-B", "-m", "bill", "lunch.txt", "--people", "4"]
    printed = subprocess.run(command, cwd=repository.root, capture_output=True, text=True, check=True).stdout
    readme = (repository.root / "README.md").read_text(encoding="utf-8")
    assert "".join(f"    {line}\n" for line in printed.splitlines()) in readme


def test_every_command_of_the_demo_has_its_file():
    playbook = Path(mmm_lang.assets.__file__).parents[2] / "examples" / "demo.yml"
    for command in ("mmm-code-review", "mmm-implement-spec", "mmm-fix-test", "mmm-lint"):
        assert f"/{command}" in playbook.read_text(encoding="utf-8")
        assert (DEMO / "project" / ".claude" / "commands" / f"{command}.md").is_file()
