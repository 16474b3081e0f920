"""A map as its coordinator sees it: its items by number, each with a work tree under its name."""

from __future__ import annotations

import os
from pathlib import Path

from mmm_lang.git.linked import work_trees
from mmm_lang.git.repository import Repository
from mmm_lang.worktrees.giving_back import close_items, release_item
from mmm_lang.worktrees.items import item_name, item_stem, make_item
from mmm_lang.worktrees.making import remember_session
from mmm_lang.worktrees.record import WorktreeRecord, alone, read_record
from tests.support.worktrees import committed, git

MAP = "20260101T000000-aaaaaa"


def template(name, origin="main", commit=""):
    return WorktreeRecord(
        name=name, path="", playbook="test", created=0.0, origin=origin, commit=commit, map=MAP
    )


class Map:
    """A map as its coordinator sees it: items by number."""

    def __init__(self, kitchen):
        self.kitchen = kitchen
        self.environ = {**kitchen.env(), "MMM_HOME": str(kitchen.folder / "home" / ".mmm")}
        self.repository = Repository.find(str(kitchen.repo))
        self.common = self.repository.common_dir
        self.stem = item_stem(self.repository, "test", 1708123456)

    def name(self, index):
        return item_name(self.stem, index)

    def make(self, index, **more):
        return make_item(self.repository, template(self.name(index), **more), self.environ)

    def release(self, index):
        return release_item(self.repository, self.name(index))

    def work(self, index, files=None):
        """What a session of the item leaves: a journal, and a commit."""
        record = read_record(self.common, self.name(index))
        session = f"{MAP}-{index:03}"
        remember_session(self.common, record.name, session)
        folder = Path(self.common) / "mmm" / "sessions" / session
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "journal.jsonl").touch()
        committed(self.kitchen, record.path, files or {f"made-{index}": "x\n"}, f"item {index}")

    def close(self):
        with alone(self.common, lambda: None):
            return close_items(self.repository, MAP)

    def trees(self):
        """The linked work trees that are there."""
        return [one for one in work_trees(self.repository.git) if not one.main and os.path.isdir(one.path)]


def is_sound(over, made, index):
    """It is on its branch, with nothing in it that is in no commit."""
    inner = Repository.find(made.record.path)
    assert inner.head().branch == over.name(index) == made.record.name
    assert git(over.kitchen, inner.root, "status", "--porcelain") == ""
    assert read_record(over.common, made.record.name) == made.record
    assert made.record.stage == "held"
    return inner


class Killed(BaseException):
    """The process is gone at this point."""
