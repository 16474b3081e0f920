"""Every kind of repository and setting: a step is committed, another is undone, and all files are as they were."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.git.conftest import Tree, new_tree

FILTERS = "*.up filter=upper\n*.id ident\n*.sub export-subst\n*.16 working-tree-encoding=UTF-16LE\n*.crlf eol=crlf\n"


def filled(tree: Tree) -> Tree:
    tree.write(".gitignore", "*.log\n")
    tree.write("src/app.py", "one\n")
    tree.write("run.sh", "#!/bin/sh\n", executable=True)
    (tree.root / "link").symlink_to("src")
    tree.git("add", "-A")
    tree.commit("first")
    tree.write("debug.log", "ignored\n")
    tree.write("notes.txt", "mine\n")
    tree.write("mine.sh", "mine\n", executable=True)
    (tree.root / "dangling").symlink_to("no/where")
    return tree


def made(root: Path, *options: str) -> Tree:
    root.mkdir(parents=True)
    tree = Tree(root)
    done = subprocess.run(["git", "init", "-q", "-b", "main", *options], cwd=root, capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"this git does not know {options}")
    tree.git("config", "user.name", "Ada")
    tree.git("config", "user.email", "ada@example.com")
    return tree


def from_another(tmp_path: Path, *options: str) -> Tree:
    """A clone, of what kind ``options`` say."""
    origin = filled(new_tree(tmp_path / "origin"))
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.commit("second", **{"src/app.py": "one\n", "more": "2\n"})
    subprocess.run(
        ["git", "clone", "-q", *options, f"file://{origin.root}", str(tmp_path / "clone")], check=True
    )
    tree = Tree(tmp_path / "clone")
    tree.git("config", "user.name", "Ada")
    tree.git("config", "user.email", "ada@example.com")
    tree.write("notes.txt", "mine\n")
    return tree


def cycle(tree: Tree) -> None:
    """One step that works and one that fails."""
    repository = tree.repository
    assert repository.preconditions(False) == ()
    first = repository.snapshot(tree.index)
    tree.write("src/app.py", "two\n")
    tree.write("new.txt", "new\n")
    second = repository.snapshot(tree.index)
    paths = [change.path for change in repository.changed(first.tree, second.tree)]
    assert paths == ["new.txt", "src/app.py"]
    new = repository.commit(paths, "step\n\nMmm-Step: a\n")
    assert [commit.sha for commit in repository.commits_between(first.head, new)] == [new]

    to = repository.snapshot(tree.index)
    repository.hold("refs/mmm/base/s/step", to)
    state, status = tree.state(), tree.status()
    before = {name: os.lstat(tree.root / name) for name in state}
    for name in state:
        if name.startswith((".gitignore", "debug.log", "src", "more", "untouched")):
            continue
        path = tree.root / name
        if path.is_symlink() or not path.is_dir():
            path.unlink()
    tree.write("src/app.py", "three\n")
    tree.write("left", "left\n")
    tree.commit("by the step")
    failed = repository.snapshot(tree.index)
    repository.rescue("refs/mmm/rescue/s/1", failed, "kept")
    assert tree.git("show", "refs/mmm/rescue/s/1:left") == "left"
    repository.restore(to, tree.index)
    assert tree.state() == state
    assert tree.status() == status
    assert repository.snapshot(tree.index) == to
    repository.release("refs/mmm/base/s/step")
    # the attributes were gone for a while: to git, a file that a filter reads had other contents then
    same = [
        name for name in state if name.startswith(("debug.log", "untouched")) and not name.endswith(".up")
    ]
    assert [name for name in same if os.lstat(tree.root / name).st_mtime_ns != before[name].st_mtime_ns] == []
    assert [name for name in same if os.lstat(tree.root / name).st_ino != before[name].st_ino] == []
    tree.git("fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize(
    "options", [("--object-format=sha256",), ("--ref-format=reftable",), ("--shared=group",)], ids=str
)
def test_formats(tmp_path, options):
    cycle(filled(made(tmp_path / "project", *options)))


@pytest.mark.parametrize(
    "options", [("--depth=1",), ("--filter=blob:none",), ("--shared",), ("--single-branch",)], ids=str
)
def test_clones(tmp_path, options):
    cycle(from_another(tmp_path, *options))


@pytest.mark.parametrize(
    "setting",
    [
        "core.fileMode=false",
        "core.ignoreCase=true",
        "core.symlinks=false",
        "core.untrackedCache=true",
        "core.splitIndex=true",
        "core.fsmonitor=true",
        "core.logAllRefUpdates=false",
        "feature.manyFiles=true",
        "submodule.recurse=true",
        "status.showUntrackedFiles=no",
        "diff.ignoreSubmodules=all",
        "gc.auto=1",
        "extensions.worktreeConfig=true",
        "core.bigFileThreshold=1",
    ],
)
def test_settings(empty, setting):
    tree = filled(empty)
    name, _, value = setting.partition("=")
    tree.git("config", name, value)
    tree.git("update-index", "--refresh")
    cycle(tree)


def test_a_watcher_of_files_that_sees_nothing(empty):
    tree = filled(empty)
    script = tree.root / ".git" / "watcher"
    script.write_text("#!/bin/sh\nprintf '%s\\0' \"token\"\n")
    script.chmod(0o755)
    tree.git("config", "core.fsmonitor", str(script))
    tree.git("status")
    cycle(tree)


@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_line_ends_that_a_checkout_would_write(empty, autocrlf):
    """Bit for bit where the file is as a checkout writes it; the limit is in test_rollback."""
    tree = filled(empty)
    tree.git("config", "core.autocrlf", autocrlf)
    tree.git("config", "core.safecrlf", "true")
    native = b"a\r\nb\r\n" if autocrlf == "true" else b"a\nb\n"
    for name in ("src/app.py", ".gitignore", "run.sh", "notes.txt", "mine.sh"):
        file = tree.root / name
        file.write_bytes(
            native if name != ".gitignore" else b"*.log" + native[-2 if autocrlf == "true" else -1 :]
        )
    tree.git("add", "-u")
    tree.git("commit", "-q", "--allow-empty", "-m", "line ends")
    tree.write("binary", b"\0\r\n\n\r")
    repository = tree.repository
    to = repository.snapshot(tree.index)
    state = tree.state()
    for name in ("src/app.py", "run.sh", "notes.txt", "mine.sh", "binary"):
        os.unlink(tree.root / name)
    repository.restore(to, tree.index)
    assert tree.state() == state
    assert repository.snapshot(tree.index) == to


def test_mixed_line_ends_without_conversion(empty):
    tree = filled(empty)
    tree.write("mixed", b"a\r\nb\nc\rd")
    tree.write("src/app.py", b"a\r\nb\n")
    tree.git("add", "src/app.py")
    tree.git("commit", "-qm", "mixed")
    cycle_state = tree.state()
    to = tree.repository.snapshot(tree.index)
    for name in ("mixed", "src/app.py"):
        tree.write(name, "flat\n")
    tree.repository.restore(to, tree.index)
    assert tree.state() == cycle_state


def test_filters_and_attributes(empty):
    tree = filled(empty)
    tree.git("config", "filter.upper.clean", "tr a-z A-Z")
    tree.git("config", "filter.upper.smudge", "tr A-Z a-z")
    tree.git("config", "filter.upper.required", "true")
    tree.write(".gitattributes", FILTERS)
    tree.write("a.up", "text\n")
    tree.write("a.16", "text\n".encode("utf-16-le"))
    tree.write("a.crlf", b"a\r\nb\r\n")
    tree.write("a.sub", "$Format:%H$\n")
    tree.git("add", "-A", "--", ".gitattributes", "a.*")
    tree.git("commit", "-qm", "attributes")
    tree.write("b.up", "mine\n")
    tree.write("b.16", "mine\n".encode("utf-16-le"))
    tree.write("b.crlf", b"mine\r\n")
    tree.write("untouched.up", "mine\n")
    cycle(tree)


@pytest.mark.parametrize("how", ["*.txt text eol=crlf\n", "* -text\n", "*.txt filter=upper\n"])
def test_attributes_that_a_step_brings_change_nothing_that_comes_back(empty, how):
    tree = filled(empty)
    tree.git("config", "filter.upper.clean", "tr a-z A-Z")
    tree.git("config", "filter.upper.smudge", "tr A-Z a-z")
    tree.write("a.txt", "A\nB\n")
    tree.git("add", "a.txt")
    tree.git("commit", "-qm", "a")
    to = tree.repository.snapshot(tree.index)
    state = tree.state()
    tree.write(".gitattributes", how)
    tree.write("a.txt", b"changed\r\n")
    tree.write("notes.txt", b"changed\r\n")
    tree.commit("attributes", **{".gitattributes": how})
    tree.repository.snapshot(tree.index)
    tree.repository.restore(to, tree.index)
    assert tree.state() == state
    assert tree.repository.snapshot(tree.index) == to


@pytest.mark.parametrize(
    "where", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"]
)
def test_variables_that_redirect_git(empty, tmp_path, monkeypatch, where):
    tree = filled(empty)
    new_tree(tmp_path / "other")
    value = {"GIT_NAMESPACE": "x"}.get(where, str(tmp_path / "other" / ".git"))
    real = tree.git
    monkeypatch.setenv(where, value)

    def clean(*args: str, stdin: bytes | None = None) -> str:
        with monkeypatch.context() as context:
            context.delenv(where)
            return real(*args, stdin=stdin)

    monkeypatch.setattr(tree, "git", clean)
    cycle(tree)


def test_tracing_and_colours_of_the_user(empty, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_TRACE2", str(tmp_path / "trace"))
    monkeypatch.setenv("GIT_PAGER", "false")
    monkeypatch.setenv("GIT_EDITOR", "false")
    monkeypatch.setenv("GIT_FLUSH", "0")
    monkeypatch.setenv("LANGUAGE", "de")
    cycle(filled(empty))
