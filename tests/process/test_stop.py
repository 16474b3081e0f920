"""Stopping commands, being interrupted, and going in order."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from mmm_lang.process import sweep
from mmm_lang.process.bell import Bell
from mmm_lang.process.client import Keeper
from mmm_lang.process.errors import KeeperDied
from mmm_lang.process.identity import Identity, identity_of, is_running
from tests.process.programs import PATIENCE, eventually, number_in, runs
from tests.process.test_times import STUBBORN

LONG = ("sh", "-c", "echo $$ > new; mv new pid; exec sleep 1000")


def wrote(command) -> str:
    path = Path(command.folder, "stdout")
    return path.read_text() if path.exists() else ""


@pytest.fixture
def on_signal():
    """Install a handler for a signal, for the length of a test."""
    before = {}

    def install(number, handler):
        before.setdefault(number, signal.signal(number, handler))

    yield install
    for number, handler in before.items():
        signal.signal(number, handler)


def test_stop_ends_all_and_says_so(keeper, command):
    first, second = (keeper.launch(command("sleep", "1000", outlives=outlives)) for outlives in (True, False))
    keeper.stop()
    for run in (first, second):
        ended = keeper.wait(run)
        assert (ended.cause, ended.signal) == ("stopped", signal.SIGTERM)


def test_stop_kills_after_the_grace(keeper, command):
    told = command(*STUBBORN)
    run = keeper.launch(told)
    eventually(lambda: wrote(told) == "ready\n")
    keeper.stop()
    ended = keeper.wait(run)
    assert (ended.cause, ended.signal) == ("stopped", signal.SIGKILL)


def test_kill_does_not_wait_for_the_grace(command):
    with Keeper.start("patient", grace=1000) as keeper:
        told = command(*STUBBORN)
        run = keeper.launch(told)
        eventually(lambda: wrote(told) == "ready\n")
        keeper.stop()
        assert keeper.wait(run, until=lambda: True) is None
        keeper.kill()
        ended = keeper.wait(run)
        assert (ended.cause, ended.signal) == ("stopped", signal.SIGKILL)
        assert ended.duration < PATIENCE


def test_one_of_several_can_be_stopped(keeper, command):
    first, second = (keeper.launch(command("sleep", "1000")) for _ in range(2))
    keeper.kill(first)
    assert keeper.wait_any((first, second)) == (first, keeper.ended(first))
    assert keeper.ended(second) is None
    keeper.kill(second)
    assert keeper.wait(second).cause == "stopped"


def test_stop_with_nothing_to_stop_is_nothing(keeper, command):
    keeper.stop()
    keeper.kill()
    assert keeper.wait(keeper.launch(command("true"))).exit_code == 0
    keeper.stop()


def test_the_first_of_several_to_end_is_named(keeper, command, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    waits, ends = keeper.launch(command("sh", "-c", "read line < fifo")), keeper.launch(command("true"))
    assert keeper.wait_any([waits, ends]) == (ends, keeper.ended(ends))
    (tmp_path / "fifo").write_text("go\n")
    assert keeper.wait(waits).exit_code == 0
    assert keeper.wait(waits) == keeper.ended(waits)  # again


def test_wait_for_what_was_never_launched_is_a_mistake(keeper):
    with pytest.raises(ValueError, match="no such run"):
        keeper.wait(1)


def test_wait_ticks_and_can_be_left(keeper, command):
    run = keeper.launch(command("sleep", "1000"))
    ticks = []
    assert keeper.wait(run, until=lambda: len(ticks) >= 3, tick=0.02, on_tick=lambda: ticks.append(1)) is None
    assert keeper.ended(run) is None


def test_wait_costs_nothing_while_nothing_happens(keeper, command):
    run = keeper.launch(command("sleep", "1000"))
    assert eventually(lambda: keeper.pid_of(run))
    began, used = time.monotonic(), time.process_time()
    assert keeper.wait(run, until=lambda: time.monotonic() - began > 0.5, tick=0.1) is None
    assert time.process_time() - used < 0.1


def test_a_signal_wakes_the_wait_however_long_the_tick(keeper, command, on_signal):
    run = keeper.launch(command("sleep", "1000"))
    eventually(lambda: keeper.pid_of(run))
    caught = []
    on_signal(signal.SIGUSR1, lambda *_: caught.append(1))
    sender = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
    sender.start()
    began = time.monotonic()
    assert keeper.wait(run, until=lambda: bool(caught), tick=3 * PATIENCE) is None
    assert time.monotonic() - began < PATIENCE
    sender.join()


def test_a_signal_that_came_before_the_wait_is_seen(keeper, command, on_signal):
    run = keeper.launch(command("sleep", "1000"))
    caught = []
    on_signal(signal.SIGUSR1, lambda *_: caught.append(1))
    os.kill(os.getpid(), signal.SIGUSR1)
    assert keeper.wait(run, until=lambda: bool(caught), tick=3 * PATIENCE) is None


def test_a_signal_that_is_not_for_us_does_not_make_the_wait_busy(keeper, command, on_signal):
    run = keeper.launch(command("sleep", "1000"))
    asked = []

    def enough() -> bool:
        asked.append(1)
        if len(asked) == 1:
            os.kill(os.getpid(), signal.SIGUSR1)
        return time.monotonic() - began > 0.4

    on_signal(signal.SIGUSR1, lambda *_: None)
    began = time.monotonic()
    assert keeper.wait(run, until=enough, tick=0.1) is None
    assert len(asked) < 20


def test_a_handler_that_raises_ends_the_wait_and_close_leaves_nothing(tmp_path, command, on_signal):
    class Interrupted(Exception):
        pass

    def interrupt(_number, _frame):
        raise Interrupted

    def interrupt_when_it_runs():
        if (tmp_path / "pid").exists():
            os.kill(os.getpid(), signal.SIGUSR1)

    on_signal(signal.SIGUSR1, interrupt)
    before = signal.set_wakeup_fd(-1)
    keeper = Keeper.start("interrupted")
    with pytest.raises(Interrupted), keeper:
        keeper.wait(keeper.launch(command(*LONG)), tick=0.02, on_tick=interrupt_when_it_runs)
    assert signal.set_wakeup_fd(before) == -1
    assert not runs(number_in(tmp_path / "pid"))
    assert not runs(keeper.pid)


def test_the_terminals_interrupt_does_not_reach_keeper_or_command(keeper, command):
    """Both are outside the process group, and the session, of mmm."""
    run = keeper.launch(command("sleep", "1000"))
    pid = eventually(lambda: keeper.pid_of(run))
    assert len({os.getsid(0), os.getsid(keeper.pid), os.getsid(pid)}) == 3
    for number in (signal.SIGINT, signal.SIGHUP):
        os.kill(keeper.pid, number)
    assert keeper.wait(keeper.launch(command("true"))).exit_code == 0


def test_close_leaves_nothing(tmp_path, command):
    keeper = Keeper.start("closing")
    run = keeper.launch(command(*LONG, outlives=True))
    pid = number_in(tmp_path / "pid")
    keeper.close()
    keeper.close()
    assert not runs(pid)
    assert not runs(keeper.pid)
    assert keeper.wait(run).cause == "stopped"
    with pytest.raises(KeeperDied, match="nothing can be started"):
        keeper.launch(command("true"))


def test_close_ends_whatever_carries_the_sessions_mark(command):
    """Also what is not below the keeper, by whatever way it came there."""
    if not sweep.HAS_PROC:
        pytest.skip("environments cannot be read here")
    with Keeper.start("far") as keeper:
        far = subprocess.Popen(["sleep", "1000"], env={**os.environ, sweep.VARIABLE: f"{keeper.mark}/99"})
        keeper.wait(keeper.launch(command("true")))
        assert far.poll() is None
    assert far.wait() == -signal.SIGKILL


def test_close_ends_a_keeper_that_does_not_answer(tmp_path, command, monkeypatch):
    monkeypatch.setattr("mmm_lang.process.client._CLOSING", 0.2)
    keeper = Keeper.start("stuck")
    keeper.launch(command(*LONG))
    pid = number_in(tmp_path / "pid")
    os.kill(keeper.pid, signal.SIGSTOP)
    keeper.close()
    assert not runs(keeper.pid)
    eventually(lambda: not runs(pid))


def test_close_before_anything_ran():
    with Keeper.start("idle") as keeper:
        pass
    assert not runs(keeper.pid)


def test_nothing_is_left_open(command):
    before = len(os.listdir("/dev/fd"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        with Keeper.start("tidy") as keeper:
            keeper.wait(keeper.launch(command("true")))
        gc.collect()
    assert len(os.listdir("/dev/fd")) == before


def test_the_keeper_keeps_no_descriptors_of_commands(keeper, command):
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    keeper.wait(keeper.launch(command("true")))
    before = sorted(os.listdir(f"/proc/{keeper.pid}/fd"))
    for argv in (("true",), ("no-such-program",), ("sh", "-c", "echo x; sleep 1000 &")):
        keeper.wait(keeper.launch(command(*argv)))
    keeper.wait(keeper.launch(command("true", stdin="/no/such/file")))
    assert sorted(os.listdir(f"/proc/{keeper.pid}/fd")) == before


def test_the_name_of_a_session_is_one_word():
    for name in ("", "a b", "a/b", "a\0"):
        with pytest.raises(ValueError, match="one word"):
            Keeper.start(name)


def test_an_identity_is_that_process_only(keeper):
    assert keeper.identity == identity_of(keeper.pid)
    assert is_running(keeper.identity)
    assert keeper.identity.start
    assert keeper.identity.boot
    assert not is_running(Identity(keeper.pid, "1", keeper.identity.boot))
    assert not is_running(Identity(keeper.pid, keeper.identity.start, "another boot"))
    assert identity_of(2**22 + 1) is None


def test_a_bell_gives_the_wakeup_descriptor_back_with_what_it_heard(on_signal):
    hear, ring = os.pipe()
    os.set_blocking(ring, False)
    on_signal(signal.SIGUSR1, lambda *_: None)
    before = signal.set_wakeup_fd(ring)
    bell = Bell()
    try:
        with bell, bell:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert bell.wait(None, PATIENCE) is False
        assert os.read(hear, 10) == bytes([signal.SIGUSR1])
    finally:
        assert signal.set_wakeup_fd(before) == ring
        bell.close()
        os.close(hear)
        os.close(ring)


def test_wait_works_outside_the_main_thread(keeper, command):
    found = []
    thread = threading.Thread(target=lambda: found.append(keeper.wait(keeper.launch(command("true")))))
    thread.start()
    thread.join()
    assert found[0].exit_code == 0


def test_marks_are_one_of_a_kind():
    with Keeper.start("twin") as first, Keeper.start("twin") as second:
        assert first.mark != second.mark
        assert sweep.marked(first.mark) == []
