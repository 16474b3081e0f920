"""`mmm worktree clean`: folder, branch and record go; work that nobody else has does not."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from mmm_lang.git.repository import Repository
from mmm_lang.process.identity import Identity, identity_of
from mmm_lang.runtime.lock import session_lock
from mmm_lang.worktrees.making import remember_session
from mmm_lang.worktrees.record import read_record
from tests.cli.in_repository import asked
from tests.support.cooking import Kitchen
from tests.support.worktrees import branched, fresh, git


def is_gone(kitchen, record):
    return (
        not Path(record.path).exists()
        and kitchen.git("branch", "--list", record.name) == ""
        and read_record(str(kitchen.repo / ".git"), record.name) is None
        and f"worktree {record.path}" not in kitchen.git("worktree", "list", "--porcelain").splitlines()
    )


def test_a_merged_worktree_goes_with_all_that_belongs_to_it(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    asked(capsys, kitchen, "worktree", "merge", record.name)
    done = asked(capsys, kitchen, "worktree", "clean", record.name)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"✅ Worktree cleaned up: {record.name}\n"
    assert is_gone(kitchen, record)


def test_unmerged_commits_stay_unless_forced_and_then_a_reference_keeps_them(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    tip = git(kitchen, record.path, "rev-parse", "HEAD")
    done = asked(capsys, kitchen, "worktree", "clean", record.name)
    assert done.exit_code == 2
    assert "1 commit on its branch is not merged" in done.stderr
    assert not is_gone(kitchen, record)
    done = asked(capsys, kitchen, "worktree", "clean", record.name, "--force")
    assert done.exit_code == 0
    assert is_gone(kitchen, record)
    assert kitchen.git("rev-parse", f"refs/mmm/rescue/{record.name}/1^") == tip


def test_uncommitted_files_stay_unless_forced(kitchen, capsys):
    record = fresh(kitchen)
    (Path(record.path) / "late").write_text("not committed\n")
    done = asked(capsys, kitchen, "worktree", "clean", "--all")
    assert (done.exit_code, is_gone(kitchen, record)) == (0, False)
    assert "1 file in it is in no commit: `late`" in done.stdout
    assert asked(capsys, kitchen, "worktree", "clean", record.name, "--force").exit_code == 0
    assert is_gone(kitchen, record)
    assert kitchen.git("show", f"refs/mmm/rescue/{record.name}/1:late") == "not committed"


def test_ignored_files_are_nobodys_work(kitchen, capsys):
    kitchen.with_file(".gitignore", "build/\n")
    record = fresh(kitchen)
    (Path(record.path) / "build").mkdir()
    (Path(record.path) / "build" / "out").write_text("made\n")
    assert asked(capsys, kitchen, "worktree", "clean", record.name).exit_code == 0
    assert is_gone(kitchen, record)


def test_nothing_goes_while_a_session_runs_there(kitchen, capsys):
    record = fresh(kitchen)
    with session_lock(Repository.find(record.path).git_dir, "20260101T000000-aaaaaa"):
        done = asked(capsys, kitchen, "worktree", "clean", record.name, "--force")
    assert (done.exit_code, is_gone(kitchen, record)) == (2, False)
    assert "20260101T000000-aaaaaa" in done.stderr


def test_merged_only_leaves_all_others(kitchen, capsys):
    merged, other = branched(kitchen, {"a": "new\n"}), branched(kitchen, {"b": "new\n"})
    asked(capsys, kitchen, "worktree", "merge", merged.name)
    done = asked(capsys, kitchen, "worktree", "clean", "--merged-only")
    assert done.stdout == f"✅ Worktree cleaned up: {merged.name}\n1 worktree removed\n"
    assert (is_gone(kitchen, merged), is_gone(kitchen, other)) == (True, False)


def test_a_worktree_that_was_deleted_by_hand_is_forgotten(kitchen, capsys):
    record = fresh(kitchen)
    shutil.rmtree(record.path)
    assert asked(capsys, kitchen, "worktree", "clean", record.name).exit_code == 0
    assert is_gone(kitchen, record)


def test_one_that_was_deleted_by_hand_still_has_its_commits(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"})
    shutil.rmtree(record.path)
    assert asked(capsys, kitchen, "worktree", "clean", record.name).exit_code == 2
    assert asked(capsys, kitchen, "worktree", "clean", record.name, "--force").exit_code == 0
    assert is_gone(kitchen, record)
    assert kitchen.git("show", f"refs/mmm/rescue/{record.name}/1:a") == "new"


def test_a_record_without_worktree_and_branch_goes(kitchen, capsys):
    record = fresh(kitchen)
    kitchen.git("worktree", "remove", record.path)
    kitchen.git("branch", "-D", record.name)
    assert asked(capsys, kitchen, "worktree", "clean", "--all").exit_code == 0
    assert is_gone(kitchen, record)


def test_a_locked_worktree_stays(kitchen, capsys):
    record = fresh(kitchen)
    kitchen.git("worktree", "lock", record.path)
    done = asked(capsys, kitchen, "worktree", "clean", record.name, "--force")
    assert (done.exit_code, is_gone(kitchen, record)) == (2, False)
    assert "git worktree unlock" in done.stderr


def test_a_branch_that_is_checked_out_elsewhere_stays(kitchen, tmp_path, capsys):
    record = branched(kitchen, {"a": "new\n"})
    asked(capsys, kitchen, "worktree", "merge", record.name)
    git(kitchen, record.path, "switch", "-q", "--detach")
    kitchen.git("worktree", "add", "-q", str(tmp_path / "beside"), record.name)
    done = asked(capsys, kitchen, "worktree", "clean", record.name)
    assert (done.exit_code, is_gone(kitchen, record)) == (2, False)
    assert str(tmp_path / "beside") in done.stderr


def test_the_worktree_that_one_is_in_stays(kitchen, monkeypatch, capsys):
    from mmm_lang.cli.main import main

    record = fresh(kitchen)
    monkeypatch.chdir(record.path)
    assert main(["worktree", "clean", record.name]) == 2
    assert "the work tree that you are in" in capsys.readouterr().err


def test_all_that_has_no_record_is_left_alone_until_it_is_named(kitchen, capsys):
    kitchen.git("branch", "mmm-by-hand-1234567890")
    asked(capsys, kitchen, "worktree", "clean", "--all")
    assert kitchen.git("branch", "--list", "mmm-by-hand-1234567890") != ""
    assert asked(capsys, kitchen, "worktree", "clean", "mmm-by-hand-1234567890").exit_code == 0
    assert kitchen.git("branch", "--list", "mmm-by-hand-1234567890") == ""


def test_sessions_are_remembered_once(kitchen):
    record, common = fresh(kitchen), str(kitchen.repo / ".git")
    for session in ("one", "two", "one"):
        remember_session(common, record.name, session)
    assert read_record(common, record.name).sessions == ("one", "two")


def test_in_a_copy_of_the_repository_nothing_of_the_first_goes(kitchen, tmp_path, capsys):
    record = fresh(kitchen)
    shutil.copytree(kitchen.repo, tmp_path / "copy" / "repo", symlinks=True)
    copy = Kitchen(tmp_path / "copy", kitchen.scenario)
    done = asked(capsys, copy, "worktree", "clean", record.name, "--force")
    assert done.exit_code == 2
    assert "belongs to another repository" in done.stderr
    [listed] = json.loads(asked(capsys, copy, "worktree", "ls", "--format", "json").stdout)["worktrees"]
    assert f"belongs to another repository, `{kitchen.repo}/.git`" in listed["note"]
    copy.git("worktree", "prune")
    assert asked(capsys, copy, "worktree", "clean", record.name, "--force").exit_code == 2
    assert not is_gone(kitchen, record)


def test_a_folder_that_git_does_not_know_any_more_stays(kitchen, capsys):
    record = fresh(kitchen)
    shutil.rmtree(kitchen.repo / ".git" / "worktrees" / record.name)
    done = asked(capsys, kitchen, "worktree", "clean", record.name)
    assert done.exit_code == 2
    assert "git does not know its folder" in done.stderr
    assert asked(capsys, kitchen, "worktree", "clean", "--all").exit_code == 0
    assert Path(record.path).exists()


def test_one_that_another_terminal_makes_just_now_stays(kitchen, capsys):
    """Between its making and its first session nothing else tells that it is wanted."""
    record = fresh(kitchen, maker=identity_of(os.getpid()))
    done = asked(capsys, kitchen, "worktree", "clean", "--all")
    assert (done.exit_code, is_gone(kitchen, record)) == (0, False)
    assert f"a session is about to begin in it (process {os.getpid()})" in done.stdout
    assert asked(capsys, kitchen, "worktree", "clean", record.name, "--force").exit_code == 2
    remember_session(str(kitchen.repo / ".git"), record.name, "20260101T000000-aaaaaa")
    assert asked(capsys, kitchen, "worktree", "clean", record.name).exit_code == 0
    assert is_gone(kitchen, record)


def test_one_whose_maker_died_goes(kitchen, capsys):
    record = fresh(kitchen, maker=Identity(os.getpid(), "another start", "another boot"))
    assert asked(capsys, kitchen, "worktree", "clean", "--all").exit_code == 0
    assert is_gone(kitchen, record)
