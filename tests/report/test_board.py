"""Several sessions on one output: whole lines, each with the name of its part."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.report.board import JsonBoard, Lines, Part, PlainBoard
from mmm_lang.report.wording import cells
from tests.support.memory import FAILS, Deed, Fate, fate_of, live
from tests.support.plans import plan_of

TEXT = "- {shell: make, id: make, commit_required: false}\n"
ITEM = Part("item", 3, 12, "specs/a.md")


# --- parts ---


@pytest.mark.parametrize(
    ("part", "prefix", "sentence", "mark"),
    [
        (ITEM, "[ 3 specs/a.md] ", "item 3, specs/a.md", {"item": 3}),
        (Part("item", 3, 9), "[3] ", "item 3", {"item": 3}),
        (Part("merge", 3, 9, "a"), "[merge 3 a] ", "the merge of item 3, a", {"merge": 3}),
        (Part("opening"), "[opening] ", "`map.setup`", {"part": "opening"}),
        (Part("reduce"), "[reduce] ", "`reduce`", {"part": "reduce"}),
        (
            Part("item", 1, 1, "a/very/long/path/to/some/specification.md"),
            "[1 …o/some/specification.md] ",
            "item 1, a/very/long/path/to/some/specification.md",
            {"item": 1},
        ),
        (
            Part("item", 1, 1, "a sentence of many words about it"),
            "[1 a sentence of many word…] ",
            "item 1, a sentence of many words about it",
            {"item": 1},
        ),
    ],
)
def test_a_part_has_a_prefix_a_name_and_a_mark(
    part: Part, prefix: str, sentence: str, mark: dict[str, object]
) -> None:
    assert (part.prefix, part.sentence, part.mark) == (prefix, sentence, mark)


@given(st.text(), st.integers(1, 999))
def test_a_prefix_is_short_and_one_line_whatever_the_item(label: str, number: int) -> None:
    prefix = Part("item", number, 999, label).prefix
    assert cells(prefix) <= len("[999 ] ") + 24
    assert prefix.isprintable()
    assert prefix.startswith("[")
    assert prefix.endswith("] ")


# --- lines ---


class Slow:
    """An output that takes its letters one by one, and lets others go on in between."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, line: str) -> None:
        for letter in f"{line}\n":
            before = self.text
            threading.Event().wait(1e-6)
            self.text = before + letter


def test_lines_of_several_threads_are_never_torn() -> None:
    output = Slow()
    lines = Lines(output.write)

    def tell(name: str) -> None:
        for number in range(20):
            lines.write(f"{name} says {number}")

    threads = [threading.Thread(target=tell, args=(name,)) for name in ("ann", "bob", "cy", "dee")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = output.text.splitlines()
    for name in ("ann", "bob", "cy", "dee"):
        own = [line for line in told if line.startswith(name)]
        assert own == [f"{name} says {number}" for number in range(20)]
    assert len(told) == 80


def test_lines_wait_while_a_person_is_asked() -> None:
    told: list[str] = []
    board = PlainBoard(Lines(told.append), "/sessions")
    with board.paused():
        board.say("one")
        board.say("two")
        assert told == []
    board.say("three")
    assert told == ["one", "two", "three"]


# --- sessions ---


def told(
    tmp_path: Path, style: Literal["plain", "verbose", "quiet"], fate: Fate, text: str = TEXT
) -> list[str]:
    lines: list[str] = []
    board = PlainBoard(Lines(lines.append), "/sessions", style)
    plan = plan_of(text)
    with board.lane(ITEM, plan) as watcher:
        live(plan, fate, str(tmp_path), None, (watcher,), max_iterations=1)
    board.say("the map says")
    return lines


def test_plain_lines_are_short_and_named(tmp_path: Path) -> None:
    lines = told(tmp_path, "plain", fate_of(make=Deed(writes={"a": "b"})))
    *story, end, map_line = lines
    assert story == [
        "[ 3 specs/a.md] 🔄 Iteration 1/1...",
        "[ 3 specs/a.md] 🔄 Running make...",
        "[ 3 specs/a.md] ✅ make completed (1 commit, 1.0 s)",
    ]
    assert end == "[ 3 specs/a.md] ✅ Reached the limit of 1 iteration (1 iteration, 1 commit, $0.00)"
    assert map_line == "the map says"


def test_a_failure_says_where_its_log_is(tmp_path: Path) -> None:
    lines = told(tmp_path, "plain", fate_of(make=FAILS))
    assert "[ 3 specs/a.md] 🔄 Rolled back to" in "\n".join(lines)
    assert [line.partition("] ")[2] for line in lines[-3:-1]] == [
        "❌ failed: `make` failed (line 1): exit code 1 (1 iteration, 0 commits, $0.00)",
        "   Log: /sessions/s1",
    ]


def test_verbose_tells_all_and_quiet_only_the_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    verbose = told(tmp_path / "a", "verbose", fate_of())
    assert "[ 3 specs/a.md] 🔍 Starting improvement loop..." in verbose
    assert all(line.startswith("[ 3 specs/a.md] ") for line in verbose[:-1])
    quiet = told(tmp_path / "b", "quiet", fate_of())
    assert quiet == ["[ 3 specs/a.md] ✅ No more issues found (1 iteration, 0 commits, $0.00)"]


def test_a_step_that_waits_for_others_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    plan = plan_of(TEXT)
    with PlainBoard(Lines(lines.append), "/sessions").lane(ITEM, plan) as watcher:
        watcher.awaiting(plan.step("make"))
    assert lines == ["[ 3 specs/a.md]    waiting for what other agent calls hold of the limits"]


def test_json_lines_have_the_mark_of_their_part(tmp_path: Path) -> None:
    lines: list[str] = []
    board = JsonBoard(Lines(lines.append))
    plan = plan_of(TEXT)
    board.tell({"event": "map_started"})
    with board.lane(ITEM, plan) as watcher:
        live(plan, fate_of(), str(tmp_path), None, (watcher,), max_iterations=1)
    board.say("for people")
    first, *events = [json.loads(line) for line in lines]
    assert first == {"event": "map_started"}
    assert {one["item"] for one in events} == {3}
    assert [one["event"] for one in events][:: len(events) - 1] == ["session_started", "session_finished"]
