"""SIGKILL while a map runs: its opening, its items, their worktrees, merges and `reduce:`; resumed, it ends as if nothing
had happened.

A life of a map is killed several times in a row, each part of it at the next point. In place and with several lanes it
is the same playbook, so that nothing but the way there differs. The names K20 and K24 to K26 are those of
spec/durability.md.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from mmm_lang.maps.journal import read_map
from mmm_lang.runtime.journal import read_journal
from tests.faults.lives import Life, Script, buried_at_last, point_by, quiet
from tests.faults.test_kill_points import needs_strace
from tests.process.programs import eventually
from tests.process.test_leftovers import linux

pytestmark = linux

TEXT = """
map:
  over: {shell: "cat ready"}
  setup:
    - {id: ready, shell: "printf 'a\\\\nb\\\\nc\\\\n' > ready", commit_message: ready}
steps:
  - {id: pay, claude: "/mmm-pay ${ARG}"}
  - {id: after, shell: "echo $INDEX of $TOTAL > after-$ARG", commit_message: "did ${ARG}"}
reduce:
  - {id: sum, claude: "/mmm-sum"}
  - {id: all, shell: "ls after-* paid-* > all; echo ${map.succeeded} >> all", commit_message: reduced}
"""

AGENT = "echo paid > paid-${MMM_SESSION##*-}"

IN_PLACE = Script("in-place", TEXT, AGENT, ())
LANES = Script("lanes", TEXT, AGENT, ("--parallel", "3", "--yes"))

MAP_KILL_POINTS: dict[str, list[tuple[Script, str, tuple[str, ...]]]] = {
    "K20": [  # around each event of the map's journal
        (
            IN_PLACE,
            "mmm",
            (
                "before event.MapStarted 1",
                "",  # there is nothing to resume
                "torn event.MapStarted 1",
                "",
                "after event.MapStarted 1",
                "torn event.MapResumed 1",
                "before event.OpeningStarted 1",
                "after event.OpeningStarted 1",
                "before event.OpeningFinished 1",
                "after event.OpeningFinished 1",
            ),
        ),
        (
            IN_PLACE,
            "mmm",
            (
                "before event.ItemStarted 1",
                "after event.ItemStarted 1",
                "before event.ItemFinished 1",
                "torn event.ItemFinished 1",
                "after event.ItemFinished 1",
                "torn event.ItemStarted 2",
            ),
        ),
        (
            IN_PLACE,
            "mmm",
            (
                "before event.ReduceStarted 1",
                "after event.ReduceStarted 1",
                "before event.ReduceFinished 1",
                "after event.ReduceFinished 1",
                "before event.MapFinished 1",
                "torn event.MapFinished 1",
                "after event.MapFinished 1",
            ),
        ),
        (
            LANES,
            "mmm",
            (
                "after event.MapStarted 1",
                "before event.ItemStarted 2",
                "after event.ItemStarted 3",
                "before event.ItemFinished 1",
                "after event.ItemFinished 1",
                "torn event.ItemFinished 1",
            ),
        ),
        (
            LANES,
            "mmm",
            (
                "before event.MergeStarted 1",
                "after event.MergeStarted 1",
                "before event.ItemMerged 1",
                "torn event.ItemMerged 1",
                "after event.ItemMerged 1",
                "unsynced event.MergeStarted 2",
            ),
        ),
        (
            LANES,
            "mmm",
            (
                "after event.ItemMerged 3",
                "after event.ReduceStarted 1",
                "before event.ReduceFinished 1",
                "before event.MapFinished 1",
                "torn event.MapFinished 1",
                "after event.MapFinished 1",
            ),
        ),
    ],
    "K24": [  # inside an item, and between its worktree and its session
        (
            IN_PLACE,
            "mmm",
            (
                "after keeper.launch 3",
                "after event.StepRan 1",
                "after git.commit 1",
                "after event.SessionFinished 1",
            ),
        ),
        (IN_PLACE, "keeper", ("after keeper.launch 3", "keeper:after spawn 1")),
        (LANES, "all", ("after keeper.launch 5", "after event.AgentCalled 1")),
        (
            LANES,
            "mmm",
            (
                "inside git.worktree.add 1 rename:2",
                "inside file.record 1",
                "before trees.make 1",
                "after trees.make 1",
                "before event.SessionStarted 1",
                "after keeper.launch 1",
                "before trees.give_back 1",
                "after trees.give_back 1",
            ),
        ),
    ],
    "K25": [  # inside a merge
        (
            LANES,
            "mmm",
            (
                "inside git.merge 1 rename:1",
                "inside git.merge 1 rename:2",
                "inside git.merge 1 unlink:1",
                "after git.merge 1",
                "before git.merge 2",
                "after trees.merge 1",
            ),
        ),
    ],
    "K26": [  # in the opening, in `reduce:`, and in the tidying up
        (
            IN_PLACE,
            "mmm",
            (
                "after keeper.launch 1",
                "after event.SessionFinished 1",
                "after event.AgentCalled 4",
                "after keeper.launch 1",
                "before event.SessionFinished 1",
            ),
        ),
        (
            LANES,
            "mmm",
            (
                "after event.AgentCalled 4",
                "after event.SessionFinished 1",
                "before trees.close 1",
                "after trees.close 1",
            ),
        ),
    ],
}
"""Who dies, and where each part of the life of a map is killed, in a row. Whoever is faster of the lanes, each point is
reached."""


@define
class MapLife(Life):
    """A map in ``folder``, from `mmm cook` to its last end."""

    @property
    def map(self) -> Path:
        """The folder of the map that has a first event."""
        [found] = [one for one in self.began() if b'"map_started"' in (one / "journal.jsonl").read_bytes()]
        return found

    def events(self) -> list[dict[str, Any]]:
        """All that was journalled of the map."""
        read_map(str(self.map))
        return [json.loads(line) for line in (self.map / "journal.jsonl").read_text().splitlines()]

    def prompts(self) -> Counter[str]:
        """How often each call was made, as the agents' own synced receipts say."""
        return Counter(self.kitchen.scenario.prompts())

    def story(self) -> dict[str, Any]:
        """What has to be the same, however often it was killed: without ids, times, and who was how fast."""
        git, last = self.kitchen.git, self.events()[-1]
        return {
            "branch": self.commits("--first-parent"),
            "commits": Counter(one[1:] for one in self.commits("--no-merges")),
            "HEAD": git("symbolic-ref", "HEAD"),
            "status": git("status", "--porcelain", "--ignored"),
            "index": git("write-tree"),
            "items": sorted({one["index"]: one["verdict"]["status"] for one in self.verdicts()}.items()),
            "merged": self.merged(),
            "end": {key: last.get(key) for key in _END},
        }

    def verdicts(self) -> list[dict[str, Any]]:
        return [one for one in self.events() if one["event"] == "item_finished"]

    def merged(self) -> list[int]:
        return [one["index"] for one in self.events() if one["event"] == "item_merged"]

    def commits(self, *which: str) -> list[tuple[str, ...]]:
        """Commits, oldest first: tree, author, message; items' names without their time, sessions' without their id."""
        log = self.kitchen.git("log", "--reverse", *which, "--format=%T%x01%an <%ae>%x01%B%x02")
        found = [one.strip().split("\x01") for one in log.split("\x02") if one.strip()]
        return [
            tuple(re.sub(r"\bmmm-playbook-\d+-", "ITEM-", self._plain(text).strip()) for text in one)
            for one in found
        ]

    def sound(self) -> None:
        """The journal of the map is a history that can be, and so is each of its sessions."""
        running: set[int] = set()
        ended: set[int] = set()
        merged: list[int] = []
        for one in self.events():
            match one["event"]:
                case "map_resumed":
                    running.clear()
                case "item_started":
                    assert one["index"] not in ended | running
                    running.add(one["index"])
                case "item_finished":
                    running.remove(one["index"])
                    if (
                        one["verdict"]["status"] == "succeeded"
                    ):  # and not stopped, as where its keeper was killed
                        ended.add(one["index"])
                case "merge_started":
                    assert one["index"] in ended - set(merged)
                case "item_merged":
                    merged.append(one["index"])
        assert merged == sorted(set(merged))
        sessions = [one for one in self.began() if one != self.map]
        assert [one.name.removeprefix(f"{self.map.name}-") for one in sessions] == [
            "001",
            "002",
            "003",
            "reduce",
            "setup",
        ]
        for one in sessions:
            entries = [json.loads(line) for line in (one / "journal.jsonl").read_text().splitlines()]
            assert len(read_journal(str(one))) == len(entries)
            assert [entry["event"] for entry in entries].count("session_finished") >= 1
            assert entries[-1]["status"] == "succeeded"

    def whole(self) -> None:
        """Nothing is left running, locked, held or broken; no worktree, branch or record is left; nobody's files were
        touched."""
        git, repo = self.kitchen.git, self.kitchen.repo
        quiet(self.kitchen)
        assert git("fsck", "--no-dangling", "--strict") == ""
        assert (repo / "mine").read_bytes() == b"mine \xff\r\n"
        assert (repo / "ignored" / "cache").read_text() == "theirs\n"
        assert set(self.locks()) <= {
            ".git/mmm/worktrees/records.lock"
        }  # of which the system knows the holder
        assert not (repo / ".git" / "MERGE_HEAD").exists()
        assert git("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
        held = git("for-each-ref", "--format=%(refname)", "refs/mmm").split()
        assert [ref for ref in held if not ref.startswith("refs/mmm/rescue/")] == []
        assert git("worktree", "list", "--porcelain").count("worktree ") == 1
        assert list((repo / ".git" / "worktrees").glob("*")) == []
        assert list((repo / ".git" / "mmm" / "worktrees").glob("mmm-*")) == []
        places = self.folder / "home" / ".mmm" / "worktrees" / "repo"
        eventually(lambda: not list(places.glob("*mmm-*")))  # files go in the background
        assert all("Traceback" not in part.err for part in self.parts), [part.err for part in self.parts]


_END = (
    "event",
    "status",
    "reason",
    "message",
    "exit_code",
    "items",
    "succeeded",
    "failed",
    "merged",
    "commits",
)


@pytest.fixture(scope="session")
def calm(nursery, tmp_path_factory):
    """Gives the life of a map that nobody disturbs; it is led once."""

    @cache
    def of(script: Script) -> MapLife:
        life = MapLife(nursery, script, tmp_path_factory.mktemp("calm") / script.name)
        assert life.lead().code == 0, life.parts
        life.whole()
        life.sound()
        return life

    return of


@pytest.fixture
def disturbed(nursery, tmp_path):
    """Begins the life of a map; at the test's end nothing of it is left."""
    with buried_at_last(MapLife, nursery, tmp_path) as begin:
        yield begin


def lives_on(life: MapLife, original: MapLife, victims: str) -> None:
    """The map has ended as the original did; paid for twice is only a call in whose middle the machine died."""
    life.whole()
    life.sound()
    assert life.story() == original.story()
    if victims == "mmm":
        assert life.prompts() == original.prompts()
        assert life.money() == original.money()
    else:
        assert 0 <= life.paid() - original.paid() <= len(life.parts)


def _cases():
    for name, cases in MAP_KILL_POINTS.items():
        for number, (script, victims, points) in enumerate(cases):
            marks = [needs_strace] if any(point.startswith("inside git") for point in points) else []
            yield pytest.param(
                script, victims, points, id=f"{name}-{number}-{script.name}-{victims}", marks=marks
            )


@pytest.mark.slow
@pytest.mark.parametrize(("script", "victims", "points"), list(_cases()))
def test_a_map_is_killed_there(
    disturbed, calm, tally, script: Script, victims: str, points: tuple[str, ...]
) -> None:
    original, life = calm(script), disturbed(script)
    life.lead(*points, victims=victims)
    lives_on(life, original, victims)
    tally(life, original, victims)


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("FAULTS_KILLS", "3"))))
def test_a_map_is_killed_at_random_points(disturbed, calm, tally, seed: int) -> None:
    """At any of all the points that the map passes. With several lanes another life may not come to one of them."""
    dice = random.Random(f"maps {os.environ.get('FAULTS_SEED', '0')} {seed}")
    script = dice.choice([IN_PLACE, LANES, LANES])
    victims = dice.choice(["mmm", "mmm", "keeper", "all"])
    original, life = calm(script), disturbed(script)
    for command in ("cook", "resume"):
        point = point_by(dice, original.parts[0].points)
        print(script.name, victims, point)
        if life.end(life.start(command, point, victims)).code == 0:
            break
    else:
        life.lead(command="resume")
    lives_on(life, original, victims)
    tally(life, original, victims)
