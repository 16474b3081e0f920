"""A disk that becomes full, or is taken away, in the middle of a session: it stops with a sentence, and can go on."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from mmm_lang.runtime.journal import read_journal
from tests.faults.lives import PLAIN, Life, quiet
from tests.faults.test_injected import essence
from tests.process.test_leftovers import linux

pytestmark = [linux, pytest.mark.slow]


def filled(disk: Path, left: int) -> Path:
    """Fill the disk but for so many kilobytes; the file that does it."""
    filler = disk / "filler"
    file = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(file, bytes(1 << 12)):
            pass
    os.close(file)
    room = subprocess.run(["truncate", f"--size=-{left * 1024}", filler], capture_output=True, check=False)
    assert room.returncode == 0, room
    return filler


@pytest.mark.parametrize("room", [0, 4, 16, 28, 44, 64, 90, 120])
def test_a_disk_that_is_full_at_any_moment(
    nursery,
    undisturbed,
    tmp_path: Path,
    small_disk: Path,
    room: int,
) -> None:
    original, life = undisturbed(PLAIN), Life(nursery, PLAIN, small_disk / "life")
    life.papers = tmp_path
    life.kitchen.env()  # the files of the agent are there before
    filler = filled(small_disk, room)
    try:
        part = life.end(life.start("cook"))
        assert part.code in (1, 2), part
        assert "Traceback" not in part.err
        quiet(life.kitchen)
        if life.began():
            assert "the session had to stop" in part.err or "failed" in part.out, part
            read_journal(str(life.began()[0]))
        filler.unlink()
        for _ in range(3):
            if part.code != 0:
                part = life.end(life.start("resume" if life.began() else "cook"))
        assert part.code == 0, life.parts
        quiet(life.kitchen)
        life.whole()
        assert essence(life) == essence(original)
        assert life.paid() - original.paid() <= 1
    finally:
        life.bury()
