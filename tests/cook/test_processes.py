"""Processes that are killed, hang, or leave others behind: nothing waits for ever, nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from tests.cook.living import cooking, end, keeper_of, leftovers
from tests.process.programs import eventually, number_in, runs
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

HANGING = [{"spawn": "sleep 1000", "session": True}, {"write": "half", "text": "half"}, {"hang": True}]


def finished(kitchen: Kitchen, step: str) -> list[dict[str, object]]:
    return [one for one in kitchen.of_kind("step_finished") if one["step"] == step]


# --- somebody is killed ---


def test_mmm_is_killed_in_a_shell_step(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'sleep 1000 & setsid sleep 1000 & touch half; sleep 1000'\n")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        process.kill()
        eventually(lambda: not leftovers(kitchen), within=2.0)
    [record] = kitchen.sessions()[0].glob("steps/*/rc")
    assert json.loads(record.read_text())["cause"] == "stopped"
    assert [one["event"] for one in kitchen.events()[-2:]] == ["step_started", "keeper_started"]


def test_mmm_is_killed_in_an_agent_call(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    kitchen = playbook(tmp_path, '- claude: "/mmm-think"\n').with_agent(
        "/mmm-think",
        do=[{"write": "half", "text": ""}, {"wait_for": str(gate)}, {"write": "whole", "text": "paid for"}],
    )
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        process.kill()
        process.wait()
        assert leftovers(kitchen)
        gate.touch()
        eventually(lambda: not leftovers(kitchen))
    [record] = kitchen.sessions()[0].glob("steps/*/rc")
    assert json.loads(record.read_text()) | {"cause": "exit", "exit_code": 0} == json.loads(
        record.read_text()
    )
    assert (kitchen.repo / "whole").read_text() == "paid for"
    assert '"result"' in record.with_name("stdout").read_text().splitlines()[-1]


def test_a_step_is_killed(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "kill -KILL $$"
          on_exit_code: {default: {shell: "echo code >> said"}}
          on_failure: {shell: "echo failure >> said", max_attempts: 1}
        """,
    )
    cooked = kitchen.cook("--on-failure", "keep")
    assert cooked.exit_code == 1
    assert (kitchen.repo / "said").read_text() == "failure\n"
    [first, _] = finished(kitchen, "step-1")
    assert (first["fault"], first["reason"]) == ("signal", "it was ended by SIGKILL")
    assert "failed: it was ended by SIGKILL" in cooked.stdout


def test_an_agent_is_killed(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-think"\n').with_agent("/mmm-think", do=[{"kill": "KILL"}])
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "the agent was ended by a signal before it gave a result" in cooked.stdout
    assert "cost: unknown" in cooked.stdout
    assert kitchen.events()[-1]["cost_usd"] is None


def test_the_keeper_is_killed(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-think"\n').with_agent("/mmm-think", do=HANGING)
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        pid = keeper_of(kitchen)
        os.kill(pid, signal.SIGKILL)
        cooked = end(process)
        assert leftovers(kitchen) == []
    assert cooked.exit_code == 1
    assert f"the keeper of this session (pid {pid}) was killed by signal 9 from outside" in cooked.stderr
    assert "nothing was reset" in cooked.stderr
    assert "Traceback" not in cooked.stderr
    assert kitchen.git("rev-parse", "HEAD") == head
    assert (kitchen.repo / "half").exists()


def test_the_keeper_is_told_to_end(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'touch half; sleep 1000'\n")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        os.kill(keeper_of(kitchen), signal.SIGTERM)
        cooked = end(process)
        assert leftovers(kitchen) == []
    assert cooked.exit_code == 143
    assert "Reason: stopped from outside: its keeper was told to end" in cooked.stdout
    assert kitchen.events()[-1]["status"] == "interrupted"


# --- time ---


def test_a_shell_step_that_takes_too_long(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        f"""
        - shell: "sleep 1000 & echo $! > {tmp_path}/child; sleep 1000"
          timeout: 0.3s
          on_exit_code: {{default: {{shell: "echo code >> said"}}}}
          on_failure: {{shell: "echo failure >> said", max_attempts: 1}}
        """,
    )
    cooked = kitchen.cook("--on-failure", "keep")
    assert cooked.exit_code == 1
    assert not runs(number_in(tmp_path / "child"))
    assert (kitchen.repo / "said").read_text() == "failure\n"
    [first, second] = finished(kitchen, "step-1")
    assert first["fault"] == second["fault"] == "timeout"
    assert "failed: it did not end within 0.3 s" in cooked.stdout


def test_an_agent_that_takes_too_long(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - claude: "/mmm-think"
          timeout: 1
          on_failure: {shell: "echo failure > said", max_attempts: 1}
        """,
    )
    kitchen.with_agent("/mmm-think", times=1, do=HANGING)
    kitchen.with_agent("/mmm-think")
    with cooking(kitchen, "-n", "1") as process:
        cooked = end(process)
        assert leftovers(kitchen) == []
    assert cooked.exit_code == 0
    assert [one.get("fault") for one in finished(kitchen, "step-1")] == ["timeout", None]
    assert (kitchen.repo / "said").exists()


def test_a_timeout_is_repeated_by_retry(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        f"""
        - shell: "echo x >> {tmp_path}/runs; test $(wc -l < {tmp_path}/runs) = 2 || sleep 1000"
          timeout: 0.3
          retry: {{attempts: 2}}
        """,
    )
    assert kitchen.cook().exit_code == 0
    assert [one.get("fault") for one in finished(kitchen, "step-1")] == ["timeout", None]


def test_a_git_that_is_killed_leaves_no_lock_behind(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path,
        """
        - shell: "touch .git/index.lock; sleep 1000"
          timeout: 0.3
          on_failure: {fail_workflow: false}
        - shell: "git status && echo x > x"
        """,
    )
    assert kitchen.cook("-n", "1").exit_code == 0
    assert kitchen.subjects() == ["mmm: git status && echo x > x"]
    assert not (kitchen.repo / ".git" / "index.lock").exists()


def test_a_lock_that_was_there_before_is_somebody_elses(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'sleep 1000'\n  timeout: 0.3\n")
    lock = kitchen.repo / ".git" / "packed-refs.lock"
    lock.touch()
    os.utime(lock, (1_000_000_000, 1_000_000_000))
    assert kitchen.cook().exit_code == 1
    assert lock.exists()


# --- what is left running ---


def test_a_step_ends_with_its_main_process(tmp_path: Path) -> None:
    left = (
        f"(sleep 1000; touch late) & echo $! > {tmp_path}/one; setsid sleep 1000 & echo $! > {tmp_path}/two"
    )
    kitchen = playbook(
        tmp_path,
        f"""
        - shell: "{left}; echo done > done"
        - shell: "! kill -0 $(cat {tmp_path}/one) && ! kill -0 $(cat {tmp_path}/two)"
        """,
    )
    before = time.monotonic()
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert time.monotonic() - before < 10
    assert leftovers(kitchen) == []


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: 'true', shell_program: nosuchshell}\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "it could not be started: `nosuchshell` was not found on PATH" in cooked.stdout
    assert finished(kitchen, "step-1")[0]["fault"] == "not-started"


# --- hooks ---


def with_hook(kitchen: Kitchen, script: str) -> Kitchen:
    hook = kitchen.repo / ".git" / "hooks" / "pre-commit"
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
    return kitchen


def test_a_hook_that_refuses_is_the_steps_failure_and_can_be_repaired(tmp_path: Path) -> None:
    kitchen = with_hook(
        playbook(
            tmp_path,
            """
            - shell: "echo bad > code"
              on_failure:
                - shell: "printf '%s' ${shell.output} > said"
                  commit: false
                - shell: "cp ${shell.output_file} log; echo fine > ok"
                  commit: false
            """,
        ),
        "test -e ok || { echo 'line 1 is too long'; echo 'fix it' >&2; exit 1; }",
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert finished(kitchen, "step-1")[0]["fault"] == "commit-rejected"
    assert "failed: git refused the commit: fix it" in cooked.stdout
    assert "   | line 1 is too long" in cooked.stdout
    assert "line 1 is too long\nfix it" in (kitchen.repo / "said").read_text()
    assert kitchen.git("show", "HEAD:code") == "bad"


def test_a_hook_that_refuses_for_good_ends_the_session(tmp_path: Path) -> None:
    kitchen = with_hook(playbook(tmp_path, "- shell: 'echo bad > code'\n"), "echo never; exit 1")
    head = kitchen.git("rev-parse", "HEAD")
    cooked = kitchen.cook()
    assert cooked.exit_code == 1
    assert "git refused the commit: never" in cooked.stdout
    assert kitchen.git("rev-parse", "HEAD") == head
    assert kitchen.git("status", "--porcelain") == ""
    [event] = kitchen.of_kind("rolled_back")
    assert kitchen.git("show", f"{event['rescue']}:code") == "bad"


def test_no_verify_passes_hooks_by(tmp_path: Path) -> None:
    kitchen = with_hook(playbook(tmp_path, "- shell: 'echo bad > code'\n"), "exit 1")
    assert kitchen.cook("-n", "1", "--no-verify").exit_code == 0
    assert kitchen.subjects() == ["mmm: echo bad > code"]


def test_a_hook_that_leaves_a_process_behind_holds_nobody_up(tmp_path: Path) -> None:
    kitchen = with_hook(
        playbook(tmp_path, "- shell: 'echo x > x'\n"), f"sleep 1000 & echo $! > {tmp_path}/left"
    )
    try:
        assert kitchen.cook("-n", "1").exit_code == 0
    finally:
        os.kill(number_in(tmp_path / "left"), signal.SIGKILL)


def test_a_session_in_a_step_of_a_session(tmp_path: Path) -> None:
    """Stopping the outer one stops the inner one, its keeper and its step."""
    inner = tmp_path / "inner"
    inner.mkdir()
    within = playbook(inner, "- shell: 'touch half; sleep 1000'\n")
    kitchen = playbook(tmp_path, f'- shell: "{" ".join(within.command())}"\n')
    with cooking(kitchen) as process:
        eventually((within.repo / "half").exists)
        process.send_signal(signal.SIGINT)
        assert end(process).exit_code == 130
        assert leftovers(kitchen) == []
        assert leftovers(within) == []
    assert within.events()[-1]["reason"] == "terminated"
