"""Hooks and signatures of the user on the commits of a session (how git takes part is in tests/git/test_hooks.py)."""

from __future__ import annotations

from pathlib import Path

from tests.support.cooking import Kitchen, playbook


def hooked(kitchen: Kitchen, name: str, script: str) -> Kitchen:
    hook = kitchen.repo / ".git" / "hooks" / name
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    return kitchen


def test_a_formatter_that_refuses_what_it_has_rewritten_costs_no_step(tmp_path: Path) -> None:
    """As the pre-commit framework does: rewrite, say so, refuse; and be content the second time."""
    kitchen = hooked(
        playbook(
            tmp_path, "- {shell: 'echo rough > code', id: write}\n- {shell: 'echo other > other', id: next}\n"
        ),
        "pre-commit",
        "grep -q formatted code && exit 0; echo formatted > code; echo 'files were modified by this hook'; exit 1",
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects() == ["mmm: echo rough > code", "mmm: echo other > other"]
    assert kitchen.git("show", "HEAD~1:code") == "formatted"
    assert kitchen.git("show", "--format=", "--name-only", "HEAD") == "other"
    assert kitchen.git("status", "--porcelain") == ""
    committed = [event["commits"] for event in kitchen.of_kind("step_committed")]
    assert committed == [[kitchen.git("rev-parse", "HEAD~1")], [kitchen.git("rev-parse", "HEAD")]]


def test_a_formatter_that_lets_pass_what_it_has_rewritten_leaves_a_clean_work_tree(tmp_path: Path) -> None:
    kitchen = hooked(
        playbook(tmp_path, "- shell: 'echo rough > code'\n"), "pre-commit", "echo formatted > code"
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.git("show", "HEAD:code") == "formatted"
    assert kitchen.git("status", "--porcelain") == ""
    [event] = kitchen.of_kind("step_committed")
    assert event["commits"] == [kitchen.git("rev-parse", "HEAD")]


def test_a_hook_on_messages_is_the_steps_failure_too(tmp_path: Path) -> None:
    kitchen = hooked(
        playbook(tmp_path, "- shell: 'echo x > x'\n"), "commit-msg", "echo 'no ticket' >&2; exit 1"
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert "git refused the commit: no ticket" in cooked.stdout
    assert kitchen.git("status", "--porcelain") == ""


def test_signing_that_cannot_work_is_told_before_anything_runs(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, f"- shell: 'touch {tmp_path}/ran'\n")
    kitchen.git("config", "commit.gpgSign", "true")
    kitchen.git("config", "gpg.program", "/nowhere/gpg")
    cooked = kitchen.cook()
    assert cooked.exit_code == 2
    assert "cannot be signed: cannot run /nowhere/gpg" in cooked.stderr
    assert not (tmp_path / "ran").exists()
    assert kitchen.sessions() == []
