"""Timeouts, and how commands are told to end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from mmm_lang.process import client
from mmm_lang.process.client import Keeper
from tests.process.programs import PATIENCE, eventually, number_in, python, runs

STUBBORN = python(
    "import os, signal, time\n"
    "signal.signal(signal.SIGTERM, lambda *_: os.write(1, b'told\\n'))\n"
    "os.write(1, b'ready\\n')\n"
    "while True: time.sleep(1000)\n"
)


def test_a_timeout_ends_a_program_that_obeys(keeper, command):
    ended = keeper.wait(keeper.launch(command("sleep", "1000", timeout=0.2)))
    assert (ended.cause, ended.exit_code, ended.signal) == ("timeout", None, signal.SIGTERM)
    assert 0.2 <= ended.duration < PATIENCE


def test_a_timeout_ends_a_program_that_does_not(keeper, command):
    told = command(*STUBBORN, timeout=0.5)
    ended = keeper.wait(keeper.launch(told))
    assert (ended.cause, ended.signal) == ("timeout", signal.SIGKILL)
    assert ended.duration >= 0.5 + 0.3  # the timeout and the grace
    with open(f"{told.folder}/stdout") as file:
        assert file.read() == "ready\ntold\n"


def test_a_program_may_say_how_it_ends_after_a_timeout(keeper, command):
    ended = keeper.wait(
        keeper.launch(command("sh", "-c", "trap 'exit 9' TERM; sleep 1000 & wait", timeout=0.3))
    )
    assert (ended.cause, ended.exit_code) == ("timeout", 9)


def test_a_timeout_reaches_a_suspended_program(keeper, command):
    ended = keeper.wait(keeper.launch(command("sh", "-c", "kill -STOP $$", timeout=0.2)))
    assert (ended.cause, ended.signal) == ("timeout", signal.SIGTERM)


@pytest.mark.parametrize("timeout", [600 * 3600.0, 1e15, 1e300])
def test_a_timeout_may_be_longer_than_any_system_call_waits(keeper, command, timeout):
    ended = keeper.wait(keeper.launch(command("true", timeout=timeout, idle_timeout=timeout)))
    assert (ended.cause, ended.exit_code) == ("exit", 0)


def test_a_program_that_ends_in_time_has_no_timeout(keeper, command):
    ended = keeper.wait(keeper.launch(command("true", timeout=PATIENCE, idle_timeout=PATIENCE)))
    assert (ended.cause, ended.exit_code) == ("exit", 0)


def test_an_idle_timeout_ends_a_silent_program(keeper, command):
    told = command("sh", "-c", "echo once; sleep 1000", idle_timeout=0.3)
    ended = keeper.wait(keeper.launch(told))
    assert (ended.cause, ended.signal) == ("idle", signal.SIGTERM)
    assert ended.duration >= 0.3


def test_output_on_either_stream_keeps_a_program_from_being_idle(keeper, command):
    source = "import os, time\nfor n in range(18): os.write(1 + n % 2, b'.'); time.sleep(0.1)"
    ended = keeper.wait(keeper.launch(command(*python(source), idle_timeout=1.7)))
    assert (ended.cause, ended.exit_code) == ("exit", 0)
    assert ended.duration > 1.7


def test_the_timeout_holds_however_much_is_written(keeper, command):
    ended = keeper.wait(keeper.launch(command("sh", "-c", "exec yes", timeout=0.3, idle_timeout=PATIENCE)))
    assert ended.cause == "timeout"
    assert ended.duration < PATIENCE


def test_others_in_the_group_have_the_grace_after_the_main_process_obeyed(keeper, command, tmp_path):
    """A `git` below a shell must be able to take its lock files away."""
    tidy = tmp_path / "tidy.sh"
    tidy.write_text("trap 'sleep 0.1; touch tidied; exit' TERM; echo ready; while :; do sleep 0.05; done")
    told = command("sh", "-c", "sh tidy.sh & wait", timeout=None)
    run = keeper.launch(told)
    eventually(lambda: keeper.pid_of(run) and b"ready" in (tmp_path / "steps/1/log").read_bytes())
    keeper.stop()
    ended = keeper.wait(run)
    assert (ended.cause, ended.signal) == ("stopped", signal.SIGTERM)
    assert (tmp_path / "tidied").exists()


def test_others_in_the_group_that_do_not_obey_are_killed_after_the_grace(keeper, command, tmp_path):
    told = command("sh", "-c", "sh -c 'trap \"\" TERM; echo $$ > pid; while :; do sleep 0.05; done' & wait")
    run = keeper.launch(told)
    other = number_in(tmp_path / "pid")
    keeper.stop(run)
    assert keeper.wait(run).cause == "stopped"
    assert not runs(other)


def test_an_end_of_which_no_signal_tells_is_noticed_all_the_same(command, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "_PROGRAM", str(Path(__file__).with_name("deaf_keeper.py")))
    os.mkfifo(tmp_path / "gate")
    with Keeper.start("deaf") as keeper:
        run = keeper.launch(command("sh", "-c", "exec >&- 2>&-; read line < gate; exit 7"))
        with open(tmp_path / "gate", "w"):
            pass  # its pipes were closed before: nothing is heard of it any more
        late = time.monotonic() + PATIENCE
        ended = keeper.wait(run, until=lambda: time.monotonic() > late)
    assert ended is not None
    assert ended.exit_code == 7
