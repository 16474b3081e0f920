"""Submodules in a fresh worktree come from what the repository has of them; what a session commits there is not lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.making import make
from mmm_lang.worktrees.record import WorktreeRecord
from tests.cli.in_repository import asked
from tests.support.worktrees import committed, fresh, git
from tests.worktrees.map_items import Map

LOCAL = ("-c", "protocol.file.allow=always")


@pytest.fixture
def outer(kitchen, tmp_path):
    """A repository with a submodule `lib`, in which is a submodule `deep`; where both came from is gone."""
    for name in ("deep", "lib"):
        place = tmp_path / "upstream" / name
        place.mkdir(parents=True)
        git(kitchen, place, "init", "-q", "-b", "main")
        committed(kitchen, place, {"file": f"{name}\n"}, "one")
    lib = tmp_path / "upstream" / "lib"
    git(kitchen, lib, *LOCAL, "submodule", "--quiet", "add", str(tmp_path / "upstream" / "deep"), "deep")
    git(kitchen, lib, "commit", "-qm", "with another")
    kitchen.git(*LOCAL, "submodule", "--quiet", "add", str(lib), "lib")
    kitchen.git(*LOCAL, "submodule", "--quiet", "update", "--init", "--recursive")
    kitchen.git("commit", "-qm", "with a submodule")
    shutil.rmtree(tmp_path / "upstream")
    return kitchen


def made(kitchen):
    blank = WorktreeRecord(name="", path="", playbook="test", created=0.0, origin=None, commit="")
    return make(Repository.find(str(kitchen.repo)), blank, kitchen.env())


def test_they_are_checked_out_without_any_network(outer, tmp_path):
    done = made(outer)
    place = Path(done.record.path)
    assert done.notes == ()
    assert (place / "lib" / "file").read_text() == "lib\n"
    assert (place / "lib" / "deep" / "file").read_text() == "deep\n"
    assert git(outer, place, "status", "--porcelain") == ""
    for path in ("lib", "lib/deep"):
        upstream = str(tmp_path / "upstream" / Path(path).name)
        assert git(outer, place / path, "config", "remote.origin.url") == upstream
        assert outer.git("-C", path, "config", "remote.origin.url") == upstream
    assert outer.git("config", "submodule.lib.url") == str(tmp_path / "upstream" / "lib")
    assert outer.git("status", "--porcelain") == ""


def test_what_is_not_checked_out_here_is_not_there_and_said(outer):
    outer.git("submodule", "--quiet", "deinit", "-f", "lib")
    [note] = made(outer).notes
    assert "`lib`" in note
    assert "git submodule update --init" in note


def test_a_worktree_with_submodules_goes(outer, capsys):
    record = fresh(outer)
    assert asked(capsys, outer, "worktree", "clean", record.name).exit_code == 0
    assert not Path(record.path).exists()
    assert outer.git("worktree", "list").count("\n") == 0


def test_commits_in_a_submodule_that_nobody_else_has_stay(outer, capsys):
    record = fresh(outer)
    inside = Path(record.path) / "lib"
    committed(outer, inside, {"file": "by a session\n"}, "in the submodule")
    committed(outer, record.path, {}, "forward")
    done = asked(capsys, outer, "worktree", "clean", record.name, "--force")
    assert done.exit_code == 2
    assert "commits in its submodules are nowhere else: `lib`" in done.stderr
    outer.git("-C", "lib", "fetch", "-q", str(inside), "HEAD")
    assert asked(capsys, outer, "worktree", "clean", record.name, "--force").exit_code == 0


def test_they_follow_from_item_to_item(outer):
    over = Map(outer)
    over.make(1)
    assert over.release(1) is None
    second = over.make(2)
    assert (second.how, second.notes) == ("reused", ())
    place = Path(second.record.path)
    committed(outer, place / "lib", {"file": "by a session\n"}, "in the submodule")
    over.work(2, {})
    assert "commits of submodules: `lib`" in over.release(2)
    assert over.make(3).how == "fresh"


def test_a_submodule_at_another_commit_follows_too(outer):
    over = Map(outer)
    over.make(1)
    assert over.release(1) is None
    committed(outer, outer.repo / "lib", {"file": "newer\n"}, "newer")
    outer.git("commit", "-qam", "forward")
    second = over.make(2)
    assert second.how == "reused"
    assert (Path(second.record.path) / "lib" / "file").read_text() == "newer\n"
    assert git(outer, second.record.path, "status", "--porcelain") == ""


def test_they_follow_a_merge(outer, capsys):
    """Also to a commit that only the worktree has; the next merge meets nothing uncommitted."""
    record, later = fresh(outer), fresh(outer)
    committed(outer, Path(record.path) / "lib", {"file": "by a session\n"}, "in the submodule")
    committed(outer, record.path, {}, "forward")
    committed(outer, later.path, {"later": "x\n"}, "later")
    done = asked(capsys, outer, "worktree", "merge", record.name)
    assert done.exit_code == 0, done
    assert (outer.repo / "lib" / "file").read_text() == "by a session\n"
    assert outer.git("status", "--porcelain") == ""
    assert asked(capsys, outer, "worktree", "merge", later.name).exit_code == 0


def test_a_merge_whose_submodule_cannot_follow_is_taken_back(outer, capsys):
    record = fresh(outer)
    inside = Path(record.path) / "lib"
    committed(outer, inside, {"file": "by a session\n"}, "in the submodule")
    committed(outer, record.path, {}, "forward")
    outer.git("worktree", "remove", "--force", "--force", record.path)
    before = outer.git("rev-parse", "HEAD")
    done = asked(capsys, outer, "worktree", "merge", record.name)
    assert done.exit_code == 1, done
    assert "merges, but not its submodules: the submodule `lib` stays where it is" in done.stderr
    assert outer.git("rev-parse", "HEAD") == before
    assert outer.git("status", "--porcelain") == ""
