"""What a step can do to the repository it works in, and what becomes of the session: never a corrupted one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.cooking import Cooked, Kitchen, playbook


def step(folder: Path, script: str, more: str = "") -> Kitchen:
    """A kitchen with one shell step, a history of two commits, and a file of the user's that nobody committed."""
    lines = "".join(f"      {line}\n" for line in script.strip().splitlines())
    kitchen = playbook(folder, f"steps:\n  - shell: |\n{lines}{more}")
    kitchen.with_file("code", "one\n")
    (kitchen.repo / "notes").write_text("mine\n")
    return kitchen


def is_whole(kitchen: Kitchen) -> None:
    """The user's branch, a repository without faults, no lock, nothing under way, and the user's file."""
    assert kitchen.git("symbolic-ref", "HEAD") == "refs/heads/main"
    kitchen.git("fsck", "--strict", "--no-dangling")
    git_dir = kitchen.repo / ".git"
    assert list(git_dir.glob("*.lock")) + list((git_dir / "refs").rglob("*.lock")) == []
    assert not any(
        (git_dir / name).exists() for name in ("MERGE_HEAD", "rebase-merge", "BISECT_LOG", "sequencer")
    )
    assert (kitchen.repo / "notes").read_text() == "mine\n"


def failed(kitchen: Kitchen, words: str) -> Cooked:
    """The session failed for that reason, all is as before, and a rescue ref holds what the step did."""
    head = kitchen.git("rev-parse", "HEAD")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1, cooked
    assert words in cooked.stdout
    is_whole(kitchen)
    assert kitchen.git("rev-parse", "HEAD") == head
    assert kitchen.git("status", "--porcelain") == "?? notes"
    assert (kitchen.repo / "code").read_text() == "one\n"
    return cooked


def succeeded(kitchen: Kitchen) -> Cooked:
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    is_whole(kitchen)
    return cooked


SIDE = "git checkout -qb side; echo s > code; git commit -qam s; git checkout -q main; echo m > code; git commit -qam m"


@pytest.mark.parametrize(
    "script",
    [
        "git commit -q --amend -m other",
        "git reset -q --hard HEAD~1",
        f"{SIDE}; git rebase side || true",
        "git checkout -q -b other; echo x > x; git add x; git commit -qm x",
        "git checkout -q --detach; git branch -q -D main",
        "git stash -q -u; git reset -q --hard HEAD~1; git reflog expire --expire=now --all; git gc -q --prune=now",
    ],
)
def test_head_moved_elsewhere_fails_the_step_and_is_undone(tmp_path: Path, script: str) -> None:
    kitchen = step(tmp_path, script)
    failed(kitchen, "it moved HEAD elsewhere")
    [undone] = kitchen.of_kind("rolled_back")[:1]
    assert undone["why"] == "head-moved"


@pytest.mark.parametrize(
    ("script", "what"),
    [
        (f"{SIDE}; git merge side || true", "a merge"),
        (f"{SIDE}; git cherry-pick side || true", "a cherry-pick"),
        (
            "echo two > code; git commit -qam two; echo three > code; git revert HEAD || true\ngit stash -q\n"
            "git commit -q --allow-empty -m x; git revert --no-commit HEAD",
            "a revert",
        ),
        ("git bisect start", "a bisect"),
    ],
)
def test_an_operation_that_is_not_ended_fails_the_step(tmp_path: Path, script: str, what: str) -> None:
    failed(step(tmp_path, script), f"it left what it began: {what} is under way")


@pytest.mark.parametrize(
    "script",
    [
        "git config core.bare true",
        "git config core.worktree /nowhere",
        "echo '[broken' >> .git/config",
    ],
)
def test_settings_that_would_shut_the_repository_are_put_back(tmp_path: Path, script: str) -> None:
    kitchen = step(tmp_path, f"echo x > x; {script}")
    before = (kitchen.repo / ".git" / "config").read_bytes()
    cooked = succeeded(kitchen)
    assert "a step changed git's settings so that git no longer opened" in cooked.stderr
    assert (kitchen.repo / ".git" / "config").read_bytes() == before
    assert kitchen.subjects()[-1].startswith("mmm: echo x")


def test_other_settings_are_the_steps_to_make(tmp_path: Path) -> None:
    kitchen = step(tmp_path, "git remote add upstream /elsewhere; git config user.nickname x; echo x > x")
    assert succeeded(kitchen).stderr == ""
    assert kitchen.git("remote") == "upstream"


@pytest.mark.parametrize("script", ["rm .git/index", "echo nonsense > .git/index"])
def test_an_index_that_a_step_destroyed_is_made_anew(tmp_path: Path, script: str) -> None:
    kitchen = step(tmp_path, f"{script}; echo x > x")
    assert "a step destroyed git's index" in succeeded(kitchen).stderr
    assert kitchen.git("status", "--porcelain") == "?? notes"
    assert kitchen.git("show", "--format=", "--name-only") == "x"


def test_locks_that_a_step_left_are_removed(tmp_path: Path) -> None:
    names = ".git/index.lock .git/HEAD.lock .git/packed-refs.lock .git/config.lock .git/refs/heads/main.lock"
    succeeded(step(tmp_path, f"touch {names}; echo x > x"))


def test_a_lock_that_is_there_before_anything_runs_is_told(tmp_path: Path) -> None:
    kitchen = step(tmp_path, "echo x > x")
    lock = kitchen.repo / ".git" / "index.lock"
    lock.touch()
    cooked = kitchen.cook()
    assert cooked.exit_code == 2
    assert f"git is locked by `{lock}`" in cooked.stderr
    assert kitchen.sessions() == []
    assert lock.exists()


def test_garbage_collection_in_a_step_takes_nothing_that_is_needed(tmp_path: Path) -> None:
    """The second step throws all unreferenced objects away, those of the first one's base too; then all goes back."""
    collect = "git reflog expire --expire=now --all; git gc -q --prune=now"
    kitchen = playbook(
        tmp_path,
        f"""
        - {{shell: "echo a > a", commit: false}}
        - shell: "echo b >> b; git add -A; git commit -qm b; {collect}; test $(wc -l < b) = 99"
          retry: {{attempts: 2}}
          on_failure:
            - {{shell: "{collect}; git reset -q --hard HEAD~1; {collect}", commit: false}}
        """,
    )
    (kitchen.repo / "notes").write_text("mine\n")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1, cooked
    assert "had to stop" not in cooked.stderr
    is_whole(kitchen)
    assert kitchen.git("status", "--porcelain") == "?? notes"


def test_a_filter_that_fails_fails_the_step_and_its_files_are_kept_as_they_are(tmp_path: Path) -> None:
    kitchen = step(
        tmp_path,
        "git config filter.x.clean false; git config filter.x.required true\n"
        "echo '*.x filter=x' > .gitattributes; printf 'a\\r\\n' > a.x",
    )
    failed(kitchen, "the files cannot be added: a.x: clean filter 'x' failed")
    event = kitchen.of_kind("rolled_back")[-1]
    assert kitchen.git("cat-file", "-s", f"{event['rescue']}:a.x") == "3"


def test_a_repository_that_a_step_cloned_into_the_tree_is_not_committed_but_told(tmp_path: Path) -> None:
    kitchen = step(tmp_path, "git clone -q . inner; echo x > x")
    cooked = succeeded(kitchen)
    assert "`inner` is a repository of its own that a step made, and was not committed" in cooked.stderr
    assert kitchen.git("show", "--format=", "--name-only") == "x"
    assert (kitchen.repo / "inner" / "code").exists()


@pytest.mark.parametrize("script", ["git clean -qfdx", "git stash -q -u", "echo theirs > notes"])
def test_the_users_file_that_a_step_took_away_is_kept(tmp_path: Path, script: str) -> None:
    kitchen = step(tmp_path, f"{script}; echo y > y")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert "steps changed what you had not committed, `notes`" in cooked.stderr
    [ref] = kitchen.git("for-each-ref", "--format=%(refname)", "refs/mmm").split()
    assert kitchen.git("show", f"{ref}:notes") == "mine"
    assert kitchen.git("status", "--porcelain") == ""


def test_a_rescue_reference_that_was_dropped_frees_no_number(tmp_path: Path) -> None:
    first = "git for-each-ref --count 1 --format='%(refname)' refs/mmm/rescue"
    script = "echo x >> ../runs; echo theirs > notes; echo y > y\ntest $(wc -l < ../runs) = 3 || exit 1\n"
    kitchen = step(
        tmp_path, f"{script}git update-ref -d $({first})", "    retry: {attempts: 3, backoff: 0s}\n"
    )
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked
    assert "steps changed what you had not committed, `notes`" in cooked.stderr
    kept = kitchen.git("for-each-ref", "--format=%(refname)", "refs/mmm").split()
    assert [ref.rpartition("/")[2] for ref in kept] == ["2", "3"]
    assert kitchen.git("show", f"{kept[-1]}:notes") == "mine"


HARMLESS = """
git tag release; git branch more; git branch -f more HEAD~1
git worktree add -q ../beside -b beside; git worktree prune
git gc -q --prune=now
git update-index --assume-unchanged code
mkfifo pipe; mkdir -p empty/folder; chmod 000 code; chmod 644 code
echo x > .git/info/exclude; printf '#!/bin/sh\\n' > .git/hooks/post-commit; chmod +x .git/hooks/post-commit
git commit -q --allow-empty -m empty
echo y > y
"""


def test_what_harms_nobody_stays(tmp_path: Path) -> None:
    kitchen = step(tmp_path, HARMLESS)
    succeeded(kitchen)
    assert kitchen.git("show", "HEAD:y") == "y"
    assert kitchen.subjects()[-2] == "empty"
    assert kitchen.git("rev-parse", "more") == kitchen.git("rev-parse", "HEAD~3")


@pytest.mark.parametrize("script", ["rm -rf .git", "rm -rf .git/objects"])
def test_a_repository_that_is_gone_stops_the_session_with_a_sentence(tmp_path: Path, script: str) -> None:
    kitchen = step(tmp_path, script)
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 1
    assert "error: the session had to stop: " in cooked.stderr
    assert (kitchen.repo / "notes").read_text() == "mine\n"
    assert (kitchen.repo / "code").read_text() == "one\n"


def test_a_work_tree_that_removes_itself(tmp_path: Path) -> None:
    kitchen = step(tmp_path, "git worktree remove --force .")
    subprocess.run(
        ["git", "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "linked"],
        cwd=kitchen.repo,
        env=kitchen.env(),
        check=True,
    )
    command = [str(tmp_path / "linked") if word == str(kitchen.repo) else word for word in kitchen.command()]
    done = subprocess.run(command, env=kitchen.env(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "the session had to stop: " in done.stderr
    is_whole(kitchen)


def test_git_variables_of_the_caller_redirect_nothing(tmp_path: Path) -> None:
    kitchen = step(tmp_path, "echo x > x; git add x; git commit -qm 'by the step'; echo y > y")
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(["git", "init", "-q", str(elsewhere)], check=True)
    cooked = kitchen.cook(
        "-n",
        "1",
        GIT_DIR=str(elsewhere / ".git"),
        GIT_INDEX_FILE=str(elsewhere / "index"),
        GIT_WORK_TREE=str(elsewhere),
    )
    assert cooked.exit_code == 0, cooked
    assert kitchen.subjects()[-2] == "by the step"
    assert kitchen.git("show", "--format=", "--name-only") == "y"
