"""Git's own locks: waited for with a bound, then named; and many who commit at once in one repository."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mmm_lang.git.errors import GitError, Locked
from mmm_lang.git.holders import gits_at

WORKER = """
import sys
from mmm_lang.git.repository import Repository
root, index, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
repository = Repository.find(root)
for number in range(rounds):
    base = repository.snapshot(index)
    repository.hold(f"refs/mmm/base/{sys.argv[4]}/run", base)
    with open(f"{root}/file-{number}", "w") as file:
        file.write(f"{root} {number}")
    now = repository.snapshot(index)
    paths = [change.path for change in repository.changed(base.tree, now.tree)]
    repository.commit(paths, f"round {number}")
    repository.rescue(f"refs/mmm/rescue/{sys.argv[4]}/{number}", now, "kept")
repository.release_below(f"refs/mmm/base/{sys.argv[4]}")
"""


def committing(tree, names: list[str]) -> pytest.ExceptionInfo[GitError]:
    for name in names:
        lock = tree.root / ".git" / name
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.write_text("")
    tree.write("src/app.py", "changed\n")
    with pytest.raises(GitError) as error:
        tree.hasty.commit(["src/app.py"], "step")
    for name in names:
        assert (tree.root / ".git" / name).exists()
    return error


@pytest.mark.parametrize("name", ["index.lock", "HEAD.lock", "refs/heads/main.lock"])
def test_each_lock_is_waited_for_named_and_never_removed(tree, name):
    error = committing(tree, [name])
    assert isinstance(error.value, Locked)
    assert f"git is locked by `{tree.root}/.git/{name}`" in str(error.value)
    assert error.value.path == f"{tree.root}/.git/{name}"


def test_a_lock_of_packed_refs_stops_the_deletion_of_refs_with_its_name(tree):
    repository = tree.hasty
    base = tree.repository.snapshot(tree.index)
    repository.hold("refs/mmm/base/s/run", base)
    tree.git("pack-refs", "--all")
    (tree.root / ".git" / "packed-refs.lock").write_text("")
    with pytest.raises(Locked, match=r"packed-refs\.lock"):
        repository.release("refs/mmm/base/s/run")
    (tree.root / ".git" / "packed-refs.lock").unlink()
    repository.release("refs/mmm/base/s/run")
    assert tree.git("for-each-ref", "refs/mmm") == ""


def test_a_lock_of_the_settings_is_nobodys_business(tree):
    (tree.root / ".git" / "config.lock").write_text("")
    assert tree.hasty.preconditions(False) == ()
    assert tree.hasty.commit(["notes.txt"], "step")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_who_may_hold_it_is_named(tree):
    waiting = subprocess.Popen(["git", "cat-file", "--batch"], cwd=tree.root / "src", stdin=subprocess.PIPE)
    try:
        (tree.root / ".git" / "index.lock").write_text("")
        [problem] = tree.hasty.preconditions(True)
        assert problem.message.startswith(f"git is locked by `{tree.root}/.git/index.lock`, ")
        assert problem.help == (
            f"`git cat-file --batch` (process {waiting.pid}) may hold it; wait for that, or end it"
        )
    finally:
        assert waiting.stdin is not None
        waiting.stdin.close()
        waiting.wait()
    assert gits_at([str(tree.root)]) == ()
    [problem] = tree.hasty.preconditions(True)
    assert "no git is running in this repository" in problem.help


def test_a_lock_that_goes_away_while_a_session_begins_is_no_problem(tree):
    lock = tree.root / ".git" / "index.lock"
    lock.write_text("")
    timer = threading.Timer(0.3, lock.unlink)
    timer.start()
    assert tree.repository.preconditions(False) == ()
    timer.join()


def test_ten_who_commit_at_once_while_somebody_packs_and_collects(tree, tmp_path):
    rounds, roots = 3, [tmp_path / f"tree-{number}" for number in range(10)]
    for root in roots:
        tree.git("worktree", "add", "-q", str(root), "-b", root.name)
    source = str(Path(__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": source}
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                WORKER,
                str(root),
                str(tmp_path / f"{root.name}.index"),
                str(rounds),
                root.name,
            ],
            env=env,
            stderr=subprocess.PIPE,
        )
        for root in roots
    ]
    while any(worker.poll() is None for worker in workers):
        for command in (["pack-refs", "--all"], ["gc", "-q"], ["worktree", "prune"]):
            subprocess.run(["git", *command], cwd=tree.root, capture_output=True)
    said = [worker.communicate()[1].decode() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(roots), said
    for root in roots:
        assert tree.git("log", "--format=%s", "-3", root.name).split("\n") == [
            "round 2",
            "round 1",
            "round 0",
        ]
        assert tree.git("show", f"{root.name}:file-2") == f"{root} 2"
    assert len(tree.repository.list_rescues()) == rounds * len(roots)
    assert tree.git("for-each-ref", "refs/mmm/base") == ""
    tree.git("fsck", "--no-dangling")


def test_objects_that_somebody_collected_are_made_again(tree):
    """Another session's `git gc --prune=now` takes what only our index names."""
    repository = tree.repository
    tree.write("big", "mine\n" * 100)
    first = repository.snapshot(tree.index)
    tree.git("gc", "-q", "--prune=now")
    tree.write("src/app.py", "changed\n")
    second = repository.snapshot(tree.index)
    assert tree.git("show", f"{second.tree}:big") == ("mine\n" * 100).strip("\n")
    assert first.tree != second.tree
