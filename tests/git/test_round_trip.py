"""The law of rollback: whatever a step does to files, its snapshot brings all of them back."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.git.conftest import new_tree

# Few names, so that operations meet: files, folders of the same name, ignored ones, odd ones.
NAMES = st.sampled_from(
    [
        "a",
        "a/b",
        "a/b/c",
        "d",
        "d/e",
        "run.sh",
        "src/app.py",
        "-x\n",
        "--force",
        ":(top)x",
        "*",
        os.fsdecode(b"\xff/y"),
        "notes.txt",
    ]
)
CONTENT = st.sampled_from([b"", b"one\n", b"two\n", b"\0\xff\r\n", b"one\ntwo"])
OPERATION = st.one_of(
    st.tuples(st.just("write"), NAMES, CONTENT),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("chmod"), NAMES, st.sampled_from([0o644, 0o755])),
    st.tuples(st.just("link"), NAMES, st.sampled_from(["a", "src", "nowhere", "../.."])),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("pipe"), NAMES, st.none()),
    st.tuples(st.just("ignore"), NAMES, st.sampled_from(["*", "", "a\n", "!*\n"])),
    st.tuples(st.just("commit"), NAMES, st.none()),
    st.tuples(st.just("add"), NAMES, st.none()),
    st.tuples(st.just("branch"), NAMES, st.none()),
    st.tuples(st.just("stash"), NAMES, st.none()),
    st.tuples(st.just("collect"), NAMES, st.none()),
    st.tuples(st.just("reset"), NAMES, st.sampled_from(["--hard", "--soft", "--mixed"])),
)
IGNORED = ("debug.log", "build/out.o", "build/deep/x")


def clear(path: Path) -> None:
    """Make room at a path, whatever is there or above it."""
    root = next(parent for parent in path.parents if (parent / ".git").exists())
    for parent in reversed(path.relative_to(root).parents[:-1]):
        place = root / parent
        if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
            place.unlink()
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)


def perform(tree, operation, counter) -> None:
    kind, name, detail = operation
    path = tree.root / name
    if kind == "write":
        clear(path)
        path.write_bytes(detail)
    elif kind == "delete":
        clear(path)
    elif kind == "chmod" and path.is_file() and not path.is_symlink():
        path.chmod(detail)
    elif kind == "link":
        clear(path)
        path.symlink_to(detail)
    elif kind == "pipe":
        clear(path)
        os.mkfifo(path)
    elif (
        kind == "rename"
        and os.path.lexists(path)
        and not name.startswith(detail)
        and not detail.startswith(name)
    ):
        clear(tree.root / detail)
        if os.path.lexists(path):
            os.rename(path, tree.root / detail)
    elif kind == "ignore":
        tree.write(".gitignore", detail)
    elif kind == "add" and os.path.lexists(path) and path.is_file() and not path.is_symlink():
        tree.git("--literal-pathspecs", "add", "-f", "--", name)
    elif kind == "commit":
        tree.git("commit", "-q", "--allow-empty", "-m", "by the step")
    elif kind == "stash":
        tree.git("stash", "-q")  # what is ignored no longer would go with the rest
    elif kind == "collect":
        tree.git("reflog", "expire", "--expire=now", "--all")
        tree.git("gc", "-q", "--prune=now")
    elif kind == "reset":
        tree.git("reset", "-q", detail, "HEAD")
    elif kind == "branch":
        tree.git("checkout", "-q", "-b", f"branch-{counter}")


def stamps(tree, names):
    """Inode, time and mode of each of these that is there: whether anybody touched it."""
    found = {name: os.lstat(tree.root / name) for name in names if os.path.lexists(tree.root / name)}
    return {name: (one.st_ino, one.st_mtime_ns, one.st_mode) for name, one in found.items()}


def visible(tree):
    """All that is not ignored by the rules the repository begins with."""
    return {name: value for name, value in tree.state().items() if name not in IGNORED}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    before=st.lists(
        OPERATION.filter(lambda o: o[0] in ("write", "link", "chmod", "add", "delete")), max_size=5
    ),
    after=st.lists(OPERATION, min_size=1, max_size=8),
)
def test_restore_brings_back_every_file_and_leaves_ignored_ones(tmp_path, before, after):
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        tree = new_tree(Path(folder) / "project")
        tree.write(".gitignore", "*.log\nbuild/\n")
        tree.write("src/app.py", "one\n")
        tree.write("run.sh", "#!/bin/sh\n", executable=True)
        tree.git("add", "-A")
        tree.commit("first")
        for name in (*IGNORED, "notes.txt"):
            tree.write(name, f"{name}\n")
        for counter, operation in enumerate(before):
            perform(tree, operation, counter)
        repository = tree.repository
        to = repository.snapshot(tree.index)
        repository.hold("refs/mmm/base/s/run", to)
        state = visible(tree)
        times = {name: os.stat(tree.root / name).st_mtime_ns for name in IGNORED}
        written = stamps(tree, state)
        for counter, operation in enumerate(after):
            perform(tree, operation, counter)

        untouched = {name for name, stamp in stamps(tree, state).items() if written[name] == stamp}
        repository.restore(to, tree.index)

        assert visible(tree) == state
        after_all = stamps(tree, state)
        assert {name: after_all[name] for name in untouched} == {name: written[name] for name in untouched}
        assert {name: os.stat(tree.root / name).st_mtime_ns for name in IGNORED} == times
        assert repository.snapshot(tree.index) == to
        assert repository.changed(to.head, tree.git("write-tree")) == ()
