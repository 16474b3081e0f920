"""Every example, cooked to its end: real git, real scripts, a scripted `claude`, and tests that break once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.examples.test_examples import BUNDLED, EXAMPLES, PLAYBOOKS
from tests.support.scenario import Scenario

pytestmark = pytest.mark.slow

SPECS = {
    "mmm-code-review": "improvements",
    "mmm-security-audit": "security",
    "mmm-performance-review": "performance",
    "mmm-cleanup-tech-debt": "tech-debt-cleanup",
    "mmm-coverage": "coverage-improvements",
    "mmm-analyze-coverage": "coverage",
    "mmm-test-generate": "tests",
}
"""Commands that look for something and write it down: each finds one thing the first time, and nothing after it."""

CHECK = "test ! -e broken"
"""The tests of the repository: what the implementation breaks and the repair mends."""

ARGUMENTS = {
    "documentation": ["--set", f"build={CHECK}"],
    "folders": ["--set", f"test={CHECK}", "--set", "files=*.md", "--yes"],
    "hot-spots": ["--set", f"test={CHECK}", "--set", "files=specs/*.md"],
    "implement": ["--set", f"test={CHECK}", "--args", "specs/33-parser.md"],
    "performance": ["--set", f"test={CHECK}", "--set", "bench=echo 10 ms"],
}

NAMES = [path.stem for path in PLAYBOOKS if path.stem != "demo"]


def scripted_claude(folder):
    """An agent that behaves as the commands' contracts say."""
    folder.mkdir()
    scenario = Scenario(folder)
    for command, kind in SPECS.items():
        spec = f"specs/temp/iteration-1708123456-{kind}.md"
        scenario.on(f"/{command}", times=1, writes={spec: "# Something\n"}, commits=f"review: {kind}")
        scenario.on(f"/{command}", text="Nothing found.")
    scenario.on(
        "/mmm-implement-spec", do=[{"delete": "@ARGS@"}], appends={"app.py": "# better\n", "broken": "x"}
    )
    scenario.on("/mmm-write-tests", times=1, appends={"tests/test_app.py": "# test\n", "broken": "x"})
    scenario.on("/mmm-write-tests", text="Nothing to write.")
    scenario.on("/mmm-docs-generate", times=1, appends={"docs.md": "Words.\n"})
    scenario.on("/mmm-docs-generate", text="Nothing to write.")
    for command in ("/mmm-fix-test", "/mmm-debug-test-failure", "The documentation does not build"):
        scenario.on(command, deletes=["broken"])
    scenario.on("/mmm-analyze-results", text="Faster.")
    scenario.on("Sum up for a pull request", text="Better.")
    scenario.on("/mmm-lint", text="Clean.")
    return scenario


@pytest.fixture
def repository(tmp_path):
    """A repository with the slash commands and one specification."""
    root = tmp_path / "app"
    (root / ".claude" / "commands").mkdir(parents=True)
    for command in BUNDLED:
        (root / ".claude" / "commands" / f"{command}.md").write_text("Do it.\n", encoding="utf-8")
    (root / "specs").mkdir()
    (root / "specs" / "33-parser.md").write_text("# Parser\n", encoding="utf-8")
    git(root, "init", "--quiet", "--initial-branch=main")
    for name, value in {
        "user.name": "T",
        "user.email": "t@example.invalid",
        "commit.gpgsign": "false",
    }.items():
        git(root, "config", name, value)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "start")
    return root


def git(root, *arguments):
    command = ["git", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def cook(name, repository, scenario):
    """Cook one example with the scripted agent; gives the ended process, with both streams in ``stdout``."""
    arguments = ["--path", str(repository), *ARGUMENTS.get(name, ["--set", f"test={CHECK}"])]
    return subprocess.run(
        [sys.executable, "-m", "mmm_lang", "cook", f"examples/{name}.yml", *arguments],
        env=scenario.env(HOME=str(scenario.folder), PYTHONPATH=str(EXAMPLES.parent)),
        cwd=scenario.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_cooks_to_its_end(name, repository, tmp_path):
    scenario = scripted_claude(tmp_path / "agent")
    ended = cook(name, repository, scenario)
    assert ended.returncode == 0, ended.stdout
    assert git(repository, "status", "--porcelain") == ""
    assert not (repository / "broken").exists()
    assert (repository / "app.py").exists() or name == "tdd"
    repairs = ("/mmm-fix-test", "/mmm-debug-test-failure", "The documentation does not build")
    assert any(prompt.startswith(repairs) for prompt in scenario.prompts()), ended.stdout


def test_a_change_of_the_protected_tests_fails_the_session(repository, tmp_path):
    scenario = Scenario(tmp_path)
    spec = "specs/temp/iteration-1708123456-performance.md"
    scenario.on("/mmm-performance-review", writes={spec: "# Faster\n"}, commits="review: performance")
    scenario.on("/mmm-implement-spec", writes={"tests/test_app.py": "# easier\n"}, commits="fix: faster")
    before = git(repository, "rev-parse", "HEAD")
    ended = cook("performance", repository, scenario)
    assert ended.returncode == 1
    assert "tests/test_app.py" in ended.stdout
    assert git(repository, "rev-parse", "HEAD") == before
    assert "refs/mmm/rescue/" in git(repository, "for-each-ref")
