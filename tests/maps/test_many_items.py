"""However many items a map has: memory, open files and threads of mmm are those of its lanes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cook.living import cooking, end
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import playbook

pytestmark = [linux, pytest.mark.slow]

EARLY, LATE = 9, 45
"""Items that wait to be looked at."""
NOISE = 1.25
"""How much more memory, as a factor, is no growth: what the allocator keeps."""


def looked_at(pid: int) -> tuple[int, int, int]:
    """Memory (KiB), open files and threads of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    files = len(os.listdir(f"/proc/{pid}/fd"))
    return int(fields["VmRSS"].split()[0]), files, int(fields["Threads"])


def test_many_items_take_no_more_than_few(tmp_path: Path) -> None:
    script = f"touch {tmp_path}/at-$INDEX; [ ! -p {tmp_path}/gate-$INDEX ] || cat {tmp_path}/gate-$INDEX"
    kitchen = playbook(tmp_path, f"- shell: '{script}'\n")
    for index in (EARLY, LATE):
        os.mkfifo(tmp_path / f"gate-{index}")
    items = [word for index in range(1, LATE + 1) for word in ("--args", str(index))]
    looks = []
    with cooking(kitchen, *items, "--parallel", "2", "-q") as process:
        for index in (EARLY, LATE):
            eventually((tmp_path / f"at-{index}").exists, within=240)
            looks.append(looked_at(process.pid))
            with (tmp_path / f"gate-{index}").open("w"):
                pass  # the item goes on
        assert end(process, within=120).exit_code == 0
    early, late = looks
    assert late[0] < early[0] * NOISE
    assert late[1] <= early[1] + 8  # as many as a lane has open at most
    assert late[2] <= early[2] + 1
