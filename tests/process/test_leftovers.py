"""What a command leaves running goes with it, and keeps nobody waiting."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mmm_lang.process import sweep
from mmm_lang.process.client import Keeper
from tests.process.programs import eventually, number_in, python, runs

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only process groups are known")

DAEMON = (
    "import os, sys\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    "with open('new', 'w') as file: print(os.getpid(), file=file)\n"
    "os.rename('new', sys.argv[1])\n"
)
FORGETFUL = DAEMON + "os.execve('/bin/sleep', ['sleep', '1000'], {})\n"
DAEMON += "os.execv('/bin/sleep', ['sleep', '1000'])\n"


def left_by(keeper, told, path) -> int:
    """The pid of what the command leaves; it waits for the file itself, so it has started for sure."""
    ended = keeper.wait(keeper.launch(told))
    assert (ended.cause, ended.exit_code) == ("exit", 0)
    return number_in(path)


def daemon(source: str, name: str = "pid") -> str:
    return f'{sys.executable} -I -S -c "{source}" {name}; while ! test -e {name}; do sleep 0.01; done'


def test_a_background_process_that_holds_the_output(keeper, command, tmp_path):
    told = command("sh", "-c", "sleep 1000 & echo $! > pid; echo done")
    assert not runs(left_by(keeper, told, tmp_path / "pid"))
    assert (tmp_path / "steps/1/stdout").read_text() == "done\n"


def test_a_background_process_that_never_stops_writing(keeper, command, tmp_path):
    told = command("sh", "-c", "yes & echo $! > pid")
    assert not runs(left_by(keeper, told, tmp_path / "pid"))


@linux
def test_a_process_in_a_session_of_its_own(keeper, command, tmp_path):
    told = command(
        "sh",
        "-c",
        "setsid sh -c 'echo $$ > new; mv new pid; exec sleep 1000' & while ! test -e pid; do sleep 0.01; done",
    )
    assert not runs(left_by(keeper, told, tmp_path / "pid"))


@linux
def test_a_daemon(keeper, command, tmp_path):
    assert not runs(left_by(keeper, command("sh", "-c", daemon(DAEMON)), tmp_path / "pid"))


@linux
def test_a_daemon_that_forgot_its_environment(keeper, command, tmp_path):
    assert not runs(left_by(keeper, command("sh", "-c", daemon(FORGETFUL)), tmp_path / "pid"))


@linux
def test_a_whole_tree_of_them(keeper, command, tmp_path):
    source = (
        "import os, sys\n"
        "for depth in range(5):\n"
        "    if os.fork() == 0: os.setsid()\n"
        "open(f'tree-{os.getpid()}', 'w').close()\n"
        "os.execv('/bin/sleep', ['sleep', '1000'])\n"
    )
    (tmp_path / "tree.py").write_text(source)
    script = f"{sys.executable} -I -S tree.py & while test $(ls | grep -c tree-) -lt 32; do sleep 0.01; done"
    assert keeper.wait(keeper.launch(command("sh", "-c", script))).exit_code == 0
    pids = [int(each.name.removeprefix("tree-")) for each in tmp_path.glob("tree-*")]
    assert len(pids) == 32
    assert not any(runs(pid) for pid in pids)


@linux
def test_only_that_commands_own(keeper, command, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    other = keeper.launch(command("sh", "-c", daemon(DAEMON, "other") + "; read line < fifo; exit 5"))
    of_other = number_in(tmp_path / "other")
    assert not runs(left_by(keeper, command("sh", "-c", daemon(DAEMON)), tmp_path / "pid"))
    assert runs(of_other)
    (tmp_path / "fifo").write_text("go\n")
    assert keeper.wait(other).exit_code == 5
    assert not runs(of_other)


@linux
def test_one_that_nobody_can_be_blamed_for_goes_with_the_last_command(keeper, command, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    other = keeper.launch(command("sh", "-c", "echo $$ > began; read line < fifo"))
    number_in(tmp_path / "began")
    pid = left_by(keeper, command("sh", "-c", daemon(FORGETFUL)), tmp_path / "pid")
    (tmp_path / "fifo").write_text("go\n")
    assert keeper.wait(other).exit_code == 0
    assert not runs(pid)


@linux
def test_the_keeper_has_no_zombies(keeper, command, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    orphans = "for n in 1 2 3 4 5; do sh -c 'true & echo $! >> pids'; done; echo $$ > pid; read line < fifo"
    run = keeper.launch(command("sh", "-c", orphans))
    number_in(tmp_path / "pid")
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    eventually(lambda: all(sweep.status(pid) is None for pid in pids))
    (tmp_path / "fifo").write_text("go\n")
    assert keeper.wait(run).exit_code == 0


@linux
def test_a_mark_within_a_mark_is_both(keeper, command, tmp_path):
    told = command("/usr/bin/env", "-0", env={sweep.VARIABLE: "outer/1"})
    keeper.wait(keeper.launch(told))
    assert (tmp_path / "steps/1/stdout").read_text() == f"{sweep.VARIABLE}=outer/1 {keeper.mark}/1\0"


@linux
def test_a_mark_is_found_whole_or_not_at_all(keeper, command, tmp_path):
    told = command(
        "sh", "-c", "echo $$ > pid; exec sleep 1000", env={**os.environ, sweep.VARIABLE: "outer/12"}
    )
    run = keeper.launch(told)
    pid = number_in(tmp_path / "pid")
    for mark in (keeper.mark, f"{keeper.mark}/{run}", "outer", "outer/12"):
        assert sweep.marked(mark) == [pid]
    for mark in (keeper.mark[:-1], "oute", "outer/1", "12", f"{keeper.mark}/"):
        assert sweep.marked(mark) == []
    keeper.kill()
    assert keeper.wait(run).cause == "stopped"


@linux
def test_all_that_carry_a_mark_can_be_ended_without_a_keeper(keeper, command, tmp_path):
    run = keeper.launch(command(*python("import os, time; print(os.getpid(), flush=True); time.sleep(1000)")))
    pid = number_in(tmp_path / "steps/1/stdout")
    assert sweep.end_marked(f"{keeper.mark}/{run}") == []
    assert not runs(pid)
    assert keeper.wait(run).signal == 9


@linux
def test_nobody_else_is_touched(command, tmp_path):
    """Whatever is to be ended: no neighbour in our session, none in a session of its own, none with a mark alike."""
    mine = (
        "sh",
        "-c",
        "; ".join((daemon(DAEMON, "one"), daemon(FORGETFUL, "two"), "sleep 1000 & echo $! > pid")),
    )
    neighbours = [
        subprocess.Popen(["sleep", "1000"]),
        subprocess.Popen(["sleep", "1000"], start_new_session=True),
    ]
    try:
        with Keeper.start("careful") as keeper:
            alike = {**os.environ, sweep.VARIABLE: f"{keeper.mark}0/1 x{keeper.mark}/1"}
            neighbours.append(subprocess.Popen(["sleep", "1000"], env=alike))
            left_by(keeper, command(*mine), tmp_path / "pid")
            keeper.launch(command("sh", "-c", daemon(FORGETFUL, "three") + "; exec sleep 1000"))
            number_in(tmp_path / "three")
        assert not any(runs(number_in(tmp_path / name)) for name in ("pid", "one", "two", "three"))
        assert [each.poll() for each in neighbours] == [None, None, None]
    finally:
        for each in neighbours:
            each.kill()
            each.wait()


def test_an_empty_mark_is_refused():
    with pytest.raises(ValueError, match="empty mark"):
        sweep.end_marked("")
