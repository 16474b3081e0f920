"""How long the work trees of a map's items take: made fresh, taken over, removed.

A repository with many small files is made in a temporary folder (``--files``, default 50,000), and each way is gone
``--rounds`` times (default 5), one after another; printed are the least and the median of wall time in milliseconds. What
is removed goes in the background, so that a fresh one right after a removal shares the disk with it. Run ``python
benchmarks/worktrees.py`` from a checkout with mmm installed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.giving_back import release_item
from mmm_lang.worktrees.items import ItemTree, make_item
from mmm_lang.worktrees.record import WorktreeRecord
from mmm_lang.worktrees.trash import has_trash, throw_away

_CHANGED = 20
"""Files that an item changes."""


def main() -> None:
    """Measure, and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mmm-bench-") as folder:
        environ = {**os.environ, "MMM_HOME": os.path.join(folder, "mmm")}
        repository = _repository(Path(folder) / "repo", arguments.files)
        print(f"{arguments.files} files, Python {platform.python_version()}, {os.cpu_count()} processors")
        for name, times in _measured(repository, environ, arguments.rounds).items():
            least, median = min(times) * 1000, statistics.median(times) * 1000
            print(f"{name:44} least {least:8.0f} ms   median {median:8.0f} ms")


def _measured(repository: Repository, environ: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round, by what was done."""
    times: dict[str, list[float]] = {}
    numbers = iter(range(1, 1_000_000))

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        times.setdefault(name, []).append(time.monotonic() - began)

    def made() -> ItemTree:
        return make_item(repository, _template(next(numbers)), environ)

    for _ in range(rounds):
        with timed("fresh, nothing else under way"):
            tree = made()
        with timed("removed by git, as a comparison"):
            _git(repository.root, "worktree", "remove", "--force", tree.record.path)
    for _ in range(rounds):
        tree = made()
        with timed("removed by mmm, until the command ends"):
            throw_away(repository.git, tree.record.path)
        with timed("fresh, right after a removal"):
            tree = made()
        throw_away(repository.git, tree.record.path)
        with timed("until the removed files are gone"):
            _wait(os.path.dirname(tree.record.path))
    tree = made()
    for number in range(rounds):
        _work(tree.record.path, number)
        with timed("given back"):
            why = release_item(repository, tree.record.name)
        assert why is None, why
        with timed("taken over by the next item"):
            tree = made()
        assert tree.how == "reused"
    return times


def _template(number: int) -> WorktreeRecord:
    name = f"mmm-bench-1700000000-{number}"
    return WorktreeRecord(
        name=name, path="", playbook="bench", created=0.0, origin="main", commit="", map="bench"
    )


def _repository(root: Path, files: int) -> Repository:
    """A repository with that many files of 200 bytes in folders of 100, and its one commit."""
    for number in range(files):
        path = root / f"folder-{number // 100}" / f"file-{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" * (200 // len(f"{number}\n")))
    _git(root, "init", "-q", "-b", "main")
    _git(root, "config", "user.name", "Bench")
    _git(root, "config", "user.email", "bench@example.com")
    (root / ".gitignore").write_text("/target/\n")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "files")
    return Repository.find(str(root))


def _work(path: str, number: int) -> None:
    """What an item does: some files changed and committed, some built that are ignored."""
    for index in range(_CHANGED):
        Path(path, "folder-0", f"file-{index}").write_text(f"by item {number}\n")
    built = Path(path, "target")
    built.mkdir(exist_ok=True)
    (built / f"object-{number}").write_text("built\n")
    _git(path, "commit", "-qam", f"item {number}")


def _wait(folder: str) -> None:
    while has_trash(folder):
        time.sleep(0.01)


def _git(place: str | Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=place, check=True)


if __name__ == "__main__":
    main()
