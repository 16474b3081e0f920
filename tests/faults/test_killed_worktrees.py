"""SIGKILL while a work tree is made for a session, merged or removed: the next command mends, and all goes on.

The names K15 to K17 are those of spec/durability.md. The way on is a command that is called again, and not `mmm resume`,
so these lives are led here and not by `lives`. `inside git.…` kills that git, too, at a system call of its own.
"""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path

import pytest
from attrs import define, field

from mmm_lang.worktrees.checks import checks_after_merge, written
from mmm_lang.worktrees.record import WorktreeRecord, read_record
from tests.cook.living import leftovers, sweep_up
from tests.faults.lives import BROKEN_OFF, point_by, quiet
from tests.faults.nursery import NEVER_ENDED, Nursery
from tests.faults.test_kill_points import needs_strace
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Cooked, Kitchen, playbook
from tests.support.plans import plan_of
from tests.support.worktrees import branched, state_of

pytestmark = linux

MADE = [
    "before file.record 1",
    "inside file.record 1",
    "after file.record 1",
    "inside git.worktree.add 1 rename:1",
    "inside git.worktree.add 1 rename:2",
    "inside git.worktree.add 1 unlink:1",
    "after git.worktree.add 1",
    "torn event.SessionStarted 1",
    "after event.SessionStarted 1",
    "inside file.record 2",
]
"""K15: of `mmm cook --worktree`."""

MERGED: dict[str, list[str]] = {
    "clean": [
        "inside git.update-ref 1 rename:1",
        "inside file.record 1",
        "after file.record 1",
        "inside git.merge 1 rename:1",
        "inside git.merge 1 rename:2",
        "inside git.merge 1 unlink:1",
        "after git.merge 1",
        "after event.SessionStarted 1",
        "after keeper.launch 1",
        "after event.SessionFinished 1",
        "after file.record 3",
        "inside git.update-ref 4 unlink:1",
        "after git.update-ref 4",
        "after file.record 4",
    ],
    "conflict": [
        "inside git.merge 1 openat:9",
        "inside git.read-tree 1 rename:1",
        "after git.read-tree 1",
        "after keeper.launch 1",
        "after event.StepRan 1",
        "before event.SessionStarted 2",
        "after event.SessionFinished 2",
    ],
    "beside": [
        "inside git.worktree.add 1 rename:1",
        "after git.worktree.add 1",
        "after git.merge 1",
        "inside git.worktree.remove 1 unlink:1",
    ],
}
"""K16: of `mmm worktree merge`, where git merges alone, where an agent resolves a conflict, and where the origin branch
is checked out nowhere."""

CLEANED: dict[str, list[str]] = {
    "merged": [
        "inside file.record 1",
        "after file.record 1",
        "inside git.worktree.remove 1 unlink:1",
        "inside git.update-ref 1 unlink:1",
        "inside git.update-ref 1 rename:1",
        "after git.update-ref 1",
    ],
    "by force": [
        "inside git.update-ref 1 rename:1",
        "after git.update-ref 1",
        "after git.update-ref 2",
    ],
}
"""K17: of `mmm worktree clean`, and of `clean --force` where there is work that nobody else has."""

WORKTREE_KILL_POINTS = {"K15": MADE, "K16": MERGED, "K17": CLEANED}

CHECKED = "max_iterations: 1\nuntil: {shell: test -e made}\nsteps:\n  - shell: echo x > made\n"
"""A playbook with a check that holds for what it makes."""

RESOLVES = """
name=$(git for-each-ref --format='%(refname:short)' 'refs/heads/mmm-*')
git rev-parse -q --verify MERGE_HEAD > /dev/null || git merge -q --no-ff --no-commit $name || true
printf 'ours\\ntheirs\\n' > text
git add text
git commit -q -m "Merge worktree $name into main"
"""
"""What the agent does about a conflict in ``text``."""


@define
class Commands:
    """A repository in which commands of mmm are called one after the other, some of which are killed."""

    nursery: Nursery
    kitchen: Kitchen
    passed: list[str] = field(factory=list)
    """The points of the last command, if it lived."""

    def call(self, *arguments: str, point: str = "") -> Cooked:
        """What a command of mmm in the repository answers; minus the signal's number is the exit code of a killed one."""
        born = self.nursery.start(
            [*arguments, "--path", str(self.kitchen.repo)],
            env=self.kitchen.env(MMM_API_WAIT="0.02"),
            cwd=self.kitchen.repo,
            folder=self.kitchen.folder,
            point=point,
        )
        code = born.wait()
        said = Cooked(code, born.out.read_text(), born.err.read_text())
        assert code not in (70, NEVER_ENDED), said
        assert "Traceback" not in said.stderr, said
        self.passed = born.points.read_text().splitlines() if born.points.exists() else []
        return said

    def killed(self, *arguments: str, point: str) -> None:
        """It dies there; what it left running has ended afterwards."""
        said = self.call(*arguments, point=point)
        assert said.exit_code == -signal.SIGKILL, (point, said)
        quiet(self.kitchen)

    def cook(self, *flags: str, point: str = "") -> Cooked:
        return self.call("cook", str(self.kitchen.playbook), "--worktree", *flags, point=point)

    def listed(self) -> dict[str, dict[str, object]]:
        """What `mmm worktree ls` says, by name."""
        said = self.call("worktree", "ls", "--format", "json")
        assert said.exit_code == 0, said
        return {one["name"]: one for one in json.loads(said.stdout)["worktrees"]}

    def merged(self, record: WorktreeRecord) -> None:
        """It is merged, exactly once, and nothing of the way there is left."""
        kitchen, origin = self.kitchen, "main"
        merges = kitchen.git("rev-list", "--merges", "--first-parent", "--parents", origin).splitlines()
        assert [line.split()[2] for line in merges] == [kitchen.git("rev-parse", record.name)]
        assert kitchen.git("show", f"{origin}:made") == "x"
        assert kitchen.git("show", f"{origin}:users") == "mine"
        now = read_record(str(kitchen.repo / ".git"), record.name)
        assert now is not None
        assert (now.merging, now.merged and now.merged.tip) == (None, kitchen.git("rev-parse", record.name))
        self.whole({str(kitchen.repo), record.path})

    def nothing_left(self) -> None:
        """No work tree of mmm's is there, and nothing that belonged to one."""
        kitchen = self.kitchen
        assert kitchen.git("for-each-ref", "refs/heads/mmm-*") == ""
        records = kitchen.repo / ".git" / "mmm" / "worktrees"
        assert [one.name for one in records.glob("mmm-*")] == []
        folder = kitchen.folder / "home" / ".mmm" / "worktrees" / "repo"
        eventually(
            lambda: not folder.exists() or not list(folder.glob("*mmm-*"))
        )  # files go in the background
        assert list((kitchen.repo / ".git").glob("worktrees/*")) == []
        self.whole({str(kitchen.repo)})

    def whole(self, work_trees: set[str]) -> None:
        """These work trees are there and no others; nothing runs, is locked, broken or held; the user's files are his."""
        kitchen = self.kitchen
        assert leftovers(kitchen) == []
        locks = (path.relative_to(kitchen.repo / ".git") for path in (kitchen.repo / ".git").rglob("*.lock"))
        assert {str(path) for path in locks} <= {
            "mmm/worktrees/records.lock"
        }  # of which the system knows the holder
        assert [str(path) for path in (kitchen.repo / ".git" / "mmm" / "worktrees").glob("*.tmp")] == []
        assert [str(path) for path in (kitchen.repo / ".git" / "mmm" / "worktrees").glob("*.index*")] == []
        assert kitchen.git("for-each-ref", "refs/mmm/base") == ""
        listed = kitchen.git("worktree", "list", "--porcelain").splitlines()
        assert {line.split(" ", 1)[1] for line in listed if line.startswith("worktree ")} == work_trees
        assert not (kitchen.repo / ".git" / "MERGE_HEAD").exists()
        assert kitchen.git("status", "--porcelain") == "?? mine"
        assert (kitchen.repo / "mine").read_bytes() == b"mine \xff\r\n"
        assert kitchen.git("fsck", "--no-dangling", "--strict") == ""


@pytest.fixture
def commands(nursery, tmp_path, monkeypatch):
    kitchen = playbook(tmp_path, CHECKED)
    kitchen.with_command("mmm-merge-worktree").with_file("text", "start\n")
    kitchen.scenario.on_regex("", sh=RESOLVES, text="done", cost=0.25)
    (kitchen.repo / "mine").write_bytes(b"mine \xff\r\n")
    for name, value in kitchen.env().items():
        monkeypatch.setenv(name, value)
    yield Commands(nursery, kitchen)
    sweep_up(kitchen)


def _cases(points: dict[str, list[str]]):
    for kind, those in points.items():
        for point in those:
            marks = [needs_strace] if point.startswith("inside git") else []
            yield pytest.param(kind, point, id=f"{kind}-{point}".replace(" ", "_"), marks=marks)


# --- made ---


def kill_the_making(commands: Commands, point: str) -> None:
    """Kill `mmm cook --worktree`; see that the list tells of it, that `clean` removes it, and that the next one works."""
    kitchen = commands.kitchen
    before = state_of(kitchen)
    commands.killed("cook", str(kitchen.playbook), "--worktree", point=point)
    found = commands.listed()
    assert len(found) <= 1
    began = any(
        (one / "journal.jsonl").read_bytes().count(b"\n") for one in kitchen.sessions() if any(one.iterdir())
    )
    if began and any(one["sessions"] for one in found.values()):
        [name] = found
        assert commands.call("worktree", "clean", name).exit_code == 2  # its session can go on
        assert commands.call("resume").exit_code == 0
        assert commands.call("worktree", "merge", name).exit_code == 0
        assert kitchen.git("show", "main:made") == "x"
    assert commands.call("worktree", "clean", "--all").exit_code == 0
    if not began:
        assert state_of(kitchen) == before
    commands.nothing_left()
    assert commands.cook("--yes").exit_code == 0
    assert kitchen.git("show", "main:made") == "x"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "point"), list(_cases({"made": MADE})))
def test_killed_while_a_worktree_is_made(commands, kind: str, point: str) -> None:
    kill_the_making(commands, point)


# --- merged ---


def to_be_merged(kitchen: Kitchen, kind: str) -> WorktreeRecord:
    there = {"made": "x\n"} | ({"text": "theirs\n"} if kind == "conflict" else {})
    here = {"users": "mine\n"} | ({"text": "ours\n"} if kind == "conflict" else {})
    (kitchen.repo / "mine").rename(kitchen.folder / "mine")  # it is in no commit
    record = branched(kitchen, there, here, checks=written(checks_after_merge(plan_of(CHECKED), None)))
    (kitchen.folder / "mine").rename(kitchen.repo / "mine")
    if kind == "beside":
        kitchen.git("switch", "-q", "-c", "other")
    return record


def merge_again(commands: Commands, record: WorktreeRecord) -> None:
    said = commands.call("worktree", "merge", record.name)
    assert said.exit_code == 0, said
    commands.merged(record)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "point"), list(_cases(MERGED)))
def test_killed_while_it_is_merged(commands, kind: str, point: str) -> None:
    record = to_be_merged(commands.kitchen, kind)
    commands.killed("worktree", "merge", record.name, point=point)
    merge_again(commands, record)
    if kind == "conflict":
        assert commands.kitchen.git("show", "main:text") == "ours\ntheirs"
        assert 1 <= len(commands.kitchen.scenario.receipts()) <= 2


@needs_strace
@pytest.mark.slow
def test_killed_again_while_a_merge_is_taken_back(commands) -> None:
    record = to_be_merged(commands.kitchen, "clean")
    commands.killed("worktree", "merge", record.name, point="after git.merge 1")
    for point in ("inside git.read-tree 1 unlink:1", "after git.read-tree 1", "inside file.record 1"):
        commands.killed("worktree", "merge", record.name, point=point)
    merge_again(commands, record)


@pytest.mark.slow
def test_what_the_user_does_between_the_death_and_the_next_command_stays(commands) -> None:
    """As far as it can be told from what the merge did: here that had not begun."""
    kitchen = commands.kitchen
    record = to_be_merged(kitchen, "clean")
    commands.killed("worktree", "merge", record.name, point="before git.merge 1")
    (kitchen.repo / "notes").write_text("new\n")
    (kitchen.repo / "README").write_text("edited\n")
    before = state_of(kitchen)
    said = commands.call("worktree", "merge", record.name)
    assert said.exit_code == 2, said
    assert "`README`" in said.stderr
    assert state_of(kitchen) == before


# --- removed ---


def kill_the_removal(commands: Commands, kind: str, point: str) -> None:
    kitchen = commands.kitchen
    record = to_be_merged(kitchen, "clean")
    tip = kitchen.git("rev-parse", record.name)
    flags = [record.name]
    if kind == "merged":
        assert commands.call("worktree", "merge", record.name).exit_code == 0
    else:
        Path(record.path, "late").write_text("not committed\n")
        flags.append("--force")
    commands.killed("worktree", "clean", *flags, point=point)
    assert set(commands.listed()) <= {record.name}
    said = commands.call("worktree", "clean", *flags)
    assert said.exit_code == 0 or "there is no worktree" in said.stderr, said
    commands.nothing_left()
    if kind == "by force":
        kept = kitchen.git("for-each-ref", "--format=%(refname)", "refs/mmm/rescue").split()
        assert tip in kitchen.git("log", "--format=%H", kept[0])
        assert kitchen.git("show", f"{kept[0]}:late") == "not committed"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "point"), list(_cases(CLEANED)))
def test_killed_while_it_is_removed(commands, kind: str, point: str) -> None:
    kill_the_removal(commands, kind, point)


# --- anywhere ---


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("FAULTS_KILLS", "4"))))
def test_a_worktree_command_is_killed_at_random_points(commands, nursery, tmp_path, seed: int) -> None:
    """At any of all the points that a merge passes, which are found out by one that lives."""
    dice = random.Random(f"worktrees {os.environ.get('FAULTS_SEED', '0')} {seed}")
    kind = dice.choice(sorted(MERGED))
    record = to_be_merged(commands.kitchen, kind)
    (tmp_path / "other").mkdir()
    other = _another(commands, tmp_path / "other")
    twin = to_be_merged(other.kitchen, kind)
    assert other.call("worktree", "merge", twin.name).exit_code == 0
    other.merged(twin)
    point = point_by(dice, other.passed, (*BROKEN_OFF[:-1], "mkdir:1"))
    print(kind, point)
    commands.killed("worktree", "merge", record.name, point=point)
    merge_again(commands, record)


def _another(commands: Commands, folder: Path) -> Commands:
    kitchen = playbook(folder, CHECKED)
    kitchen.with_command("mmm-merge-worktree").with_file("text", "start\n")
    kitchen.scenario.on_regex("", sh=RESOLVES, text="done", cost=0.25)
    (kitchen.repo / "mine").write_bytes(b"mine \xff\r\n")
    return Commands(commands.nursery, kitchen)
