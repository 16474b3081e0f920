"""mmm dies, or its keeper does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmm_lang.process import sweep
from mmm_lang.process.client import Keeper
from mmm_lang.process.errors import KeeperDied
from mmm_lang.process.identity import Identity, is_running
from mmm_lang.process.model import Command
from mmm_lang.process.records import read_ended
from mmm_lang.process.survivor import attend, dismiss
from tests.process.programs import eventually, number_in, python, runs
from tests.process.test_leftovers import DAEMON, daemon, linux

ROOT = str(Path(__file__).parents[2])

MMM = """
import json, os, sys, time
sys.path.insert(0, sys.argv[1])
from mmm_lang.process.client import Keeper
from mmm_lang.process.model import Command
keeper = Keeper.start("dying", grace=float(sys.argv[2]))
runs = [keeper.launch(Command(tuple(each.pop("argv")), cwd=os.getcwd(), env=dict(os.environ), **each))
        for each in json.loads(sys.argv[3])]
who = keeper.identity
with open("new", "w") as file:
    json.dump([who.pid, who.start, who.boot, keeper.mark], file)
os.rename("new", "identity")
keeper.wait(runs[-1], tick=1000)
"""


class Dying:
    """An mmm in a process of its own, with some commands under its keeper, to be killed."""

    def __init__(self, folder: Path, *commands: Command, grace: float = 5.0) -> None:
        sent = [
            {"argv": each.argv, "folder": each.folder, "timeout": each.timeout, "outlives": each.outlives}
            for each in commands
        ]
        argv = [sys.executable, "-c", MMM, ROOT, str(grace), json.dumps(sent)]
        self.process = subprocess.Popen(argv, cwd=folder)
        eventually(lambda: (folder / "identity").exists())
        *who, self.mark = json.loads((folder / "identity").read_text())
        self.keeper = Identity(*who)

    def kill(self) -> float:
        """SIGKILL; the moment of it."""
        self.process.kill()
        self.process.wait()
        return time.monotonic()


@pytest.fixture
def dying(tmp_path):
    started = []

    def start(*commands: Command, grace: float = 5.0) -> Dying:
        started.append(Dying(tmp_path, *commands, grace=grace))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        assert dismiss(each.keeper, each.mark)


def gone(pid: int, since: float) -> None:
    eventually(lambda: not runs(pid), within=max(0.0, since + 2.0 - time.monotonic()))


def test_what_does_not_outlive_mmm_is_gone_within_two_seconds(dying, command, tmp_path):
    script = "echo $$ > one; trap '' TERM; while :; do sleep 0.05; done"
    told = command("sh", "-c", script)
    mmm = dying(told)
    pid = number_in(tmp_path / "one")
    killed = mmm.kill()
    gone(pid, killed)
    eventually(lambda: not is_running(mmm.keeper))
    assert read_ended(told.folder).cause == "stopped"
    assert sweep.marked(mmm.mark) == []


@linux
def test_its_daemons_are_gone_too(dying, command, tmp_path):
    mmm = dying(command("sh", "-c", daemon(DAEMON) + "; exec sleep 1000"))
    pid = number_in(tmp_path / "pid")
    gone(pid, mmm.kill())


def test_what_outlives_mmm_ends_by_itself_and_is_recorded(dying, command, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    paid = command(
        "sh", "-c", "echo $$ > paid; echo first; read line < fifo; echo $line; exit 7", outlives=True
    )
    other = command("sh", "-c", "echo $$ > other; exec sleep 1000")
    mmm = dying(paid, other)
    of_paid, of_other = number_in(tmp_path / "paid"), number_in(tmp_path / "other")
    gone(of_other, mmm.kill())
    eventually(lambda: read_ended(other.folder))
    assert runs(of_paid)
    assert is_running(mmm.keeper)
    assert read_ended(paid.folder) is None
    (tmp_path / "fifo").write_text("second\n")
    ended = attend(mmm.keeper, paid.folder)
    assert (ended.cause, ended.exit_code) == ("exit", 7)
    assert Path(paid.folder, "stdout").read_text() == "first\nsecond\n"
    eventually(lambda: not is_running(mmm.keeper))
    assert attend(mmm.keeper, paid.folder) == ended


def test_what_outlives_mmm_still_has_its_timeout(dying, command, tmp_path):
    paid = command("sh", "-c", "echo $$ > pid; exec sleep 1000", outlives=True, timeout=1.0)
    mmm = dying(paid)
    number_in(tmp_path / "pid")
    mmm.kill()
    assert attend(mmm.keeper, paid.folder).cause == "timeout"


@linux
def test_what_outlives_mmm_leaves_nothing(dying, command, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    paid = command("sh", "-c", daemon(DAEMON) + "; read line < fifo", outlives=True)
    mmm = dying(paid)
    pid = number_in(tmp_path / "pid")
    mmm.kill()
    assert runs(pid)
    (tmp_path / "fifo").write_text("go\n")
    attend(mmm.keeper, paid.folder)
    assert not runs(pid)
    eventually(lambda: not is_running(mmm.keeper))


def test_a_survivor_can_be_watched_and_left(dying, command, tmp_path):
    paid = command("sh", "-c", "echo $$ > pid; exec sleep 1000", outlives=True)
    mmm = dying(paid)
    number_in(tmp_path / "pid")
    mmm.kill()
    ticks = []
    found = attend(
        mmm.keeper, paid.folder, until=lambda: len(ticks) > 2, tick=0.01, on_tick=lambda: ticks.append(1)
    )
    assert found is None
    assert is_running(mmm.keeper)


def test_a_survivor_can_be_dismissed(dying, command, tmp_path):
    paid = command("sh", "-c", "echo $$ > pid; exec sleep 1000", outlives=True)
    mmm = dying(paid)
    pid = number_in(tmp_path / "pid")
    mmm.kill()
    assert dismiss(mmm.keeper, mmm.mark)
    assert not runs(pid)
    assert not is_running(mmm.keeper)
    assert read_ended(paid.folder).cause == "stopped"
    assert dismiss(mmm.keeper, mmm.mark)


@linux
def test_when_both_die_the_mark_is_enough(dying, command, tmp_path):
    paid = command("sh", "-c", "echo $$ > pid; exec sleep 1000", outlives=True)
    mmm = dying(paid)
    pid = number_in(tmp_path / "pid")
    mmm.kill()
    os.kill(mmm.keeper.pid, signal.SIGKILL)
    with pytest.raises(KeeperDied, match=f"left no record in `{paid.folder}`"):
        attend(mmm.keeper, paid.folder)
    assert runs(pid)
    assert dismiss(mmm.keeper, mmm.mark)
    assert not runs(pid)


def test_a_number_that_is_anothers_by_now_is_left_alone(tmp_path):
    alien = Identity(os.getpid(), "another start", "another boot")
    with pytest.raises(KeeperDied):
        attend(alien, str(tmp_path))
    assert dismiss(alien, "no-such-session.0")


def test_a_keeper_that_is_killed_is_told_of_and_its_commands_ended(command, tmp_path):
    with Keeper.start("killed") as keeper:
        folder = command("").folder
        run = keeper.launch(command("sh", "-c", "echo $$ > pid; exec sleep 1000", folder=folder))
        pid = number_in(tmp_path / "pid")
        os.kill(keeper.pid, signal.SIGKILL)
        sentence = f"the keeper of this session (pid {keeper.pid}) was killed by signal 9 from outside"
        with pytest.raises(KeeperDied, match=re.escape(sentence)) as raised:
            keeper.wait(run, tick=60)
        assert folder in str(raised.value)
        assert not runs(pid)
        with pytest.raises(KeeperDied, match="nothing can be started"):
            keeper.launch(command("true"))
        keeper.stop()
        assert keeper.ended(run) is None


def test_an_end_that_was_recorded_is_not_lost_with_the_keeper(command, tmp_path):
    with Keeper.start("killed", grace=0.2) as keeper:
        done, open_ = command("true"), command("sleep", "1000")
        first, second = keeper.launch(done), keeper.launch(open_)
        eventually(lambda: read_ended(done.folder))
        os.kill(keeper.pid, signal.SIGKILL)
        assert keeper.wait(first).exit_code == 0
        with pytest.raises(KeeperDied):
            keeper.wait(second)


def test_a_keeper_that_is_terminated_ends_all_in_order(command, tmp_path):
    with Keeper.start("terminated", grace=0.2) as keeper:
        told = command("sh", "-c", "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done", outlives=True)
        run = keeper.launch(told)
        pid = number_in(tmp_path / "pid")
        os.kill(keeper.pid, signal.SIGTERM)
        ended = keeper.wait(run)
        assert (ended.cause, ended.signal) == ("stopped", signal.SIGKILL)
        assert not runs(pid)
        eventually(lambda: not runs(keeper.pid))


def test_a_keeper_with_a_bug_says_so_and_leaves_nothing(command, tmp_path):
    with Keeper.start("confused") as keeper:
        run = keeper.launch(command("sh", "-c", "echo $$ > pid; exec sleep 1000"))
        pid = number_in(tmp_path / "pid")
        keeper._orders.write(b"nonsense\n")
        with pytest.raises(KeeperDied, match=r"failed, which is a bug in mmm.*JSONDecodeError") as raised:
            keeper.wait(run)
        assert "\n" not in str(raised.value)
        assert "in _obey" in raised.value.details
        eventually(lambda: not runs(pid))


def test_a_suspended_mmm_does_not_hold_the_keeper_up(dying, command, tmp_path):
    told = command("sh", "-c", "echo $$ > pid; exec sleep 1000", timeout=0.5)
    mmm = dying(told)
    number_in(tmp_path / "pid")
    mmm.process.send_signal(signal.SIGSTOP)
    assert eventually(lambda: read_ended(told.folder)).cause == "timeout"


def test_the_keeper_needs_nothing_but_the_standard_library(tmp_path):
    source = (
        f"import sys; sys.path.insert(0, {ROOT!r})\n"
        "import mmm_lang.process.keep.loop, ctypes\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('mmm_lang.')))\n"
    )
    done = subprocess.run(python(source), cwd=tmp_path, capture_output=True, text=True, check=True)
    roots, own = (set(line.split()) for line in done.stdout.splitlines())
    assert roots - {"__main__", "mmm_lang"} <= set(sys.stdlib_module_names) | {"_sitebuiltins"}
    assert not roots & {"asyncio", "subprocess", "typing", "attr", "attrs", "socket", "logging", "pathlib"}
    assert {name for name in own if not name.startswith("mmm_lang.process.keep")} == {
        "mmm_lang.masking",
        "mmm_lang.process",
        "mmm_lang.process.sweep",
        "mmm_lang.token_shapes",
    }
