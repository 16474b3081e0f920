"""`mmm check` and the worst case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.cooking import IDENTITY

PLAYBOOK = """\
max_iterations: 2
steps:
  - claude: "/mmm-code-review"
  - shell: "cargo test"
    on_failure: {claude: "/mmm-fix-test --error ${shell.output}"}
"""


def check(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mmm_lang", "check", *arguments]
    env = {**os.environ, **IDENTITY, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_bounds_are_printed_for_every_playbook(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    (tmp_path / "q.yml").write_text("- claude: '/mmm-implement-spec $ARG'\n")
    done = check(tmp_path, "--bounds", "p.yml", "q.yml")
    assert done.returncode == 0, done
    assert "p.yml: at most 8 agent calls and 8 shell runs in 2 iterations\n" in done.stdout
    assert "q.yml: at most 1 agent call and 0 shell runs in 1 iteration per item" in done.stdout


def test_a_ceiling_fails_the_check_at_the_key_that_states_it(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    assert check(tmp_path, "--max-calls", "8", "p.yml").returncode == 0
    done = check(tmp_path, "--max-calls", "7", "--format", "json", "p.yml")
    assert done.returncode == 1
    [found] = json.loads(done.stdout)["diagnostics"]
    assert found["rule"] == "bound-exceeded"
    assert found["message"] == "the worst case is 8 agent calls, and `--max-calls` allows 7"
    assert found["span"]["start"]["line"] == 1
    assert [label["span"]["start"]["line"] for label in found["labels"] if not label["primary"]] == [5]


def test_what_nothing_bounds_is_above_every_ceiling(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    done = check(tmp_path, "--max-cost", "1000", "--max-duration", "100h", "p.yml")
    assert done.returncode == 1
    assert "nothing bounds what it can spend, and `--max-cost` allows $1,000.00" in done.stdout
    assert "give every step a `timeout`" in done.stdout


def test_limits_of_the_playbook_count(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text("limits: {agent_calls: 3, cost_usd: 2, duration: 1h}\n" + PLAYBOOK)
    done = check(tmp_path, "--max-calls", "3", "--max-cost", "2", "--max-duration", "1h", "p.yml")
    assert done.returncode == 0, done.stdout


def git(cwd: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", *arguments], cwd=cwd, env={**os.environ, **IDENTITY}, check=True, capture_output=True
    )


def test_since_says_how_a_change_moves_them(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")
    assert "p.yml: the worst case is the same" in check(tmp_path, "--since", "HEAD", "p.yml").stdout
    (tmp_path / "p.yml").write_text(PLAYBOOK.replace("max_iterations: 2", "max_iterations: 5"))
    (tmp_path / "new.yml").write_text(PLAYBOOK)
    done = check(tmp_path, "--since", "HEAD", "p.yml", "new.yml")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "p.yml: agent calls: 8 → 20",
        "p.yml: shell runs: 8 → 20",
        "new.yml: new since HEAD",
    ]
    unknown = check(tmp_path, "--since", "nowhere", "p.yml")
    assert unknown.returncode == 2
    assert "git does not know `nowhere`" in unknown.stderr


def test_a_playbook_with_errors_has_no_worst_case(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text("- shel: x\n")
    done = check(tmp_path, "--bounds", "--max-calls", "1", "p.yml")
    assert done.returncode == 1
    assert "p.yml: no worst case, it has errors" in done.stdout
