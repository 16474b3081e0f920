"""Worktrees go at once, and their files in the background; what a killed remover left is taken by the next."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mmm_lang.git.errors import GitError
from mmm_lang.git.repository import Repository
from mmm_lang.process import sweep
from mmm_lang.worktrees import remover, trash
from mmm_lang.worktrees.remover import remove_all
from mmm_lang.worktrees.trash import TRASH, empty_trash, has_trash, throw_away
from tests.cli.in_repository import asked
from tests.process.programs import eventually
from tests.support.worktrees import fresh


@pytest.fixture
def idle(monkeypatch):
    """No remover begins by itself."""
    monkeypatch.setattr(trash, "empty_trash", lambda folder: None)


def thrown(kitchen):
    """A work tree in the trash, and the folder that it lay in."""
    record = fresh(kitchen)
    throw_away(Repository.find(str(kitchen.repo)).git, record.path)
    return record, Path(record.path).parent


def test_a_worktree_is_gone_at_once_and_its_files_soon(kitchen):
    record, folder = thrown(kitchen)
    assert not os.path.exists(record.path)
    assert len(kitchen.git("worktree", "list").splitlines()) == 1
    eventually(lambda: not has_trash(str(folder)))


def test_the_remover_is_nobodys_child_and_holds_nothing_of_ours(kitchen, idle, tmp_path):
    _, folder = thrown(kitchen)
    with open(folder / TRASH / ".lock", "w") as lock:  # so that the remover has to be there when we look
        os.mkfifo(tmp_path / "gate")
        program = tmp_path / "slow.py"
        program.write_text(f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(f'{{os.getpid()}}\\n')\n")
        program.write_text(program.read_text() + f"open({str(tmp_path / 'gate')!r}).read()\n")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(trash, "_PROGRAM", str(program))
            empty_trash(str(folder))
        assert lock is not None
    pid = int(eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip()))
    assert os.getsid(pid) != os.getsid(0)
    assert not sweep.is_child(pid, os.getpid())
    if sweep.HAS_PROC:
        assert [os.readlink(f"/proc/{pid}/fd/{number}") for number in range(3)] == ["/dev/null"] * 3
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
    (tmp_path / "gate").write_text("")
    eventually(lambda: (seen := sweep.status(pid)) is None or not seen.runs)


def test_what_a_killed_remover_left_is_taken_by_the_next(kitchen, idle, tmp_path, capsys):
    _, folder = thrown(kitchen)
    blocked = folder / TRASH / "blocked"
    blocked.mkdir()
    source = (
        "import sys, os, signal; sys.path.insert(0, sys.argv[1]); import remover\n"
        "remover._remove = lambda path: os.kill(os.getpid(), signal.SIGKILL)\n"
        "remover.remove_all(sys.argv[2])\n"
    )
    argv = [sys.executable, "-S", "-c", source, os.path.dirname(remover.__file__), str(folder / TRASH)]
    assert subprocess.run(argv).returncode == -signal.SIGKILL
    assert has_trash(str(folder))
    remove_all(str(folder / TRASH))
    assert not has_trash(str(folder))


def test_every_command_about_worktrees_has_a_remover_look(kitchen, capsys):
    record = fresh(kitchen)
    folder = Path(record.path).parent
    (folder / TRASH / "left" / "deep").mkdir(parents=True)
    assert asked(capsys, kitchen, "worktree", "clean", "--merged-only").exit_code == 0
    eventually(lambda: not has_trash(str(folder)))
    assert os.path.isdir(record.path)


def test_folders_that_were_made_read_only_go_too(tmp_path):
    deep = tmp_path / "cache" / "module" / "inner"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "cache")
    for place in (deep, deep.parent, deep.parent.parent):
        place.chmod(0o500)
    remove_all(str(tmp_path))
    assert os.listdir(tmp_path) == [".lock"]


def test_nothing_behind_a_link_is_touched(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (tmp_path / "trash" / "tree").mkdir(parents=True)
    (tmp_path / "trash" / "tree" / "link").symlink_to(outside)
    (tmp_path / "trash" / "other").symlink_to(outside)
    remove_all(str(tmp_path / "trash"))
    assert (outside / "file").read_text() == "mine"
    assert os.listdir(tmp_path / "trash") == [".lock"]


def test_one_remover_works_at_a_time(tmp_path):
    (tmp_path / "tree").mkdir()
    with open(tmp_path / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_all(str(tmp_path))
    assert (tmp_path / "tree").exists()
    remove_all(str(tmp_path))
    assert not (tmp_path / "tree").exists()


def test_what_comes_while_it_works_goes_with_the_rest(tmp_path, monkeypatch):
    (tmp_path / "tree").mkdir()
    real, seen = remover._remove, []

    def remove(path):
        seen.append(os.path.basename(path))
        if len(seen) == 1:
            (tmp_path / "late").mkdir()
        real(path)

    monkeypatch.setattr(remover, "_remove", remove)
    remove_all(str(tmp_path))
    assert seen == ["tree", "late"]


def test_what_cannot_be_removed_does_not_keep_it_busy(tmp_path, monkeypatch):
    (tmp_path / "tree").mkdir()
    (tmp_path / "good").mkdir()
    real = remover._remove
    monkeypatch.setattr(remover, "_remove", lambda path: None if path.endswith("tree") else real(path))
    remove_all(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == [".lock", "tree"]


def test_a_locked_worktree_is_not_even_moved(kitchen):
    record = fresh(kitchen)
    kitchen.git("worktree", "lock", record.path)
    with pytest.raises(GitError, match="locked"):
        throw_away(Repository.find(str(kitchen.repo)).git, record.path)
    assert os.path.exists(os.path.join(record.path, "README"))


def test_the_main_work_tree_is_never_thrown_away(kitchen):
    throw_away(Repository.find(str(kitchen.repo)).git, str(kitchen.repo))
    assert (kitchen.repo / "README").exists()


def test_where_a_rename_cannot_reach_git_removes_it(kitchen, monkeypatch):
    def refuses(*arguments):
        raise OSError(18, "cross-device")

    record = fresh(kitchen)
    with monkeypatch.context() as patched:
        patched.setattr(trash.os, "rename", refuses)
        throw_away(Repository.find(str(kitchen.repo)).git, record.path)
    assert not os.path.exists(record.path)
    assert len(kitchen.git("worktree", "list").splitlines()) == 1
