"""How commands end under the keeper, what they find, and what is written of them."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import sys

import pytest

from mmm_lang.process.errors import FolderTaken
from mmm_lang.process.model import Ended
from mmm_lang.process.records import read_ended
from mmm_lang.process.sweep import VARIABLE
from tests.process.programs import PATIENCE, python

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def run(keeper, command) -> Ended:
    ended = keeper.wait(keeper.launch(command))
    assert ended == read_ended(command.folder)
    return ended


def output(command, name: str = "stdout") -> bytes:
    with open(os.path.join(command.folder, name), "rb") as file:
        return file.read()


def test_an_exit_code_is_what_the_program_said(keeper, command):
    for code in (0, 1, 2, 3, 64, 126, 127, 128, 130, 143, 254, 255):
        ended = run(keeper, command("sh", "-c", f"exit {code}"))
        assert (ended.cause, ended.exit_code, ended.signal, ended.error) == ("exit", code, None, None)


def test_a_signal_from_elsewhere_is_an_end_by_itself(keeper, command):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGPIPE):
        ended = run(keeper, command("sh", "-c", f"ulimit -c 0; kill -{int(number)} $$"))
        assert (ended.cause, ended.exit_code, ended.signal) == ("exit", None, number)


def test_the_duration_is_in_seconds(keeper, command):
    ended = run(keeper, command(*python("import time; time.sleep(0.3)")))
    assert 0.3 <= ended.duration < PATIENCE


def test_outputs_are_kept_apart_and_whole(keeper, command):
    source = "import os; os.write(1, bytes(range(256)) * 1000); os.write(2, b'\\0 no newline')"
    told = command(*python(source))
    run(keeper, told)
    assert output(told) == bytes(range(256)) * 1000
    assert output(told, "stderr") == b"\0 no newline"
    assert sorted(output(told, "log")) == sorted(output(told) + output(told, "stderr"))


def test_the_log_has_both_in_the_order_of_arrival(keeper, command):
    """The program goes on only when its last line has arrived."""
    told = command(
        *python(
            "import os, sys, time\n"
            "log, written = sys.argv[1], 0\n"
            "for n in range(20):\n"
            "    written += os.write(1 + n % 2, b'%d\\n' % n)\n"
            "    while os.path.getsize(log) < written: time.sleep(0.001)\n",
            os.path.join(command("").folder.rpartition("/")[0], "2", "log"),
        )
    )
    assert run(keeper, told).exit_code == 0
    assert output(told, "log").split() == [b"%d" % n for n in range(20)]
    assert output(told).split() == [b"%d" % n for n in range(0, 20, 2)]


def test_a_silent_program_leaves_empty_outputs(keeper, command):
    told = command("true")
    run(keeper, told)
    assert [output(told, name) for name in ("stdout", "stderr", "log")] == [b"", b"", b""]


def test_a_program_may_close_its_outputs_and_go_on(keeper, command, tmp_path):
    told = command("sh", "-c", "echo first; exec >&- 2>&-; echo done > proof; exit 7")
    assert run(keeper, told).exit_code == 7
    assert output(told) == b"first\n"
    assert (tmp_path / "proof").exists()


def test_only_the_user_can_read_what_is_written(keeper, command):
    told = command("true")
    run(keeper, told)
    assert stat.S_IMODE(os.stat(told.folder).st_mode) == 0o700
    assert set(os.listdir(told.folder)) == {"stdout", "stderr", "log", "rc"}
    for name in os.listdir(told.folder):
        assert stat.S_IMODE(os.stat(os.path.join(told.folder, name)).st_mode) == 0o600


def test_the_record_names_the_process(keeper, command):
    told = command("sh", "-c", "echo $$")
    run(keeper, told)
    record = json.loads(output(told, "rc"))
    assert record["pid"] == int(output(told)) == keeper.pid_of(1)


def test_input_is_a_file_or_nothing(keeper, command, tmp_path):
    (tmp_path / "in").write_bytes(b"\0given" * 50_000)
    given, nothing = command("cat", stdin=str(tmp_path / "in")), command("cat")
    run(keeper, given)
    run(keeper, nothing)
    assert output(given) == b"\0given" * 50_000
    assert output(nothing) == b""


def test_environment_is_what_was_given_and_the_mark(keeper, command):
    told = command("/usr/bin/env", "-0", env={"A": "ä\n=", "B": "\udcff"})
    run(keeper, told)
    variables = dict(each.split(b"=", 1) for each in output(told).rstrip(b"\0").split(b"\0"))
    assert variables.pop(VARIABLE.encode()).startswith(keeper.mark.encode() + b"/")
    assert variables == {b"A": "ä\n=".encode(), b"B": b"\xff"}


def test_the_program_is_looked_up_on_its_own_path(keeper, command, tmp_path):
    for folder, says in (("first", None), ("second", "second"), ("third", "third")):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "program"
        program.write_text(f"#!/bin/sh\necho {says}\n")
        program.chmod(0o755 if says else 0o644)  # one that may not be run is passed by
    told = command("program", env={"PATH": f"/no/where:{tmp_path}/first:{tmp_path}/second:{tmp_path}/third"})
    assert run(keeper, told).exit_code == 0
    assert output(told) == b"second\n"


def test_a_relative_program_is_taken_from_the_folder_it_runs_in(keeper, command, tmp_path):
    (tmp_path / "here").write_text("#!/bin/sh\npwd -P\n")
    (tmp_path / "here").chmod(0o755)
    told = command("./here")
    assert run(keeper, told).exit_code == 0
    assert output(told).decode() == f"{os.path.realpath(tmp_path)}\n"


def test_it_leads_a_session_without_a_terminal(keeper, command):
    source = "import os; print(os.getsid(0) == os.getpid() == os.getpgrp()); open('/dev/tty')"
    told = command(*python(source))
    assert run(keeper, told).exit_code == 1
    assert output(told) == b"True\n"


@linux
def test_it_inherits_no_descriptor_and_no_ignored_signal(keeper, command):
    listed, asked = (
        command("ls", "/proc/self/fd"),
        command("grep", "-E", "SigIgn|SigBlk", "/proc/self/status"),
    )
    run(keeper, listed)
    assert output(listed).split() == [b"0", b"1", b"2", b"3"]  # the last is the folder that is listed
    run(keeper, asked)
    standard = (1 << 31) - 1  # not the two that the C library keeps to itself, and nobody can reset
    for line in output(asked).splitlines():
        assert int(line.split()[1], 16) & standard == 0


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("no-such-program",), "`no-such-program` was not found on PATH"),
        (("./no-such-program",), "`./no-such-program` does not exist"),
        (("./plain",), "`./plain` is not executable"),
        (("./folder",), "`./folder` is a folder"),
        (("./bad",), "`./bad` is neither a program of this system nor a script with a `#!` line"),
        (("./lost",), "`./lost` names an interpreter in its first line that does not exist"),
        (("true", "x" * 200_000), "its arguments and environment are too long for the system"),
        (("true", "\0"), "`true` cannot be started: embedded null byte"),
        (("\0",), "`\\0`"),
        ((), "no program was named"),
        (("",), "no program was named"),
    ],
)
def test_a_program_that_cannot_be_started_says_why(keeper, command, tmp_path, argv, reason):
    (tmp_path / "plain").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad").write_bytes(b"\x01\x02\x03\x04")
    (tmp_path / "lost").write_text("#!/no/such/interpreter\n")
    for name in ("bad", "lost"):
        (tmp_path / name).chmod(0o755)
    ended = run(keeper, command(*argv))
    assert (ended.cause, ended.exit_code, ended.signal) == ("not-started", None, None)
    assert ended.error is not None
    assert ended.error.startswith(reason)
    assert len(ended.error) < 500


def test_a_missing_folder_or_input_says_which(keeper, command, tmp_path):
    ended = run(keeper, command("true", cwd="/no/such/folder"))
    assert ended.cause == "not-started"
    assert (
        ended.error == "the folder `/no/such/folder` to run in cannot be entered: no such file or directory"
    )
    ended = run(keeper, command("true", stdin=str(tmp_path / "missing")))
    assert ended.cause == "not-started"
    assert ended.error == f"its input `{tmp_path}/missing` cannot be read: no such file or directory"


def test_a_variable_that_cannot_be_says_so(keeper, command):
    ended = run(keeper, command("true", env={"A=B": "x"}))
    assert ended.cause == "not-started"
    assert "environment variable" in (ended.error or "")


def test_after_a_refusal_the_keeper_goes_on(keeper, command):
    assert run(keeper, command("no-such-program")).cause == "not-started"
    assert run(keeper, command("true")).exit_code == 0


@pytest.mark.parametrize("name", ["rc", "stdout", "log"])
def test_a_folder_is_never_written_twice(keeper, command, tmp_path, name):
    used = tmp_path / "used"
    used.mkdir()
    (used / name).write_text("precious")
    with pytest.raises(FolderTaken, match=f"holds `{name}` of an earlier command"):
        keeper.launch(command("true", folder=str(used)))
    assert [each.read_text() for each in used.iterdir()] == ["precious"]


@linux
def test_output_that_cannot_be_kept_stops_the_command(keeper, command):
    """A disk that is full, say: told as such, and not taken for the program's own failure."""
    run(keeper, command("true"))
    resource.prlimit(keeper.pid, resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    told = command("sh", "-c", "trap '' PIPE; yes 2>&-; sleep 1000")
    ended = run(keeper, told)
    assert ended.cause == "stopped"
    assert ended.error == f"its output cannot be written to `{told.folder}`: file too large"
    assert len(output(told)) <= 1 << 20


def test_an_end_that_cannot_be_recorded_is_reported_all_the_same(keeper, command, tmp_path):
    told = command("sh", "-c", "rm -rf steps; exit 4")
    ended = keeper.wait(keeper.launch(told))
    assert ended.exit_code == 4
    assert ended.error == f"its end cannot be recorded in `{told.folder}`: no such file or directory"
