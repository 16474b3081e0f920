from __future__ import annotations

import os
import signal
import sys

import pytest

from mmm_lang.process.errors import NotStarted, ProgramNotFound, TimedOut
from mmm_lang.process.short import Completed, run_short
from tests.process.programs import eventually, number_in, python, runs


@pytest.mark.parametrize("code", [0, 1, 2, 127, 255])
def test_tells_the_exit_code(tmp_path, code):
    assert run_short(["sh", "-c", f"exit {code}"], cwd=str(tmp_path)) == Completed(code, b"", b"")


def test_keeps_the_two_outputs_apart_and_whole(tmp_path):
    source = "import os; os.write(1, bytes(range(256)) * 4096); os.write(2, b'no newline')"
    done = run_short(python(source), cwd=str(tmp_path))
    assert done == Completed(0, bytes(range(256)) * 4096, b"no newline")


def test_a_signal_is_a_negative_exit_code(tmp_path):
    assert run_short(["sh", "-c", "kill -9 $$"], cwd=str(tmp_path)).exit_code == -signal.SIGKILL


@pytest.mark.parametrize("given", [b"", b"\0\xff\n", b"x" * 300_000])
def test_gives_the_input(tmp_path, given):
    assert run_short(["cat"], cwd=str(tmp_path), stdin=given).stdout == given


def test_has_nothing_to_read_without_input(tmp_path):
    assert run_short(["cat"], cwd=str(tmp_path)).stdout == b""


def test_runs_in_the_folder_with_the_environment(tmp_path):
    done = run_short(["/bin/sh", "-c", "pwd -P; echo $GIVEN$HOME"], cwd=str(tmp_path), env={"GIVEN": "only"})
    assert done.stdout.decode().splitlines() == [os.path.realpath(tmp_path), "only"]


def test_leads_a_session_of_its_own_so_that_no_terminal_reaches_it(tmp_path):
    done = run_short(
        python("import os; print(os.getsid(0) == os.getpid() == os.getpgrp())"), cwd=str(tmp_path)
    )
    assert done.stdout == b"True\n"


def test_says_which_program_is_missing(tmp_path):
    with pytest.raises(ProgramNotFound, match="`no-such-program` was not found: install it"):
        run_short(["no-such-program"], cwd=str(tmp_path))


def test_says_why_a_program_is_not_started(tmp_path):
    (tmp_path / "plain").write_text("text")
    with pytest.raises(NotStarted, match="permission denied"):
        run_short([str(tmp_path / "plain")], cwd=str(tmp_path))
    with pytest.raises(NotStarted, match="`/no/such/folder` is not a folder to run in"):
        run_short(["true"], cwd="/no/such/folder")
    with pytest.raises(NotStarted, match="argument list too long"):
        run_short(["true", "x" * 200_000], cwd=str(tmp_path))
    with pytest.raises(NotStarted, match="embedded null byte"):
        run_short(["true", "\0"], cwd=str(tmp_path))
    with pytest.raises(NotStarted, match="no program"):
        run_short([], cwd=str(tmp_path))


def test_a_timeout_ends_the_whole_group_and_shows_what_was_said(tmp_path):
    script = "echo before; sleep 1000 & echo $! > pid; wait"
    with pytest.raises(TimedOut, match=r"`sh` did not end within 0\.5 s") as raised:
        run_short(["sh", "-c", script], cwd=str(tmp_path), timeout=0.5)
    assert raised.value.stdout == b"before\n"
    background = number_in(tmp_path / "pid")
    eventually(lambda: not runs(background))


def test_does_not_wait_for_a_background_process_that_holds_the_output(tmp_path):
    done = run_short(["sh", "-c", "sleep 1000 & echo $!"], cwd=str(tmp_path), timeout=60)
    left = int(done.stdout)
    assert runs(left)
    os.kill(left, signal.SIGKILL)


def test_an_exception_from_a_signal_handler_ends_the_program(tmp_path):
    class Interrupted(Exception):
        pass

    def interrupt(_number, _frame):
        if (tmp_path / "pid").exists():
            raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    try:
        with pytest.raises(Interrupted):
            run_short(["sh", "-c", "echo $$ > new; mv new pid; exec sleep 1000"], cwd=str(tmp_path))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    pid = number_in(tmp_path / "pid")
    eventually(lambda: not runs(pid))


def test_leaves_no_descriptor_open(tmp_path):
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    before = len(os.listdir(folder))
    for _ in range(3):
        run_short(["true"], cwd=str(tmp_path), stdin=b"x", timeout=60)
        with pytest.raises(ProgramNotFound):
            run_short(["no-such-program"], cwd=str(tmp_path))
    assert len(os.listdir(folder)) == before
