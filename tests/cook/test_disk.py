"""A disk that does not take what is written: a sentence with the place, no traceback, nothing left running."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.cook.living import cooking, end, leftovers
from tests.process.test_leftovers import linux
from tests.support.cooking import Cooked, Kitchen, playbook

pytestmark = linux

LIST = "- shell: 'echo x > x'\n"


def cook_with_small_files(kitchen: Kitchen, limit: int, *flags: str) -> Cooked:
    """Cook where no file may become longer than ``limit`` bytes."""
    launch = (
        "import os, resource, sys; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); os.execv(sys.argv[1], sys.argv[1:])"
    )
    with cooking(kitchen, *flags, before=(sys.executable, "-c", launch)) as process:
        cooked = end(process)
        assert leftovers(kitchen) == []
    assert "Traceback" not in cooked.stderr
    assert "bug in mmm" not in cooked.stderr
    return cooked


def test_the_journal_cannot_grow(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'true'\n" * 40)
    cooked = cook_with_small_files(kitchen, 16_000)
    assert cooked.exit_code == 1
    assert cooked.stderr.startswith("error: the session had to stop: ")
    assert str(kitchen.sessions()[0] / "journal.jsonl") in cooked.stderr
    assert "nothing was reset" in cooked.stderr
    lines = (kitchen.sessions()[0] / "journal.jsonl").read_text().split("\n")
    assert len(lines) > 20


def test_the_output_of_a_step_cannot_grow(tmp_path: Path) -> None:
    script = f"{sys.executable} -c 'print(\"x\" * 300000)'; sleep 1000"
    kitchen = playbook(tmp_path, "").with_file("a", "a\n")
    kitchen.playbook.write_text(f"- shell: |\n    {script}\n")
    cooked = cook_with_small_files(kitchen, 200_000)
    assert cooked.exit_code == 1
    assert "its output cannot be written to `" in cooked.stderr
    assert "file too large" in cooked.stderr
    assert "Ctrl-C" not in cooked.stdout


@pytest.mark.parametrize("place", [".git/mmm", ".git/mmm/sessions"])
def test_the_sessions_folder_cannot_be_made(tmp_path: Path, place: str) -> None:
    kitchen = playbook(tmp_path, LIST)
    path = kitchen.repo / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("in the way\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 2
    assert cooked.stderr.startswith("error: ")
    assert str(path) in cooked.stderr
    assert "Traceback" not in cooked.stderr
    assert "nothing was reset" not in cooked.stderr
    assert not (kitchen.repo / "x").exists()
    assert path.read_text() == "in the way\n"


def test_the_folder_of_the_project_cannot_be_made(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    (kitchen.repo / ".mmm").write_text("in the way\n")
    cooked = kitchen.cook()
    assert cooked.exit_code == 2
    assert str(kitchen.repo / ".mmm") in cooked.stderr
    assert "Traceback" not in cooked.stderr
    assert not (kitchen.repo / "x").exists()


def test_a_state_file_that_cannot_be_written_is_no_failure_of_the_session(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    (kitchen.repo / ".mmm" / "state.json" / "in the way").mkdir(parents=True)
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0
    assert "warning: " in cooked.stderr
    assert "state.json" in cooked.stderr
    assert kitchen.events()[-1]["status"] == "succeeded"


def test_a_full_disk_behind_standard_output(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    with Path("/dev/full").open("w") as full:
        process_env = kitchen.env()
        pid = os.posix_spawn(
            sys.executable,
            kitchen.command("-n", "1"),
            process_env,
            file_actions=[(os.POSIX_SPAWN_DUP2, full.fileno(), 1)],
        )
        _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert kitchen.events()[-1]["status"] == "succeeded"


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LIST)
    reader, writer = os.pipe()
    os.close(reader)
    pid = os.posix_spawn(
        sys.executable,
        kitchen.command("-n", "1"),
        kitchen.env(),
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)],
    )
    os.close(writer)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert kitchen.events()[-1]["status"] == "succeeded"
