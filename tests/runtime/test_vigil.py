"""Watching over an agent: whose silence counts, and since when."""

from __future__ import annotations

import json
from pathlib import Path

from mmm_lang.runtime.vigil import Vigil
from tests.agents.streams import INIT, RESULT, message, tool_use

TEXT = message({"type": "text", "text": "I look at it"})
DONE = {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "toolu_1"}]}}


class Scene:
    """A call with a patience of 10 minutes, its stdout and the clock."""

    def __init__(self, folder: Path, patience: float | None = 600.0) -> None:
        self.stdout = folder / "stdout"
        self.now = 5.0
        self.vigil = Vigil(str(self.stdout), patience, lambda: self.now)

    def says(self, *lines: object, after: float = 0.0) -> None:
        self.now += after
        with self.stdout.open("ab") as file:
            for line in lines:
                file.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        self.vigil.silence()

    def silent(self, seconds: float) -> float:
        self.now += seconds
        return self.vigil.silence()


def test_a_server_that_never_says_a_word(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.silent(180) == 180
    assert not scene.vigil.over
    assert scene.silent(420) == 600
    assert scene.vigil.over


def test_each_line_is_a_sign_of_life(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.says(INIT, after=500)
    scene.says(TEXT, after=500)
    assert scene.silent(599) == 599
    assert not scene.vigil.over


def test_half_a_line_is_one_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.says(b'{"type": "assis', after=500)
    assert scene.silent(30) == 30
    scene.says(b'tant", "message": {"content": [{"type": "tool_use", "id": "a"}]}}\n')
    assert scene.silent(3600) == 0


def test_a_tool_may_take_as_long_as_it_takes(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.says(INIT, tool_use("Bash", command="make test"))
    assert scene.silent(7200) == 0
    assert not scene.vigil.over
    scene.says(DONE)
    assert scene.silent(600) == 600
    assert scene.vigil.over


def test_after_the_answer_it_waits_for_no_server(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.says(INIT, TEXT, RESULT)
    assert scene.silent(7200) == 0


def test_what_comes_after_the_end_of_patience_comes_too_late(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.silent(600)
    assert scene.vigil.over
    scene.says(TEXT, after=1)
    assert scene.vigil.over


def test_patience_for_ever(tmp_path: Path) -> None:
    scene = Scene(tmp_path, None)
    assert scene.silent(1e6) == 0
    assert not scene.vigil.over
