"""One mmm a map: nobody else runs it, and nobody removes the worktrees of its items meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from mmm_lang.worktrees.map_lock import MapAtWork, is_at_work, map_at_work
from tests.cli.in_repository import asked
from tests.worktrees.map_items import MAP, Map


def test_only_one_runs_a_map(tmp_path):
    common = str(tmp_path)
    assert not is_at_work(common, MAP)
    with map_at_work(common, MAP):
        assert is_at_work(common, MAP)
        assert not is_at_work(common, "20260101T000000-bbbbbb")
        with pytest.raises(MapAtWork, match=f"map {MAP} is running"), map_at_work(common, MAP):
            pass
    assert not is_at_work(common, MAP)
    with map_at_work(common, MAP):
        assert is_at_work(common, MAP)


def test_a_map_whose_mmm_was_killed_is_not_at_work(tmp_path):
    source = (
        "import sys\nfrom mmm_lang.worktrees.map_lock import map_at_work\n"
        "with map_at_work(sys.argv[1], sys.argv[2]):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    argv = [sys.executable, "-c", source, str(tmp_path), MAP]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        assert is_at_work(str(tmp_path), MAP)
        with pytest.raises(MapAtWork), map_at_work(str(tmp_path), MAP):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not is_at_work(str(tmp_path), MAP)
    with map_at_work(str(tmp_path), MAP):
        pass


def test_worktrees_of_a_map_that_runs_stay(kitchen, capsys):
    over = Map(kitchen)
    path = over.make(1).record.path
    with map_at_work(over.common, MAP):
        done = asked(capsys, kitchen, "worktree", "clean", over.name(1), "--force")
        assert done.exit_code == 2
        assert f"it is an item's of map {MAP}, which is running" in done.stderr
        assert asked(capsys, kitchen, "worktree", "clean", "--all").exit_code == 0
        assert os.path.isdir(path)
    assert asked(capsys, kitchen, "worktree", "clean", over.name(1)).exit_code == 0
    assert not os.path.exists(path)


def test_an_items_worktree_that_another_has_is_not_removed_with_it(kitchen, capsys):
    over = Map(kitchen)
    over.make(1)
    over.work(1)
    over.release(1)
    second = over.make(2)
    assert asked(capsys, kitchen, "worktree", "clean", over.name(1), "--force").exit_code == 0
    assert over.make(2).record == second.record
    listed = asked(capsys, kitchen, "worktree", "ls").stdout
    assert over.name(2) in listed
    assert over.name(1) not in listed
