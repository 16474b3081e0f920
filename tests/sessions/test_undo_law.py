"""The law of undo: whatever the commits of a session did to files, undoing them gives back the tree before."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mmm_lang.git.repository import Repository
from mmm_lang.runtime.events import (
    JOURNAL_VERSION,
    Base,
    IterationStarted,
    SessionStarted,
    StepCommitted,
    StepStarted,
)
from mmm_lang.runtime.journal import Journal
from mmm_lang.sessions.folders import SessionFolder
from mmm_lang.sessions.record import read_record
from mmm_lang.sessions.undoing import undo
from tests.cli.test_undo import photograph
from tests.git.test_round_trip import CONTENT, NAMES, perform
from tests.support.cooking import Kitchen, playbook

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, CONTENT),
        st.tuples(st.just("delete"), NAMES, st.none()),
        st.tuples(st.just("chmod"), NAMES, st.sampled_from([0o644, 0o755])),
        st.tuples(st.just("link"), NAMES, st.sampled_from(["a", "src", "nowhere", "../.."])),
        st.tuples(st.just("rename"), NAMES, NAMES),
        st.tuples(st.just("ignore"), NAMES, st.sampled_from(["", "a\n", "!*\n"])),
    ),
    max_size=6,
)


class Tree:
    """What ``perform`` works on."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: str) -> None:
        (self.root / name).write_text(content)


def ignored_in(kitchen: Kitchen) -> set[str]:
    """The files there that git ignores, and does not track."""
    listed = kitchen.git("ls-files", "-z", "--others", "--ignored", "--exclude-standard")
    return {path for path in listed.split("\0") if path}


@given(OPERATIONS, OPERATIONS)
@example([("write", "a", b"one\n"), ("ignore", "a", "a\n")], [("ignore", "a", "")])
@example([("write", "a", b""), ("ignore", "a", "a\n")], [("delete", "a", None)])
@example([], [("write", "a", b""), ("ignore", "a", "a\n")])
@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
def test_undo_gives_back_what_was_there(before, during):
    with tempfile.TemporaryDirectory() as scratch:
        kitchen = playbook(Path(scratch), "")
        tree = Tree(kitchen.repo)
        for operation in before:
            perform(tree, operation, 0)
        kitchen.git("add", "-A")
        kitchen.git("commit", "-q", "--allow-empty", "-m", "before")
        repository = Repository.find(str(kitchen.repo))
        head = repository.head()
        folder = os.path.join(repository.common_dir, "mmm", "sessions", "s1")
        os.makedirs(folder)
        index = os.path.join(folder, "index")
        base = Base(head.commit, repository.snapshot(index).tree, head.branch)
        was = photograph(kitchen.repo)
        ignored = ignored_in(kitchen)

        for operation in during:
            perform(tree, operation, 0)
        # what it did to ignored files is in no commit, and nobody can give them back
        now = photograph(kitchen.repo)
        lost = {path for path in ignored | ignored_in(kitchen) if now.get(path) != was.get(path)}
        kitchen.git("add", "-A")
        kitchen.git("commit", "-q", "--allow-empty", "-m", "the session's")
        made = repository.head().commit
        journal = Journal(folder, lambda: 1.0)
        for event in (
            SessionStarted("s1", "p.yml", "p", base, 1, version=JOURNAL_VERSION),
            IterationStarted(1, base),
            StepStarted("work", (), 1, base, 1),
            StepCommitted("work", (), 1, (made,)),
        ):
            journal.append(event)
        journal.close()

        undone = undo(repository, read_record(SessionFolder("s1", folder), frozenset()), lambda: 2.0)
        assert undone.done
        assert repository.head() == head
        back = photograph(kitchen.repo)
        assert {path: back.get(path) for path in back.keys() | was.keys() if path not in lost} == {
            path: was[path] for path in was if path not in lost
        }
        assert kitchen.git("status", "--porcelain", "--untracked-files=no") == ""
        assert kitchen.git("rev-parse", f"{undone.rescue}^") == made
