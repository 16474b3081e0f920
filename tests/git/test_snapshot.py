"""The whole working state as a tree, without a trace in the user's index."""

from __future__ import annotations

import os
import subprocess

import pytest

from mmm_lang.git.changes import Change
from mmm_lang.git.errors import UnbornBranch, Unrecordable
from mmm_lang.git.ignore import write_ignore


def names(tree, treeish):
    return set(filter(None, tree.git("ls-tree", "-r", "-z", "--name-only", treeish).split("\0")))


def user_index(tree):
    file = tree.root / ".git" / "index"
    return file.read_bytes(), file.stat().st_mtime_ns


def test_tracked_and_untracked_are_in_and_ignored_is_not(tree):
    before = user_index(tree)
    tree.write("src/app.py", "changed\n")
    taken = tree.repository.snapshot(tree.index)
    assert (taken.head, taken.branch) == (tree.git("rev-parse", "HEAD"), "main")
    assert names(tree, taken.tree) == {".gitignore", "run.sh", "src/app.py", "notes.txt"}
    assert tree.git("show", f"{taken.tree}:src/app.py") == "changed"
    assert user_index(tree) == before
    assert tree.status() == [" M src/app.py", "?? notes.txt"]


def test_a_snapshot_follows_the_work_tree(tree):
    first = tree.repository.snapshot(tree.index).tree
    assert tree.repository.snapshot(tree.index).tree == first
    tree.write("notes.txt", "more\n")
    os.unlink(tree.root / "run.sh")
    tree.write("new", "new")
    second = tree.repository.snapshot(tree.index).tree
    assert tree.repository.changed(first, second) == (
        Change("A", "new"),
        Change("M", "notes.txt"),
        Change("D", "run.sh"),
    )


def test_a_change_of_the_same_size_in_the_same_moment_is_seen(tree):
    tree.write("twin", "aaaa")
    first = tree.repository.snapshot(tree.index).tree
    tree.write("twin", "bbbb")
    assert tree.repository.changed(first, tree.repository.snapshot(tree.index).tree) == (Change("M", "twin"),)


def test_flags_that_make_git_look_away_do_not_hide_changes(tree):
    tree.git("update-index", "--assume-unchanged", "src/app.py")
    tree.git("update-index", "--skip-worktree", "run.sh")
    tree.write("src/app.py", "changed\n")
    tree.write("run.sh", "changed\n")
    taken = tree.repository.snapshot(tree.index)
    assert {change.path for change in tree.repository.changed("HEAD", taken.tree)} >= {"src/app.py", "run.sh"}
    assert tree.git("ls-files", "-v", "src/app.py", "run.sh").split("\n") == ["S run.sh", "h src/app.py"]


def test_files_that_a_sparse_checkout_left_out_are_not_deleted(tree):
    tree.commit("more", **{"docs/a.md": "a", "src/b.py": "b"})
    tree.git("sparse-checkout", "set", "src")
    assert not (tree.root / "docs").exists()
    taken = tree.repository.snapshot(tree.index)
    assert "docs/a.md" in names(tree, taken.tree)
    tree.write("src/b.py", "changed")
    os.unlink(tree.root / "src/app.py")
    tree.repository.restore(taken, tree.index)
    assert tree.status() == ["?? notes.txt"]
    assert not (tree.root / "docs").exists()


@pytest.mark.parametrize(
    "setting",
    ["core.splitIndex=true", "core.untrackedCache=true", "feature.manyFiles=true", "core.safecrlf=true"],
)
def test_settings_of_large_repositories(tree, setting):
    name, _, value = setting.partition("=")
    tree.git("config", name, value)
    if name == "core.safecrlf":
        tree.git("config", "core.autocrlf", "true")
    tree.git("update-index", "--split-index") if name == "core.splitIndex" else tree.git("status")
    first = tree.repository.snapshot(tree.index)
    tree.write("src/app.py", "changed\n")
    tree.write("deep/er/new", "new\n")
    second = tree.repository.snapshot(tree.index)
    assert [change.path for change in tree.repository.changed(first.tree, second.tree)] == [
        "deep/er/new",
        "src/app.py",
    ]
    tree.repository.restore(first, tree.index)
    assert tree.status() == ["?? notes.txt"]


def test_intent_to_add_is_content(tree):
    tree.git("add", "-N", "notes.txt")
    taken = tree.repository.snapshot(tree.index)
    assert tree.git("show", f"{taken.tree}:notes.txt") == "mine"


def test_conflicts_in_the_users_index_are_no_obstacle(tree):
    tree.git("checkout", "-q", "-b", "side")
    tree.commit("theirs", a="theirs\n")
    tree.git("checkout", "-q", "main")
    tree.commit("ours", a="ours\n")
    subprocess.run(["git", "merge", "side"], cwd=tree.root, capture_output=True)
    taken = tree.repository.snapshot(tree.index)
    assert "<<<<<<<" in tree.git("show", f"{taken.tree}:a")
    assert tree.repository.staged_tree(tree.index) is None


def test_nested_repositories(tree):
    tree.git("init", "-q", "unborn")
    tree.write("unborn/file")
    tree.git("init", "-q", "nested")
    nested = ["-C", "nested", "-c", "user.name=a", "-c", "user.email=a@b"]
    tree.git(*nested, "commit", "-q", "--allow-empty", "-m", "x")
    taken = tree.repository.snapshot(tree.index)
    assert names(tree, taken.tree) == {".gitignore", "run.sh", "src/app.py", "notes.txt", "nested"}
    assert tree.git("ls-tree", taken.tree, "nested").startswith("160000 commit")


def test_a_pipe_in_place_of_a_tracked_file_is_a_missing_file(tree):
    first = tree.repository.snapshot(tree.index)
    os.unlink(tree.root / "run.sh")
    os.mkfifo(tree.root / "run.sh")
    os.mkfifo(tree.root / "other")
    second = tree.repository.snapshot(tree.index)
    assert tree.repository.changed(first.tree, second.tree) == (Change("D", "run.sh"),)


def test_a_file_that_git_cannot_record_is_an_error_and_never_left_out(tree):
    tree.git("config", "filter.lfs.clean", "false")
    tree.git("config", "filter.lfs.required", "true")
    tree.write(".gitattributes", "*.bin filter=lfs\n")
    tree.write("big.bin", "big")
    with pytest.raises(
        Unrecordable, match=r"git cannot record .*`big\.bin`.*: big\.bin: clean filter 'lfs' failed"
    ) as error:
        tree.repository.snapshot(tree.index)
    assert "big.bin" in error.value.paths


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_told_and_a_rollback_masters_it(tree):
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    os.chmod(tree.write("src/app.py", "changed\n"), 0)
    os.chmod(tree.write("locked"), 0)
    with pytest.raises(Unrecordable, match=r"`locked`, `src/app\.py`|`src/app\.py`, `locked`"):
        tree.repository.snapshot(tree.index)
    tree.repository.restore(to, tree.index)
    assert tree.state() == state


@pytest.mark.parametrize("place", ["project/.git/mmm/index", "elsewhere/session.snap"])
def test_a_lock_left_beside_our_own_index_is_removed(tree, tmp_path, place):
    index = str(tmp_path / place)
    tree.repository.snapshot(index)
    with open(index + ".lock", "w") as lock:
        lock.write("half")
    tree.write("new")
    taken = tree.hasty.snapshot(index)
    assert "new" in names(tree, taken.tree)
    assert not os.path.exists(index + ".lock")


def test_a_deleted_user_index_is_an_empty_one(tree):
    os.unlink(tree.root / ".git" / "index")
    taken = tree.repository.snapshot(tree.index)
    assert names(tree, taken.tree) == {".gitignore", "run.sh", "src/app.py", "notes.txt"}


def test_no_commit_no_snapshot_but_a_tree(empty):
    empty.write("a")
    with pytest.raises(UnbornBranch):
        empty.repository.snapshot(empty.index)
    assert names(empty, empty.repository.working_tree(empty.index)) == {"a"}


def test_own_files_are_ignored_without_a_trace(tree):
    before = tree.status()
    write_ignore(str(tree.root))
    tree.write(".mmm/state.json", "{}")
    tree.write(".mmm/context/analysis.json", "{}")
    assert tree.status() == before
    assert (tree.root / ".mmm/.gitignore").read_text() == "/context/\n/state.json\n/.gitignore\n"
    taken = tree.repository.snapshot(tree.index)
    assert not any(name.startswith(".mmm") for name in names(tree, taken.tree))
    tree.write(".mmm/.gitignore", "theirs\n")
    write_ignore(str(tree.root))
    assert (tree.root / ".mmm/.gitignore").read_text() == "theirs\n"


def test_a_step_that_removes_our_ignore_file_changes_nothing(tree):
    write_ignore(str(tree.root))
    tree.write(".mmm/state.json", "{}")
    first = tree.repository.snapshot(tree.index)
    os.unlink(tree.root / ".mmm/.gitignore")
    assert tree.repository.snapshot(tree.index).tree == first.tree


def test_a_file_where_our_folder_should_be_is_told(tree):
    tree.write(".mmm", "a file")
    with pytest.raises(Exception, match=r"\.gitignore` cannot be written.*make `\.mmm` a folder"):
        write_ignore(str(tree.root))


def test_changed_keeps_to_globs(tree):
    first = tree.repository.snapshot(tree.index).tree
    odd = [
        "a-improvements.md",
        "deep/b-improvements.md",
        "tests/x/test_a.py",
        "tests.py",
        "-dash",
        "src/new.py",
    ]
    for name in odd:
        tree.write(name)
    os.unlink(tree.root / "run.sh")
    second = tree.repository.snapshot(tree.index).tree

    def kept(*globs):
        return [change.path for change in tree.repository.changed(first, second, globs)]

    assert kept("*-improvements.md") == ["a-improvements.md", "deep/b-improvements.md"]
    assert kept("./x", "deep/*.md") == ["deep/b-improvements.md"]
    assert kept("tests/**") == kept("tests/") == ["tests/x/test_a.py"]
    assert kept("/*.py") == ["tests.py"]
    assert kept("tests/*.py") == []
    assert kept("**/*.py") == ["src/new.py", "tests.py", "tests/x/test_a.py"]
    assert kept("-dash", "run.sh") == ["-dash", "run.sh"]
    assert kept("!*.md", ":(exclude)x", "") == []
    assert kept() == sorted([*odd, "run.sh"])


def test_a_link_in_place_of_a_file_is_of_another_type(tree):
    first = tree.repository.snapshot(tree.index).tree
    os.unlink(tree.root / "run.sh")
    (tree.root / "run.sh").symlink_to("src/app.py")
    second = tree.repository.snapshot(tree.index).tree
    assert tree.repository.changed(first, second) == (Change("T", "run.sh"),)
