"""Several sessions at once, for real: signals, limits, a quota, questions, recordings, and what a person sees."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.cook.living import Terminal, cooking, end, leftovers, on_a_terminal, open_gate
from tests.cook.maps import map_events, map_id, mmm
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.report.window import Window
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

TWO = ("--args", "a", "--args", "b")
QUOTA = {
    "result": "You've hit your session limit · resets 2099-01-31T15:00:00Z",
    "is_error": True,
    "api_error_status": 429,
    "terminal_reason": "api_error",
}


def last_of(kitchen: Kitchen, index: int) -> dict[str, object]:
    """The last event of an item's session."""
    folder = kitchen.repo / ".git" / "mmm" / "sessions" / f"{map_id(kitchen)}-{index:03}"
    lines = (folder / "journal.jsonl").read_text().splitlines()
    return dict(json.loads(lines[-1]))


def has_ended(kitchen: Kitchen) -> bool:
    """Whether an item has."""
    with suppress(ValueError):  # the map has not begun
        return any(one["event"] == "item_finished" for one in map_events(kitchen))
    return False


def waiting(tmp_path: Path, text: str = '- claude: "/mmm-wait ${ARG}"\n') -> Kitchen:
    """An agent that waits for the file `go`."""
    return playbook(tmp_path, text).with_agent(
        "/mmm-wait",
        do=[{"say": "still at it"}, {"wait_for": f"{tmp_path}/go"}, {"write": "@ARGS@", "text": "x"}],
    )


# --- signals ---


def test_ctrl_c_stops_all_lanes(tmp_path: Path) -> None:
    kitchen = waiting(tmp_path)
    with cooking(kitchen, *TWO, "--parallel", "2") as process:
        eventually(lambda: len(kitchen.scenario.receipts()) == 2)
        process.send_signal(signal.SIGINT)
        cooked = end(process)
    assert cooked.exit_code == 130, cooked
    for index in (1, 2):
        last = last_of(kitchen, index)
        assert (last["event"], last["status"], last["exit_code"]) == ("session_finished", "interrupted", 130)
    assert map_events(kitchen)[-1]["exit_code"] == 130
    assert leftovers(kitchen) == []
    (tmp_path / "go").touch()
    assert mmm(kitchen, "resume").exit_code == 0


def test_a_second_signal_waits_for_no_hook_in_any_lane(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- shell: "echo x > $ARG"\n- shell: "echo never > never"\n')
    os.mkfifo(tmp_path / "gate")
    hook = kitchen.repo / ".git" / "hooks" / "pre-commit"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-$$\ncat {tmp_path}/gate\n")
    hook.chmod(0o755)
    with cooking(kitchen, *TWO, "--parallel", "2") as process:
        eventually(lambda: len(list(tmp_path.glob("hook-*"))) == 2)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        cooked = end(process)
    assert cooked.exit_code == 130, cooked
    assert [last_of(kitchen, index)["status"] for index in (1, 2)] == ["interrupted", "interrupted"]
    assert leftovers(kitchen) == []
    assert list(kitchen.repo.glob(".git/**/index.lock")) == []


# --- what is shared ---


def test_limits_hold_for_all_together(tmp_path: Path) -> None:
    kitchen = waiting(tmp_path)
    (tmp_path / "go").touch()
    cooked = kitchen.cook(*TWO, "--args", "c", "--parallel", "3", "--max-calls", "2")
    assert cooked.exit_code == 4, cooked
    assert len(kitchen.scenario.receipts()) == 2
    assert "all sessions together have made their 2 agent calls" in cooked.stdout
    resumed = mmm(kitchen, "resume", "--max-calls", "3")
    assert resumed.exit_code == 0, resumed
    assert len(kitchen.scenario.receipts()) == 3


def test_money_is_divided_and_held(tmp_path: Path) -> None:
    kitchen = waiting(tmp_path)
    with cooking(kitchen, *TWO, "--parallel", "2", "--max-cost", "3") as process:
        eventually(lambda: len(kitchen.scenario.receipts()) == 2)
        (tmp_path / "go").touch()
        assert end(process).exit_code == 0
    for one in kitchen.scenario.receipts():
        argv = list(one["argv"])
        assert float(argv[argv.index("--max-budget-usd") + 1]) == pytest.approx(1.5)


def test_a_quota_stops_the_other_lanes_before_their_next_call(tmp_path: Path) -> None:
    kitchen = waiting(tmp_path, '- claude: "/mmm-wait ${ARG}"\n- claude: "/mmm-more ${ARG}"\n')
    kitchen.with_agent("/mmm-more")
    refused = {"times": 1, "do": [{"wait_for": f"{tmp_path}/both"}], "rc": 1, "result": QUOTA}
    kitchen.scenario.rules.insert(0, {"match": "^/mmm-wait a", **refused})
    with cooking(kitchen, *TWO, "--parallel", "2") as process:
        eventually(lambda: len(kitchen.scenario.receipts()) == 2)
        (tmp_path / "both").touch()
        eventually(lambda: has_ended(kitchen))
        (tmp_path / "go").touch()
        cooked = end(process)
    assert cooked.exit_code == 5, cooked
    assert sorted(kitchen.scenario.prompts()) == ["/mmm-wait a", "/mmm-wait b"]
    told = str(last_of(kitchen, 2)["message"])
    assert told.startswith("item 1, a met this, and no other call was started: ")
    resumed = mmm(kitchen, "resume")
    assert resumed.exit_code == 0, resumed
    prompts = kitchen.scenario.prompts()
    assert [prompts.count(f"/mmm-{one}") for one in ("wait b", "more a", "more b")] == [1, 1, 1]


def test_a_quota_is_waited_for_where_that_is_asked(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, '- {claude: "/mmm-think ${ARG}", commit_message: "did ${ARG}"}\n')
    soon = datetime.fromtimestamp(time.time() + 8, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    limit = {**QUOTA, "result": f"You've hit your session limit · resets {soon}"}
    kitchen.with_agent("/mmm-think a", times=1, result=limit, rc=1)
    kitchen.scenario.on_regex("", do=[{"write": "@ARGS@", "text": "x"}])
    cooked = kitchen.cook(*TWO, "--parallel", "2", "--wait", "--yes")
    assert cooked.exit_code == 0, cooked
    assert "waiting until" in cooked.stderr
    assert [one["event"] for one in map_events(kitchen)].count("map_resumed") == 1
    assert kitchen.git("log", "--format=%s", "--no-merges").count("did ") == 2


# --- recordings ---


def test_what_several_lanes_record_is_in_the_order_of_the_items_and_plays_in_lanes(tmp_path: Path) -> None:
    kitchen = waiting(tmp_path)
    (tmp_path / "go").touch()
    recording = tmp_path / "recording.yml"
    items = [word for name in "abcde" for word in ("--args", name)]
    cooked = kitchen.cook(*items, "--parallel", "3", "--yes", "--record", str(recording))
    assert cooked.exit_code == 0, cooked
    calls = yaml.safe_load(recording.read_text())["calls"]
    assert [one["item"] for one in calls] == [1, 2, 3, 4, 5]
    kitchen.git("reset", "-q", "--hard", kitchen.git("rev-list", "--max-parents=0", "HEAD"))
    kitchen.with_command("mmm-wait")
    played = kitchen.cook(*items, "--parallel", "3", "--yes", "--replay", str(recording))
    assert played.exit_code == 0, played
    assert sorted(path.name for path in kitchen.repo.glob("?")) == ["a", "b", "c", "d", "e"]
    assert len(kitchen.scenario.receipts()) == 5


# --- questions ---

ASKS = '- approve: "Publish ${ARG}?"\n- shell: "echo x > $ARG"\n'


def test_where_nobody_is_there_the_question_waits(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, ASKS)
    cooked = kitchen.cook(*TWO, "--parallel", "2")
    assert cooked.exit_code == 5, cooked
    assert mmm(kitchen, "resume", "--yes").exit_code == 0
    assert sorted(path.name for path in kitchen.repo.glob("?")) == ["a", "b"]


def shown(terminal: Terminal, columns: int = 80) -> str:
    return seen(terminal, columns).lines


def seen(terminal: Terminal, columns: int = 80) -> Window:
    """The window as it is now."""
    window = Window(columns)
    text = bytes(terminal.said).decode("utf-8", "ignore")
    window.write(text[: text.rfind("\x1b")] if "\x1b" in text[-10:] else text)  # a sequence may be half there
    return window


def test_a_person_is_asked_one_question_at_a_time(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, ASKS)
    with on_a_terminal(kitchen, *TWO, "--parallel", "2") as terminal:
        for number in (1, 2):
            eventually(lambda wanted=number: shown(terminal).count("[y/N]") == wanted)
            terminal.type(b"y\n")
        eventually(lambda: "merge the completed" in shown(terminal))
        terminal.type(b"n\n")
        assert terminal.process.wait(60) == 0
    text = shown(terminal)
    assert "item 1, a: Publish a? [y/N]" in text
    assert "item 2, b: Publish b? [y/N]" in text


# --- what a person sees ---


def gated(tmp_path: Path) -> Kitchen:
    os.mkfifo(tmp_path / "gate-a")
    os.mkfifo(tmp_path / "gate-b")
    kitchen = playbook(tmp_path, "")
    kitchen.playbook.write_text(f"- shell: 'echo at $ARG; cat {tmp_path}/gate-$ARG; echo x > $ARG'\n")
    return kitchen


@pytest.mark.slow
@pytest.mark.parametrize("columns", [30, 100])
def test_a_line_for_each_lane_moves_and_is_gone_at_the_end(tmp_path: Path, columns: int) -> None:
    kitchen = gated(tmp_path)
    with on_a_terminal(kitchen, *TWO, "--parallel", "2", "--yes", columns=columns) as terminal:

        def moving() -> list[str] | None:
            rows = [row for row in seen(terminal, columns).rows if row.strip()]
            both = rows[-2:]
            there = [
                row.startswith(f"[{n} {name}] echo at")
                for n, name, row in zip((1, 2), "ab", both, strict=False)
            ]
            return both if there == [True, True] else None

        first, second = eventually(moving)
        assert max(len(first), len(second)) < columns
        open_gate(tmp_path / "gate-a")
        eventually(lambda: "[1 a] ✅" in shown(terminal, columns))
        open_gate(tmp_path / "gate-b")
        assert terminal.process.wait(60) == 0
        eventually(lambda: "items succeeded" in shown(terminal, columns))
    window = seen(terminal, columns)
    assert window.cursor_is_shown
    assert not [row for row in window.rows if row.startswith(("[1 a] echo", "[2 b] echo"))]
    assert "[2 b] ✅" in window.lines


def test_plain_lines_have_the_names_of_their_items(tmp_path: Path) -> None:
    kitchen = gated(tmp_path)
    with on_a_terminal(kitchen, *TWO, "--parallel", "2", "--yes", NO_COLOR="1") as terminal:
        for name in "ab":
            open_gate(tmp_path / f"gate-{name}")
        assert terminal.process.wait(60) == 0
        eventually(lambda: b"items succeeded" in terminal.said)
    assert b"\x1b" not in terminal.said
    lines = terminal.said.decode().split("\r\n")
    first = next(at for at, line in enumerate(lines) if line.startswith("["))
    assert "at most 2 agent calls" in lines[first - 1]  # what the map can do at most, before it begins
    story = lines[first : next(at for at, line in enumerate(lines) if "items succeeded" in line)]
    assert all(line.startswith(("[1 a] ", "[2 b] ", "🔀 Merged ")) for line in story if line.strip())
    assert sum(line.startswith("[1 a] ✅") for line in story) == 2


def test_quiet_tells_only_how_items_ended(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'echo x > $ARG'\n")
    cooked = kitchen.cook(*TWO, "--parallel", "2", "-n", "1", "-q")
    assert cooked.exit_code == 0
    told = [line for line in cooked.stdout.splitlines() if line.startswith("[")]
    assert sorted(line.split(":")[0] for line in told if "✅" in line) == [
        "[1 a] ✅ Reached the limit of 1 iteration (1 iteration, 1 commit, $0.00)",
        "[2 b] ✅ Reached the limit of 1 iteration (1 iteration, 1 commit, $0.00)",
    ]
