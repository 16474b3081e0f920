"""The last event of a session, the file that counts sessions, and one exit code for several."""

from __future__ import annotations

import json
import os
from itertools import permutations
from pathlib import Path

import pytest

from mmm_lang.runtime.ending import ended, worst_exit_code, write_state
from mmm_lang.runtime.events import IterationFinished, IterationStarted
from mmm_lang.runtime.fold import fold
from tests.support.happenings import BASE, begun, run

# --- the last event ---


def test_the_figures_of_a_session() -> None:
    paid = {"calls": 1, "cost_usd": 0.1}
    story = [*begun(), *run("a", 1, ran=paid, commits=("c1",)), IterationFinished(1, 1, True, False)]
    story += [IterationStarted(2, BASE), *run("a", 2, ran={"calls": 1, "cost_usd": 0.2})]
    end = ended(fold(story), "failed", "step-failed", "it failed", 1, files=3)
    assert (end.iterations, end.commits, end.calls, end.cost_usd, end.files) == (2, 1, 2, 0.3, 3)


def test_a_success_counts_whole_iterations_and_anything_else_those_begun() -> None:
    story = [*begun(), IterationFinished(1, 1, True, False), IterationStarted(2, BASE)]
    assert ended(fold(story), "succeeded", "limit", "", 0).iterations == 1
    assert ended(fold(story), "interrupted", "interrupted", "", 130).iterations == 2


def test_a_cost_that_is_not_known_is_not_guessed() -> None:
    story = [*begun(), *run("a", 1, ran={"calls": 1, "cost_usd": None})]
    assert ended(fold(story), "succeeded", "limit", "", 0).cost_usd is None


# --- .mmm/state.json ---


def read(root: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((root / ".mmm" / "state.json").read_text())
    return found


def test_sessions_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    write_state(str(root), str(tmp_path), "s1", "failed")
    write_state(str(root), str(tmp_path), "s2", "succeeded")
    assert read(root) == {
        "version": 1,
        "project": "project",
        "total_runs": 2,
        "last_session": "s2",
        "last_status": "succeeded",
        "current_score": None,
    }
    assert os.listdir(root / ".mmm") == ["state.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", '{"total_runs": "many"}', '{"total_runs": null}', "\xff"]
)
def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path, content: str) -> None:
    (tmp_path / ".mmm").mkdir()
    (tmp_path / ".mmm" / "state.json").write_text(content, encoding="latin-1")
    write_state(str(tmp_path), str(tmp_path), "s1", "succeeded")
    assert read(tmp_path)["total_runs"] == 1
    assert (tmp_path / "state.json.unreadable").read_text(encoding="latin-1") == content


def test_an_older_file_without_a_count_is_fine(tmp_path: Path) -> None:
    (tmp_path / ".mmm").mkdir()
    (tmp_path / ".mmm" / "state.json").write_text('{"project": "x"}')
    write_state(str(tmp_path), str(tmp_path), "s1", "succeeded")
    assert read(tmp_path)["total_runs"] == 1
    assert os.listdir(tmp_path / ".mmm") == ["state.json"]


# --- exit codes ---

BY_WEIGHT = (143, 130, 70, 2, 5, 4, 1, 3, 0)


def test_of_several_sessions_the_gravest_exit_code_counts() -> None:
    assert worst_exit_code(()) == 0
    for one, other in permutations(BY_WEIGHT, 2):
        graver = min(one, other, key=BY_WEIGHT.index)
        assert worst_exit_code((one, other)) == graver
