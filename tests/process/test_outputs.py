"""Much output, and output that comes at its own pace."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from mmm_lang.process.errors import RecordDamaged
from mmm_lang.process.model import Ended
from mmm_lang.process.records import ended_of, read_ended
from tests.process.programs import eventually, python


def peak_memory(pid: int) -> int:
    """In kB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_fifty_megabytes_do_not_make_the_keeper_grow(keeper, command):
    keeper.wait(keeper.launch(command("true")))
    before = peak_memory(keeper.pid)
    told = command("sh", "-c", "head -c 50000000 /dev/zero; head -c 1000000 /dev/zero >&2")
    assert keeper.wait(keeper.launch(told)).exit_code == 0
    sizes = {name: os.path.getsize(os.path.join(told.folder, name)) for name in ("stdout", "stderr", "log")}
    assert sizes == {"stdout": 50_000_000, "stderr": 1_000_000, "log": 51_000_000}
    assert peak_memory(keeper.pid) < before + 4_000


def test_output_can_be_read_while_the_program_runs(keeper, command, tmp_path):
    told = command("sh", "-c", "printf first; read line < fifo; echo $line")
    os.mkfifo(tmp_path / "fifo")
    run = keeper.launch(told)
    folder = Path(told.folder)
    eventually(lambda: (folder / "log").exists() and (folder / "log").read_bytes() == b"first")
    assert keeper.ended(run) is None
    (tmp_path / "fifo").write_text("second\n")
    assert keeper.wait(run).exit_code == 0
    assert (folder / "stdout").read_bytes() == b"firstsecond\n"


def test_several_commands_write_at_once_and_nothing_gets_mixed(keeper, command):
    told = [command("sh", "-c", f"yes {n} | head -n 200000") for n in range(4)]
    for run in [keeper.launch(each) for each in told]:
        assert keeper.wait(run).exit_code == 0
    for n, each in enumerate(told):
        assert Path(each.folder, "stdout").read_bytes() == f"{n}\n".encode() * 200_000


def test_what_is_in_the_pipe_at_the_end_is_kept(keeper, command):
    """The program ends with its last write: all of it, some tens of kB, is still on its way then."""
    for size in (1, 65_536, 65_537, 200_000):
        told = command(*python(f"import os; os.write(1, b'x' * {size})"))
        assert keeper.wait(keeper.launch(told)).exit_code == 0
        assert os.path.getsize(f"{told.folder}/stdout") == size


def test_no_record_is_no_end(tmp_path):
    assert read_ended(str(tmp_path)) is None
    assert read_ended(str(tmp_path / "missing")) is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "cause": "magic"}', "\x00"]
)
def test_a_damaged_record_is_named(tmp_path, content):
    (tmp_path / "rc").write_text(content)
    with pytest.raises(RecordDamaged, match=re.escape(str(tmp_path / "rc"))):
        read_ended(str(tmp_path))


@pytest.mark.parametrize(
    "wrong",
    [
        {"exit_code": "1"},
        {"signal": 1.5},
        {"error": 3},
        {"duration": None},
        {"cause": None},
        {"version": "1"},
    ],
)
def test_a_record_with_a_wrong_value_is_none(wrong):
    right = {"version": 1, "cause": "exit", "exit_code": 0, "signal": None, "error": None, "duration": 1}
    assert ended_of(right) == Ended("exit", 0, None, None, 1.0)
    with pytest.raises(ValueError, match="it"):
        ended_of({**right, **wrong})
