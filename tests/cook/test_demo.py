"""`mmm demo`: the main job from one command, with nothing set up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def demo(tmp_path: Path, *flags: str, **more: str) -> subprocess.CompletedProcess[str]:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(tmp_path), **more}
    command = [sys.executable, "-m", "mmm_lang", "demo", *flags]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.slow
def test_the_demo_reviews_implements_tests_repairs_and_converges(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "📋 Workflow: Demo" in lines
    assert any(line.startswith("❌ ") and "failed: exit code 1" in line for line in lines)
    assert "🔧 Repairing `tests`, round 1 of 3..." in lines
    assert "   Iterations: 2/5" in lines
    assert "   Reason: No more issues found" in lines
    log = lines[lines.index("$ git log --oneline") + 1 :]
    subjects = [line.split(" ", 1)[1] for line in log[:4]]
    assert [subject.split(":")[0] for subject in subjects] == ["fix", "fix", "review", "start"]
    assert re.search(
        r"nothing was spent; for \d+ calls like these the recording says \$\d+\.\d\d\.", done.stdout
    )
    assert "`mmm demo --keep`" in done.stdout
    assert not list(tmp_path.glob("mmm-demo-*")), "the scratch repository is gone"


@pytest.mark.slow
def test_keep_leaves_a_repository_whose_tests_pass(tmp_path: Path) -> None:
    done = demo(tmp_path, "--keep")
    assert done.returncode == 0
    [folder] = tmp_path.glob("mmm-demo-*")
    repository = folder / "bill"
    assert f"The repository is kept in {repository}" in done.stdout
    tests = subprocess.run(
        [sys.executable, "-m", "unittest"], cwd=repository, capture_output=True, check=False
    )
    assert tests.returncode == 0


def test_with_the_real_agent_it_says_what_is_missing(tmp_path: Path) -> None:
    git = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").symlink_to(git.stdout.strip())
    done = demo(tmp_path, "--agent", "claude", PATH=str(folder))
    assert done.returncode == 2
    assert "`claude`" in done.stderr
    assert not list(tmp_path.glob("mmm-demo-*"))


@pytest.mark.slow
def test_the_users_own_git_settings_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    (tmp_path / "home" / ".gitconfig").write_text(
        f"[commit]\n gpgsign = true\n[core]\n hooksPath = {hooks}\n autocrlf = true\n"
    )
    assert demo(tmp_path).returncode == 0
