"""A session that is told to stop: the journal says so, nothing runs on, nothing is reset."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.cook.living import cooking, end, journalled, leftovers, on_a_terminal, open_gate
from tests.process.programs import eventually, runs
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

ENDINGS = [
    (signal.SIGINT, 130, "interrupted", "Ctrl-C"),
    (signal.SIGTERM, 143, "terminated", "SIGTERM"),
    (signal.SIGHUP, 143, "terminated", "SIGHUP"),
]


def stopped(kitchen: Kitchen, head: str, exit_code: int = 130) -> dict[str, object]:
    """The last event of a session that was stopped; nothing is left of it, and nothing was reset."""
    last = kitchen.events()[-1]
    assert (last["event"], last["status"], last["exit_code"]) == (
        "session_finished",
        "interrupted",
        exit_code,
    )
    assert leftovers(kitchen) == []
    assert kitchen.of_kind("rolled_back") == []
    assert kitchen.git("rev-parse", "HEAD") == head
    assert kitchen.git("symbolic-ref", "--short", "HEAD") == "main"
    return last


def hanging(tmp_path: Path, before: str = "") -> Kitchen:
    """A playbook whose shell step leaves a file, starts a child, and then does not end."""
    script = f"{before}sleep 1000 & setsid sleep 1000 & echo half > half; sleep 1000"
    return playbook(tmp_path, f'- shell: "{script}"\n- shell: "echo never > never"\n')


@pytest.mark.parametrize(("number", "exit_code", "reason", "words"), ENDINGS)
def test_in_a_shell_step(
    tmp_path: Path, number: signal.Signals, exit_code: int, reason: str, words: str
) -> None:
    kitchen = hanging(tmp_path)
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        process.send_signal(number)
        cooked = end(process)
    assert cooked.exit_code == exit_code
    assert "error" not in cooked.stderr
    assert "Traceback" not in cooked.stderr
    last = stopped(kitchen, head, exit_code)
    assert last["reason"] == reason
    assert last["message"] == f"stopped by {words}"
    assert f"Reason: stopped by {words}" in cooked.stdout
    assert "Nothing was reset" in cooked.stdout
    assert (kitchen.repo / "half").exists()
    assert not (kitchen.repo / "never").exists()
    assert kitchen.of_kind("step_ran") == kitchen.of_kind("step_finished") == []


@pytest.mark.parametrize(("number", "exit_code", "reason", "words"), ENDINGS)
def test_in_an_agent_call(
    tmp_path: Path, number: signal.Signals, exit_code: int, reason: str, words: str
) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-think"\n').with_agent(
        "/mmm-think",
        do=[{"spawn": "sleep 1000", "session": True}, {"write": "half", "text": "half"}, {"hang": True}],
    )
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        process.send_signal(number)
        assert end(process).exit_code == exit_code
    assert stopped(kitchen, head, exit_code)["reason"] == reason
    assert (kitchen.repo / "half").read_text() == "half"
    assert len(kitchen.scenario.receipts()) == 1


def test_while_a_retry_waits(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- {shell: exit 1, retry: {attempts: 2, backoff: 10m}}\n")
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        journalled(kitchen, "rolled_back", why="retry")
        process.send_signal(signal.SIGINT)
        assert end(process).exit_code == 130
    assert leftovers(kitchen) == []
    assert kitchen.events()[-1]["status"] == "interrupted"
    assert kitchen.git("rev-parse", "HEAD") == head
    assert len(kitchen.of_kind("step_started")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "- shell: exit 1\n  on_failure: {shell: 'touch half; sleep 1000'}\n",
        "steps: [{shell: 'true'}]\nuntil: {shell: 'touch half; sleep 1000'}\n",
        "- steps: [{shell: 'touch half; sleep 1000'}]\n  on_failure: {fail_workflow: false}\n",
        "- {shell: 'touch half; sleep 1000', on_failure: {fail_workflow: false}, retry: {attempts: 3}}\n",
    ],
    ids=["handler", "until", "group", "given-up"],
)
def test_anywhere_it_is_no_failure_of_the_step(tmp_path: Path, text: str) -> None:
    kitchen = playbook(tmp_path, text)
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        process.send_signal(signal.SIGINT)
        assert end(process).exit_code == 130
    stopped(kitchen, head)


def test_items_that_have_not_begun_do_not_begin(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'touch half; sleep 1000 # $ARG'\n")
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen, "--args", "one", "--args", "two") as process:
        eventually((kitchen.repo / "half").exists)
        process.send_signal(signal.SIGINT)
        cooked = end(process)
    assert cooked.exit_code == 130
    assert "1 not begun" in cooked.stdout
    assert len(kitchen.sessions()) == 2  # the map, and the session of its first item
    stopped(kitchen, head)


def test_ctrl_c_on_the_terminal_reaches_mmm_and_not_the_step(tmp_path: Path) -> None:
    kitchen = hanging(tmp_path, before=f"trap 'touch {tmp_path}/heard' INT; ")
    head = kitchen.git("rev-parse", "HEAD")
    with on_a_terminal(kitchen) as terminal:
        eventually((kitchen.repo / "half").exists)
        terminal.type(b"\x03")
        assert terminal.process.wait(20) == 130
    stopped(kitchen, head)
    assert not (tmp_path / "heard").exists()


def test_a_terminal_that_goes_away_ends_the_session_in_order(tmp_path: Path) -> None:
    kitchen = hanging(tmp_path)
    head = kitchen.git("rev-parse", "HEAD")
    with on_a_terminal(kitchen) as terminal:
        eventually((kitchen.repo / "half").exists)
        terminal.hang_up()
        assert terminal.process.wait(20) == 143
    stopped(kitchen, head, 143)


def test_nohup_is_heeded(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, f"- shell: 'touch half; cat {tmp_path}/gate'\n")
    os.mkfifo(tmp_path / "gate")
    with cooking(kitchen, "-n", "1", before=("nohup",)) as process:
        eventually((kitchen.repo / "half").exists)
        process.send_signal(signal.SIGHUP)
        open_gate(tmp_path / "gate")
        assert end(process).exit_code == 0
    assert kitchen.events()[-1]["status"] == "succeeded"


@pytest.mark.slow
def test_a_step_that_ignores_term_is_killed_after_the_grace(tmp_path: Path) -> None:
    kitchen = hanging(tmp_path, before="trap '' TERM; ")
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        cooked = end(process)
    assert cooked.exit_code == 130
    assert cooked.stdout.count("stopping what runs; a second signal does not wait for it") == 1
    assert time.monotonic() - before > 4.5
    stopped(kitchen, head)


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- claude: "/mmm-think"\n').with_agent(
        "/mmm-think", do=[{"ignore": "TERM"}, {"write": "half", "text": "half"}, {"hang": True}]
    )
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        eventually((kitchen.repo / "half").exists)
        agent = int(str(kitchen.scenario.receipts()[0]["pid"]))
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        eventually(lambda: not runs(agent), within=4)
        assert end(process).exit_code == 130
    stopped(kitchen, head)


def hooked(tmp_path: Path) -> Kitchen:
    """A repository whose pre-commit hook says that it runs, and waits for a gate."""
    kitchen = playbook(tmp_path, '- shell: "echo x > x"\n- shell: "echo never > never"\n')
    os.mkfifo(tmp_path / "gate")
    hook = kitchen.repo / ".git" / "hooks" / "pre-commit"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook\ncat {tmp_path}/gate\n")
    hook.chmod(0o755)
    return kitchen


def test_a_commit_that_is_under_way_is_made(tmp_path: Path) -> None:
    kitchen = hooked(tmp_path)
    with cooking(kitchen) as process:
        eventually((tmp_path / "hook").exists)
        process.send_signal(signal.SIGINT)
        open_gate(tmp_path / "gate")
        assert end(process).exit_code == 130
    assert kitchen.subjects() == ["mmm: echo x > x"]
    assert kitchen.statuses() == [("step-1", "succeeded")]
    stopped(kitchen, kitchen.git("rev-parse", "HEAD"))


def test_a_hook_that_does_not_end_is_stopped_by_the_second_signal(tmp_path: Path) -> None:
    kitchen = hooked(tmp_path)
    head = kitchen.git("rev-parse", "HEAD")
    with cooking(kitchen) as process:
        eventually((tmp_path / "hook").exists)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        cooked = end(process)
    assert cooked.exit_code == 130
    assert cooked.stderr == ""
    stopped(kitchen, head)
    assert (kitchen.repo / "x").read_text() == "x\n"
    assert not (kitchen.repo / ".git" / "index.lock").exists()
