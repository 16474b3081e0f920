"""The live view, in a window of several sizes: one line that moves, and nothing of it left behind."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.cook.living import Terminal, keeper_of, on_a_terminal, open_gate
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.report.window import Window
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

SPINNER = set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
LONG = (
    "a sentence about 模块 that is longer than any window in which somebody would ever read it, and then some"
)


def gated(tmp_path: Path, says: str = LONG) -> Kitchen:
    """A step that says something and waits at the gate, and an agent that does so and waits for the file `go`."""
    os.mkfifo(tmp_path / "gate")
    kitchen = playbook(tmp_path, "")
    (tmp_path / "says").write_text(f"{says}\n")
    kitchen.playbook.write_text(f"- shell: 'cat {tmp_path}/says {tmp_path}/gate'\n- claude: /mmm-think\n")
    wait = {"wait_for": f"{tmp_path}/go"}
    return kitchen.with_agent("/mmm-think", cost=0.0213, do=[{"say": says}, wait], text="thought")


def seen(terminal: Terminal, columns: int) -> Window:
    """The window as it is now."""
    window = Window(columns)
    text = bytes(terminal.said).decode("utf-8", "ignore")
    window.write(text[: text.rfind("\x1b")] if "\x1b" in text[-10:] else text)  # a sequence may be half there
    return window


def status(terminal: Terminal, columns: int, words: str = " s") -> str:
    """The line that moves, once it says that."""

    def found() -> str | None:
        rows = [row for row in seen(terminal, columns).text.split("\n") if row[:1] in SPINNER]
        return rows[-1] if rows and words in rows[-1] else None

    return eventually(found)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [20, 40, 80])
def test_one_line_moves_and_is_gone_at_the_end(tmp_path: Path, columns: int) -> None:
    kitchen = gated(tmp_path)
    with on_a_terminal(kitchen, "-n", "1", columns=columns) as terminal:
        shell = status(terminal, columns, " s · a sent")
        open_gate(tmp_path / "gate")
        eventually(lambda: "🤖" in seen(terminal, columns).text)
        agent = status(terminal, columns, " s · a sent")
        (tmp_path / "go").touch()
        assert terminal.process.wait(20) == 0
        eventually(lambda: b"Log: " in terminal.said)
    window = seen(terminal, columns)
    for line in (shell, agent):
        assert "\n" not in line
        assert line.endswith("…")
    assert not SPINNER & set(window.text)
    assert window.cursor_is_shown
    assert "✅ Improvement session finished early:" in window.lines
    assert "Agent calls: 1, cost: $0.0213, commits: 0" in window.lines
    assert str(kitchen.sessions()[0]) in window.lines.replace("\n", "")
    assert window.rows[-1] == ""


@pytest.mark.slow
def test_lines_with_a_title_fit_the_window(tmp_path: Path) -> None:
    kitchen = gated(tmp_path, "short")
    with on_a_terminal(kitchen, "-n", "1", columns=40) as terminal:
        status(terminal, 40)
        open_gate(tmp_path / "gate")
        eventually(lambda: "🤖" in seen(terminal, 40).text)
        (tmp_path / "go").touch()
        terminal.process.wait(20)
    rows = seen(terminal, 40).text.split("\n")
    [running] = [row for row in rows if row.startswith("🔄 Running cat ")]
    assert running.endswith("…")
    [done] = [row for row in rows if row.startswith("✅ cat ")]
    assert done.endswith(" s)")
    assert "… completed (" in done


@pytest.mark.slow
@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"CI": "true"}])
def test_plain_lines_where_nobody_wants_more(tmp_path: Path, env: dict[str, str]) -> None:
    kitchen = playbook(tmp_path, "- shell: 'echo x > x'\n")
    with on_a_terminal(kitchen, "-n", "1", **env) as terminal:
        assert terminal.process.wait(20) == 0
        eventually(lambda: b"Log: " in terminal.said)
    assert b"\x1b" not in terminal.said
    assert "✅ echo x > x completed (1 commit, " in terminal.said.decode()


@pytest.mark.slow
def test_an_interrupted_session_leaves_the_window_tidy(tmp_path: Path) -> None:
    kitchen = gated(tmp_path)
    with on_a_terminal(kitchen) as terminal:
        status(terminal, 80)
        os.kill(terminal.process.pid, signal.SIGINT)
        assert terminal.process.wait(20) == 130
        eventually(lambda: b"Log: " in terminal.said)
    window = seen(terminal, 80)
    assert not SPINNER & set(window.text)
    assert window.cursor_is_shown
    assert "Reason: stopped by Ctrl-C" in window.text


@pytest.mark.slow
def test_a_session_that_had_to_stop_leaves_the_window_tidy(tmp_path: Path) -> None:
    kitchen = gated(tmp_path)
    with on_a_terminal(kitchen) as terminal:
        status(terminal, 80)
        os.kill(keeper_of(kitchen), signal.SIGKILL)
        assert terminal.process.wait(20) == 1
        eventually(lambda: b"nothing was reset" in terminal.said)
    window = seen(terminal, 80)
    assert not SPINNER & set(window.text)
    assert window.cursor_is_shown
    assert "error: the session had to stop: the keeper of this session" in window.lines


@pytest.mark.slow
def test_a_silence_is_told_of_before_it_ends_the_call(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- claude: /mmm-think\n")
    kitchen.with_agent("/mmm-think", do=[{"say": "short"}, {"hang": True}])
    with on_a_terminal(kitchen, MMM_IDLE_TIMEOUT="3s") as terminal:
        row = status(terminal, 80, "no sign of life")
        assert re.search(r" · no sign of life for [12] s, ended after 3 s · short$", row)
        assert terminal.process.wait(20) == 1
        eventually(lambda: b"Log: " in terminal.said)
    window = seen(terminal, 80)
    assert window.lines.count("   no sign of life for 1 s, ended after 3 s") == 1
    assert "failed: it showed no sign of life for 3.0 s" in window.lines


@pytest.mark.slow
def test_quiet_says_only_how_it_ended(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, "- shell: 'echo x > x'\n")
    with on_a_terminal(kitchen, "-n", "1", "-q") as terminal:
        assert terminal.process.wait(20) == 0
        eventually(lambda: b"Log: " in terminal.said)
    assert b"\x1b" not in terminal.said
    assert terminal.said.decode().strip().startswith("✅ Improvement session completed:")
