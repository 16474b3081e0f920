"""Back to a snapshot: everything that a step did is undone, nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from attrs import evolve

from mmm_lang.git.errors import GitError


def stamps(tree):
    """Inode and time of every file outside `.git`: whether anybody wrote it."""
    return {
        name: (found.st_ino, found.st_mtime_ns)
        for name in tree.state()
        for found in [os.lstat(tree.root / name)]
    }


def test_files_come_back_and_the_rest_is_not_touched(tree):
    tree.write("src/other.py", "other\n")
    to = tree.repository.snapshot(tree.index)
    state, times = tree.state(), stamps(tree)
    tree.write("src/app.py", "broken\n")
    os.unlink(tree.root / "run.sh")
    tree.write("notes.txt", "overwritten\n")
    tree.write("new/deep/file", "new\n")
    tree.repository.restore(to, tree.index)
    assert tree.state() == state
    assert not (tree.root / "new").exists()
    touched = {name for name, stamp in stamps(tree).items() if times[name] != stamp}
    assert touched == {"src/app.py", "run.sh", "notes.txt"}
    assert tree.status() == ["?? notes.txt", "?? src/other.py"]


def test_nothing_to_do_writes_nothing(tree):
    to = tree.repository.snapshot(tree.index)
    times, log = stamps(tree), tree.git("reflog")
    tree.repository.restore(to, tree.index)
    tree.repository.restore(to, tree.index)
    assert (stamps(tree), tree.git("reflog")) == (times, log)


def test_commits_of_the_step_go_and_the_reflog_says_so(tree):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    tree.commit("by the agent", **{"src/app.py": "x\n", "more.py": "y\n"})
    tree.repository.restore(to, tree.index)
    assert tree.state() == state
    assert tree.repository.head().commit == to.head
    assert tree.status() == ["?? notes.txt"]
    assert tree.git("reflog", "-1", "--format=%gs", "main") == "mmm: back to where the step began"


@pytest.mark.parametrize(
    "move", ["other branch", "detached", "orphan", "branch deleted", "amended", "renamed"]
)
def test_head_moved_elsewhere_comes_back(tree, move):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    if move == "orphan":
        tree.git("checkout", "-q", "--orphan", "fresh")
        tree.git("rm", "-rqf", "--", "src")
    elif move == "amended":
        tree.git("commit", "-q", "--amend", "-m", "another history")
    elif move == "renamed":
        tree.git("branch", "-m", "main", "trunk")
    else:
        tree.git("checkout", "-q", *(["--detach"] if move == "detached" else ["-b", "side"]))
        tree.commit("elsewhere", more="x")
        if move == "branch deleted":
            tree.git("branch", "-q", "-D", "main")
    for _ in range(2):
        tree.repository.restore(to, tree.index)
        assert (tree.repository.head().commit, tree.repository.head().branch) == (to.head, "main")
        assert tree.state() == state
        assert tree.status() == ["?? notes.txt"]


def test_a_detached_head_comes_back_detached(tree):
    tree.git("checkout", "-q", "--detach")
    to = tree.repository.snapshot(tree.index)
    tree.git("checkout", "-q", "main")
    tip = tree.commit("on main", more="x")
    tree.repository.restore(to, tree.index)
    assert (tree.repository.head().commit, tree.repository.head().branch) == (to.head, None)
    assert tree.git("rev-parse", "main") == tip


@pytest.mark.parametrize(
    "command",
    [
        ["merge", "side"],
        ["rebase", "side"],
        ["rebase", "--apply", "side"],
        ["cherry-pick", "side~1", "side"],
        ["revert", "--no-edit", "HEAD~1"],
        ["bisect", "start", "HEAD", "HEAD~2"],
    ],
)
def test_an_operation_that_a_step_left_behind_is_forgotten(tree, command):
    tree.git("checkout", "-q", "-b", "side")
    tree.commit("theirs", a="theirs\n")
    tree.commit("theirs again", a="theirs again\n")
    tree.git("checkout", "-q", "main")
    tree.commit("ours", a="ours\n")
    tree.commit("ours again", a="ours again\n")
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    subprocess.run(["git", *command], cwd=tree.root, capture_output=True)
    assert any("under way" in problem.message for problem in tree.repository.preconditions(False))
    tree.repository.restore(to, tree.index)
    assert tree.repository.preconditions(False) == ()
    assert tree.state() == state
    assert tree.repository.head().branch == "main"


def test_file_folder_and_link_change_places_and_back(tree):
    tree.commit("base", **{"file": "1", "folder/a": "1", "folder/b/c": "1", "linked/a": "1", "deep/x/y": "1"})
    (tree.root / "link").symlink_to("src")
    (tree.root / "dangling").symlink_to("no\nwhere")
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    os.unlink(tree.root / "file")
    tree.write("file/inside/deep", "2")
    shutil.rmtree(tree.root / "folder")
    tree.write("folder", "2")
    shutil.rmtree(tree.root / "linked")
    (tree.root / "linked").symlink_to("src")
    os.unlink(tree.root / "link")
    tree.write("link/a", "2")
    os.unlink(tree.root / "dangling")
    (tree.root / "dangling").mkdir()
    shutil.rmtree(tree.root / "deep")
    (tree.root / "deep" / "x" / "y" / "z").mkdir(parents=True)
    os.unlink(tree.root / "run.sh")
    os.mkfifo(tree.root / "run.sh")
    shutil.rmtree(tree.root / "src")
    os.mkfifo(tree.root / "src")
    tree.repository.restore(to, tree.index)
    assert tree.state() == state
    assert tree.git("show", "HEAD:src/app.py") + "\n" == (tree.root / "src/app.py").read_text()


def test_odd_names_come_back(tree):
    odd = ["-rf", "line\nend", 'quo"te', "*", ":(glob)x", os.fsdecode(b"latin-\xe9"), " lead", "-d/ir\n/-f"]
    for name in odd:
        tree.write(name, "odd\n")
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    for name in odd[::2]:
        os.unlink(tree.root / name)
    for name in odd[1::2]:
        tree.write(name, "changed\n")
    tree.write("--new\n", "new\n")
    tree.repository.restore(to, tree.index)
    assert tree.state() == state


def test_modes_come_back(tree):
    tree.write("mine.sh", "x", executable=True)
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    os.chmod(tree.root / "run.sh", 0o644)
    os.chmod(tree.root / "mine.sh", 0o644)
    os.chmod(tree.root / "src/app.py", 0o755)
    tree.repository.restore(to, tree.index)
    assert tree.state() == state


@pytest.mark.parametrize("how", ["deleted", "emptied", "replaced by a folder"])
def test_ignored_files_outlive_a_step_that_stops_ignoring_them(tree, how):
    tree.write("vendor/.gitignore", "/cache\n!*.log\n")
    tree.write("vendor/cache/big", "cached")
    tree.write("vendor/kept.log", "seen by git\n")
    tree.git("add", "-A")
    tree.commit("vendor")
    to = tree.repository.snapshot(tree.index)
    state, times = tree.state(), stamps(tree)
    for name in (".gitignore", "vendor/.gitignore"):
        os.unlink(tree.root / name)
        if how == "emptied":
            tree.write(name, "")
        elif how == "replaced by a folder":
            tree.write(name + "/file", "")
    tree.write("build/more.o", "made by the step, ignored at the snapshot")
    tree.write("result.txt", "made by the step\n")
    tree.write("vendor/more.log", "made by the step\n")
    seen = tree.repository.changed(to.tree, tree.repository.snapshot(tree.index).tree)
    assert {"debug.log", "vendor/cache/big"} <= {change.path for change in seen}
    tree.repository.restore(to, tree.index)
    assert tree.state() == state | {
        "build/more.o": ("file", b"made by the step, ignored at the snapshot", False)
    }
    for name in ("debug.log", "build/out.o", "vendor/cache/big"):
        assert stamps(tree)[name] == times[name]
    assert tree.repository.snapshot(tree.index) == to


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_files_ignored_by_the_repositorys_own_exclude_file_outlive_a_step_that_changes_it(tree, how):
    exclude = tree.root / ".git" / "info" / "exclude"
    exclude.write_text("secret.env\n")
    tree.write("secret.env", "keep me\n")
    to = tree.repository.snapshot(tree.index)
    state, times = tree.state(), stamps(tree)
    exclude.unlink() if how == "deleted" else exclude.write_text("")
    tree.write("made.txt", "by the step\n")
    tree.repository.restore(to, tree.index)
    assert tree.state() == state
    assert stamps(tree)["secret.env"] == times["secret.env"]


def test_a_nested_repository_that_was_ignored_stays(tree):
    tree.write(".gitignore", "vendored/\n")
    tree.commit("ignore")
    tree.git("init", "-q", "vendored")
    nested = ["-C", "vendored", "-c", "user.name=a", "-c", "user.email=a@b"]
    tree.git(*nested, "commit", "-q", "--allow-empty", "-m", "x")
    tree.write("vendored/file", "x")
    to = tree.repository.snapshot(tree.index)
    os.unlink(tree.root / ".gitignore")
    tree.repository.restore(to, tree.index)
    assert (tree.root / "vendored/file").exists()
    assert tree.repository.snapshot(tree.index) == to


def test_files_that_a_step_has_ignored_come_back_too(tree):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    tree.write(".gitignore", "*\n")
    tree.write("notes.txt", "overwritten\n")
    tree.git("rm", "-q", "--cached", "src/app.py")
    os.unlink(tree.root / "src/app.py")
    tree.repository.snapshot(tree.index)  # the deletion is on record
    tree.write("src/app.py", "hidden\n")
    tree.repository.restore(to, tree.index)
    assert tree.state() == state


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folders_of_a_step_go(tree):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    tree.write("cache/v1/module", "x")
    os.chmod(tree.root / "cache/v1", 0o555)
    os.chmod(tree.root / "cache", 0o555)
    tree.repository.restore(to, tree.index)
    assert tree.state() == state


def test_a_file_that_cannot_be_removed_is_told(tree, monkeypatch):
    to = tree.repository.snapshot(tree.index)
    repository = tree.repository
    # A git that removes nothing and only warns, as it does for a folder of another user.
    real = shutil.which("git")
    program = tree.root.parent / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in *read-tree*) echo "warning: unable to unlink \'new\': Permission denied" >&2; exit 0;; esac\n'
        f'exec {real} "$@"\n'
    )
    program.chmod(0o755)
    tree.write("new", "x")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(GitError, match=r"cannot be put back.*unable to unlink 'new'"):
        repository.restore(to, tree.index)


def test_what_a_step_made_and_had_ignored_goes(tree):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    tree.write(".gitignore", "*\n")
    tree.write("made/by/step", "x")
    tree.write("more.log", "ignored before and after")
    tree.repository.restore(to, tree.index)
    assert tree.state() == state | {"more.log": ("file", b"ignored before and after", False)}


def test_an_empty_repository_folder_of_a_step_stays_and_harms_nothing(tree):
    to = tree.repository.snapshot(tree.index)
    tree.git("init", "-q", "nested")
    tree.write("src/app.py", "x")
    tree.repository.restore(to, tree.index)
    assert tree.repository.snapshot(tree.index) == to


def test_what_the_user_had_staged_comes_back_staged(tree):
    tree.write("src/app.py", "staged\n")
    tree.write("added.py", "added\n")
    tree.git("add", "src/app.py", "added.py")
    tree.write("src/app.py", "and more\n")
    before = tree.status(), tree.git("diff", "--cached")
    repository = tree.repository
    to = evolve(repository.snapshot(tree.index), staged=repository.staged_tree(tree.index))
    tree.git("add", "-A")
    tree.commit("all in")
    repository.restore(to, tree.index)
    assert (tree.status(), tree.git("diff", "--cached")) == before
    assert (tree.root / "src/app.py").read_text() == "and more\n"


def test_a_missing_session_index_is_made_anew(tree):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    os.unlink(tree.index)
    tree.write("src/app.py", "x")
    tree.write("new", "x")
    tree.repository.restore(to, tree.index)
    assert tree.state() == state


def test_a_rollback_killed_half_way_is_finished_by_the_next(tree):
    for number in range(20):
        tree.write(f"many/{number}", "one\n")
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    shutil.rmtree(tree.root / "many")
    tree.write("src/app.py", "x")
    tree.write("left", "x")
    tree.git("checkout", "-q", "-b", "side")
    tree.repository.snapshot(tree.index)
    # As a killed `read-tree -u` leaves it: some files written, the index and its lock not.
    tree.write("many/3", "one\n")
    tree.write("many/4", "half")
    with open(tree.index + ".lock", "w") as lock:
        lock.write("half")
    tree.git("symbolic-ref", "HEAD", "refs/heads/main")
    tree.hasty.restore(to, tree.index)
    assert tree.state() == state


def test_crlf_files_come_back_as_a_checkout_writes_them(tree):
    """The one limit of "bit for bit": what `core.autocrlf` would rewrite on checkout, it rewrites here too."""
    tree.git("config", "core.autocrlf", "true")
    tree.write("crlf.txt", b"one\r\ntwo\r\n")
    tree.write("unix.txt", b"one\ntwo\n")
    tree.write("quiet.txt", b"one\ntwo\n")
    to = tree.repository.snapshot(tree.index)
    os.unlink(tree.root / "crlf.txt")
    os.unlink(tree.root / "unix.txt")
    tree.repository.restore(to, tree.index)
    assert (tree.root / "crlf.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert (tree.root / "unix.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert (tree.root / "quiet.txt").read_bytes() == b"one\ntwo\n"  # untouched, so as it was


def test_a_snapshot_whose_objects_are_gone_is_told(tree):
    to = evolve(tree.repository.snapshot(tree.index), tree="1" * 40)
    with pytest.raises(GitError):
        tree.repository.restore(to, tree.index)


def test_in_a_linked_work_tree_the_main_one_is_not_touched(tree, tmp_path):
    from tests.git.conftest import Tree

    tree.git("worktree", "add", "-q", str(tmp_path / "other"), "-b", "side")
    other = Tree(tmp_path / "other")
    other.write("mine", "mine")
    index = str(tmp_path / "index")
    to = other.repository.snapshot(index)
    state, main = other.state(), tree.state()
    other.commit("step", **{"src/app.py": "x"})
    os.unlink(other.root / "mine")
    other.repository.restore(to, index)
    assert (other.state(), tree.state()) == (state, main)
    assert tree.git("symbolic-ref", "HEAD") == "refs/heads/main"
