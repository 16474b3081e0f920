"""A disk that does not take what is written: a sentence with the place, no traceback, nothing left running."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmm_lang.runtime.events import HandlerStarted
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import read_journal
from tests.cook.living import cooking, end, leftovers
from tests.cook.test_resume import resume
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


# --- what gives way in the middle of a session ---

OBEYS_PERMISSIONS = (
    sys.executable,
    "-c",
    "import ctypes, os, sys; prctl = ctypes.CDLL(None).prctl; "
    "[prctl(24, capability, 0, 0, 0) for capability in (1, 2)]; os.execv(sys.argv[1], sys.argv[1:])",
)
"""Starts a program without the two capabilities by which root passes permissions by; for others it changes nothing."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"FULL DISKS ARE NOT TESTED: no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def stopped(kitchen: Kitchen, *flags: str, before: tuple[str, ...] = ()) -> str:
    """Cook a session that has to stop, see that it did so cleanly, and give what it said."""
    with cooking(kitchen, "-n", "1", *flags, before=before) as process:
        cooked = end(process, 60)
        assert leftovers(kitchen) == []
    assert cooked.exit_code == 1, cooked.stdout
    said = cooked.stderr[cooked.stderr.index("error: ") :]
    assert said.startswith("error: the session had to stop: ")
    assert "nothing was reset" in said
    assert "\n  help: " in said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("room", [0, 8, 40, 120, 200])
def test_a_disk_that_becomes_full(small_disk: Path, room: int) -> None:
    """``room``: kilobytes that are left; with more of it, more of the next step is done."""
    kitchen = playbook(small_disk, "").with_file(".gitignore", "filler\n")
    fill = (
        f'test "$full" = no || {{ cat /dev/zero > filler 2> /dev/null; truncate -s -{room * 1024} filler; }}'
    )
    work = "head -c 90000 /dev/urandom > y; head -c 9000 /dev/urandom | base64"
    kitchen.playbook.write_text(
        f"- shell: echo x > x\n- shell: {fill}\n- shell: {work}\n  on_failure: {{shell: echo z > z}}\n"
    )
    said = stopped(kitchen)
    assert "help: make room on the disk; then `mmm resume` goes on" in said
    events = [entry.event for entry in read_journal(str(kitchen.sessions()[0]))]
    assert fold(events).finished is None
    assert not any(isinstance(event, HandlerStarted) for event in events)
    assert kitchen.subjects() == ["mmm: echo x > x"]
    kitchen.git("fsck", "--no-dangling")
    kitchen.playbook.unlink()
    (kitchen.repo / "filler").unlink()
    (kitchen.repo / ".gitignore").write_text("filler\n")
    resumed = resume(kitchen, full="no")
    assert resumed.exit_code == 0, resumed.stderr
    assert [subject.split(";")[0] for subject in kitchen.subjects()] == [
        "mmm: echo x > x",
        f"mmm: {work.split(';')[0]}",
    ]


def test_a_disk_that_becomes_full_during_a_commit(small_disk: Path) -> None:
    kitchen = playbook(small_disk, "- shell: echo x > x\n  on_failure: {shell: echo z > z}\n")
    hook = kitchen.repo / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\ncat /dev/zero > ../filler 2> /dev/null; exit 0\n")
    hook.chmod(0o755)
    assert "help: make room on the disk; then `mmm resume` goes on" in stopped(kitchen)
    assert kitchen.of_kind("handler_started") == []
    assert kitchen.subjects() == []


def test_the_session_may_no_longer_write(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: chmod a-w .git/mmm/sessions/*/steps\n- shell: echo x > x\n")
    said = stopped(kitchen, before=OBEYS_PERMISSIONS)
    assert f"`{kitchen.sessions()[0]}/steps/2`: permission denied" in said
    assert "help: see that you may write there; then `mmm resume` goes on" in said
    (kitchen.sessions()[0] / "steps").chmod(0o755)
    assert resume(kitchen).exit_code == 0
    assert kitchen.subjects() == ["mmm: echo x > x"]


def test_git_may_no_longer_write(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: chmod -R a-w .git/objects; echo x > x\n")
    said = stopped(kitchen, before=OBEYS_PERMISSIONS)
    subprocess.run(["chmod", "-R", "u+w", kitchen.repo / ".git" / "objects"], check=True)
    assert "`git hash-object` failed" in said
    assert "help: see that you may write there; then `mmm resume` goes on" in said
    assert (kitchen.repo / "x").read_text() == "x\n"


@pytest.mark.parametrize("loss", ["rm -rf .git/mmm/sessions/*", "mv .git/mmm/sessions .git/mmm/away"])
def test_the_folder_of_the_session_is_gone(tmp_path: Path, loss: str) -> None:
    kitchen = playbook(tmp_path, f"- shell: echo x > x\n- shell: {loss}; echo y > y\n- shell: echo z > z\n")
    said = stopped(kitchen)
    assert "no such file or directory" in said
    assert not (kitchen.repo / "z").exists()
    assert kitchen.subjects()[0] == "mmm: echo x > x"


def test_another_journal_in_its_place(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, "- shell: |\n    cd .git/mmm/sessions/*\n    cp journal.jsonl a; mv a journal.jsonl\n"
    )
    said = stopped(kitchen)
    assert "journal.jsonl`: another file has taken its place" in said
    assert "help: without its journal it cannot go on" in said
