"""Several at once: in one work tree, in one repository; and locks of git that somebody else holds."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from mmm_lang.git.repository import Repository
from tests.cook.living import open_gate
from tests.faults.lives import PLAIN, SESSION, WAITING, quiet
from tests.process.programs import eventually
from tests.process.test_leftovers import linux

pytestmark = linux


def test_of_ten_at_once_one_runs_and_the_others_are_told_who(live) -> None:
    life = live(WAITING)
    born = [life.start("cook") for _ in range(10)]
    eventually(lambda: sum(one.err.exists() and one.err.read_text() != "" for one in born) == 9)
    (life.folder / "gate").touch()
    parts = [life.end(one) for one in born]
    assert sorted(part.code for part in parts) == [0] + [2] * 9
    [session] = life.began()
    for part in parts:
        if part.code == 2:
            assert f"session {session.name} (process " in part.err
            assert "is running in this work tree" in part.err
    assert life.paid() == 1
    quiet(life.kitchen)
    life.whole()


def test_of_several_that_resume_at_once_one_does(live, undisturbed) -> None:
    original, life = undisturbed(SESSION), live(SESSION)
    life.end(life.start("cook", "after event.StepRan 1"))
    parts = [life.end(one) for one in [life.start("resume") for _ in range(6)]]
    codes = sorted(part.code for part in parts)
    assert codes == [0] + [2] * 5, parts
    assert life.story() == original.story()
    assert life.receipts() == original.receipts()
    quiet(life.kitchen)
    life.whole()


def test_sessions_in_many_work_trees_of_one_repository(live, undisturbed) -> None:
    life, number = live(PLAIN), 6
    kitchen = life.kitchen
    trees = [life.folder / f"tree-{one}" for one in range(number)]
    for tree in trees:
        kitchen.git("worktree", "add", "-q", "-b", tree.name, str(tree), "main")
    born = [
        life.nursery.start(
            ["cook", str(kitchen.playbook), "-n", "1", "--path", str(tree)],
            env=kitchen.env(),
            cwd=tree,
            folder=life.folder,
        )
        for tree in trees
    ]
    born[0].send(signal.SIGKILL)
    packing = subprocess.run(
        ["git", "-c", "gc.auto=0", "pack-refs", "--all"], cwd=kitchen.repo, capture_output=True, check=False
    )
    assert packing.returncode in (0, 1, 128)  # it may have met a lock
    parts = [life.end(one) for one in born]
    assert [part.code for part in parts[1:]] == [0] * (number - 1), [part.err for part in parts]
    while parts[0].code != 0:
        parts[0] = life.end(_again(life, trees[0]))
    wanted = undisturbed(PLAIN).commits()[-3:]
    for tree in trees:
        log = kitchen.git("log", "-3", "--reverse", "--format=%T", tree.name).split()
        assert log == [tree_ for tree_, _, _ in wanted], tree
        assert (
            subprocess.run(["git", "status", "--porcelain"], cwd=tree, capture_output=True, check=True).stdout
            == b""
        )
    assert len(kitchen.scenario.receipts()) in (number, number + 1)
    quiet(kitchen)
    assert kitchen.git("fsck", "--no-dangling") == ""


def _again(life, tree: Path):
    """Resume what was killed there, or begin where nothing had."""
    for command in (["resume"], ["cook", str(life.kitchen.playbook), "-n", "1"]):
        born = life.nursery.start(
            [*command, "--path", str(tree)], env=life.kitchen.env(), cwd=tree, folder=life.folder
        )
        if born.wait() == 0 or command[0] == "cook":
            return born
    raise AssertionError("unreachable")


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock", "refs/heads/main.lock"])
def test_a_lock_that_somebody_holds_for_a_moment_is_waited_for(live, undisturbed, name: str) -> None:
    life = live(PLAIN)
    hook = life.kitchen.repo / ".git" / "hooks" / "post-commit"
    gate = life.folder / "hook-gate"
    subprocess.run(["mkfifo", gate], check=True)
    lock = life.kitchen.repo / ".git" / name
    # after the first commit of mmm somebody takes the lock, and gives it back when he is told to
    lines = [
        'test -n "$MMM_STEP" && exit 0',
        "rm -f $0",
        f"( cat {gate}; sleep 0.3; rm {lock} ) > /dev/null 2>&1 &",  # long enough for a git to meet it
        f"touch {lock}.wanted",
    ]
    hook.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    hook.chmod(0o755)
    born = life.start("cook")
    eventually(Path(f"{lock}.wanted").exists)
    lock.touch()
    open_gate(gate)
    part = life.end(born)
    Path(f"{lock}.wanted").unlink()
    assert part.code == 0, part
    assert [one[0] for one in life.commits()] == [one[0] for one in undisturbed(PLAIN).commits()]
    quiet(life.kitchen)
    life.whole()


def test_a_lock_of_a_ref_is_not_removed_while_a_git_works_in_another_work_tree(live) -> None:
    life = live(PLAIN)
    kitchen, other = life.kitchen, life.folder / "other"
    kitchen.git("worktree", "add", "-q", "-b", "other", str(other), "main")
    shared, own = (kitchen.repo / ".git" / name for name in ("refs/heads/other.lock", "index.lock"))
    for lock in (shared, own):
        lock.touch()
    repository = Repository.find(str(kitchen.repo))
    working = subprocess.Popen(["git", "cat-file", "--batch"], cwd=other, stdin=subprocess.PIPE)
    try:
        assert repository.clear_left_locks(0, time.time() + 1) == (str(own),)
        assert shared.exists()
    finally:
        assert working.stdin is not None
        working.stdin.close()
        working.wait()
    assert repository.clear_left_locks(0, time.time() + 1) == (str(shared),)
