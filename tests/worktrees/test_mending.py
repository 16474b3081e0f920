"""A merge or a removal that was killed in the middle: the next command takes it back or finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mmm_lang.worktrees import cleaning
from mmm_lang.worktrees.record import alone, read_record
from tests.cli.in_repository import asked
from tests.cook.living import leftovers
from tests.process.programs import eventually
from tests.support.worktrees import branched, committed, git, state_of

KILL = {
    "mmm": "kill -9 $(cut -d' ' -f4 /proc/$PPID/stat)",
    "mmm and git": "kill -9 $(cut -d' ' -f4 /proc/$PPID/stat) $PPID",
}


def hook(kitchen, name, text):
    path = kitchen.repo / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def mmm(kitchen, *arguments):
    """The command as a process of its own, which may be killed."""
    command = [sys.executable, "-m", "mmm_lang", *arguments, "--path", str(kitchen.repo)]
    return subprocess.Popen(
        command, env=kitchen.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def killed(process):
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("point", ["pre-merge-commit", "post-merge"])
@pytest.mark.parametrize("who", KILL)
def test_a_merge_that_was_killed_in_a_hook_is_taken_back_and_made(kitchen, point, who, capsys):
    record = branched(kitchen, {"a": "new\n", "README": "theirs\n"}, {"b": "mine\n"})
    before = state_of(kitchen)
    path = hook(kitchen, point, KILL[who])
    killed(mmm(kitchen, "worktree", "merge", record.name))
    path.unlink()
    assert read_record(str(kitchen.repo / ".git"), record.name).merging is not None
    asked(capsys, kitchen, "worktree", "clean", "--merged-only")
    assert state_of(kitchen) == before
    assert read_record(str(kitchen.repo / ".git"), record.name).merging is None
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 0, done.stderr
    assert (kitchen.repo / "README").read_text() == "theirs\n"
    assert len(kitchen.git("log", "-1", "--format=%P").split()) == 2


def test_a_merge_that_was_killed_in_its_checks_is_taken_back(kitchen, tmp_path, capsys):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    kitchen.playbook.write_text(
        f'until: {{shell: "test ! -e {tmp_path}/checking || cat {gate}"}}\nsteps:\n  - shell: echo x > made\n'
    )
    assert kitchen.cook("--worktree").exit_code == 0
    [name] = [one.stem for one in (kitchen.repo / ".git" / "mmm" / "worktrees").glob("*.json")]
    before = state_of(kitchen)
    (tmp_path / "checking").touch()
    process = mmm(kitchen, "worktree", "merge", name)
    eventually(lambda: any("cat " in each for each in leftovers(kitchen)))
    assert kitchen.git("log", "-1", "--format=%s").startswith("Merge worktree")
    process.kill()
    process.communicate()
    eventually(lambda: not leftovers(kitchen))
    (tmp_path / "checking").unlink()
    said = asked(capsys, kitchen, "worktree", "clean", "--merged-only")
    assert f"the merge of `{name}` into `main` that was cut off was taken back" in said.stderr
    assert state_of(kitchen) == before
    assert kitchen.git("for-each-ref", "--format=%(refname)", "refs/mmm/rescue").split()
    assert asked(capsys, kitchen, "worktree", "merge", name).exit_code == 0


@pytest.mark.parametrize(
    "subject", ["work of the user", "mmm: another\n\nMmm-Session: 20260101T000000-aaaaaa"]
)
def test_what_others_put_on_top_of_a_merge_that_was_killed_stays(kitchen, subject, capsys):
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    path = hook(kitchen, "post-merge", KILL["mmm"])
    killed(mmm(kitchen, "worktree", "merge", record.name))
    path.unlink()
    committed(kitchen, kitchen.repo, {"c": "on top\n"}, subject)
    head = kitchen.git("rev-parse", "HEAD")
    said = asked(capsys, kitchen, "worktree", "clean", "--merged-only")
    assert "other commits are on top" in said.stderr
    assert kitchen.git("rev-parse", "HEAD") == head


def test_a_merge_beside_that_was_killed_leaves_nothing(kitchen, capsys):
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    kitchen.git("switch", "-q", "-c", "other")
    tip = kitchen.git("rev-parse", "main")
    path = hook(kitchen, "post-merge", KILL["mmm and git"])
    killed(mmm(kitchen, "worktree", "merge", record.name))
    path.unlink()
    asked(capsys, kitchen, "worktree", "clean", "--merged-only")
    assert kitchen.git("rev-parse", "main") == tip
    assert len(kitchen.git("worktree", "list").splitlines()) == 2
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert kitchen.git("show", "main:a") == "new"


class Killed(BaseException):
    """The process is gone at this point."""


@pytest.mark.parametrize("point", ["throw_away", "_remove_folder", "delete_branch", "drop_record"])
@pytest.mark.parametrize("after", [False, True])
def test_a_removal_that_was_killed_is_finished(kitchen, point, after, monkeypatch, capsys):
    record = branched(kitchen, {"a": "new\n"})
    asked(capsys, kitchen, "worktree", "merge", record.name)
    real = getattr(cleaning, point)

    def dies(*arguments):
        if after:
            real(*arguments)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(cleaning, point, dies)
        with pytest.raises(Killed):
            asked(capsys, kitchen, "worktree", "clean", record.name)
    asked(capsys, kitchen, "worktree", "merge", "--all")
    assert not Path(record.path).exists()
    assert read_record(str(kitchen.repo / ".git"), record.name) is None
    assert kitchen.git("branch", "--list", "mmm-*") == ""
    assert len(kitchen.git("worktree", "list").splitlines()) == 1


def test_a_removal_by_force_that_was_killed_has_kept_the_work(kitchen, monkeypatch, capsys):
    record = branched(kitchen, {"a": "new\n"})
    tip = git(kitchen, record.path, "rev-parse", "HEAD")

    def dies(*arguments):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(cleaning, "delete_branch", dies)
        with pytest.raises(Killed):
            asked(capsys, kitchen, "worktree", "clean", record.name, "--force")
    assert asked(capsys, kitchen, "worktree", "clean", record.name).exit_code == 0
    kept = kitchen.git("for-each-ref", "--format=%(refname)", "refs/mmm/rescue").split()
    assert any(kitchen.git("log", "--format=%H", ref).split()[1] == tip for ref in kept)


@pytest.mark.parametrize("point", ["pre-merge-commit", "post-merge"])
@pytest.mark.parametrize("items", [(), ("--args", "one")])
def test_nothing_begins_on_top_of_a_merge_that_was_killed(kitchen, point, items, capsys):
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    path = hook(kitchen, point, KILL["mmm and git"])
    killed(mmm(kitchen, "worktree", "merge", record.name))
    path.unlink()
    kitchen.playbook.write_text("steps:\n  - shell: echo x > made\n")
    left = state_of(kitchen)
    refused = kitchen.cook(*items)
    assert refused.exit_code == 2
    assert (
        f"error: the merge of `{record.name}` into `main` was cut off in `{kitchen.repo}`" in refused.stderr
    )
    assert f"help: `mmm worktree merge {record.name}` takes it back and makes it anew" in refused.stderr
    assert "git merge --abort" not in refused.stderr
    assert state_of(kitchen) == left
    assert asked(capsys, kitchen, "worktree", "merge", record.name).exit_code == 0
    assert kitchen.cook(*items).exit_code == 0


def test_nothing_begins_in_the_middle_of_a_merge_of_another_mmm(kitchen):
    record = branched(kitchen, {"a": "new\n"}, {"b": "mine\n"})
    path = hook(kitchen, "post-merge", KILL["mmm and git"])
    killed(mmm(kitchen, "worktree", "merge", record.name))
    path.unlink()
    kitchen.playbook.write_text("steps:\n  - shell: echo x > made\n")
    with alone(str(kitchen.repo / ".git"), lambda: None):
        refused = kitchen.cook()
    assert refused.exit_code == 2
    assert f"error: the merge of `{record.name}` into `main` is under way in" in refused.stderr
    assert "help: wait for its end, and try again" in refused.stderr
