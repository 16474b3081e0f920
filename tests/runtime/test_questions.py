"""What a person is asked by `approve:`: values of earlier steps are in it, as in a prompt, and no secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmm_lang.runtime.events import Approved, Paused, StepFinished, StepStarted
from tests.support.memory import FAILS, Deed, Life, fate_of, live
from tests.support.plans import plan_of

SHIP = """
- {id: one, shell: count, outputs: {commits: {regex: "([0-9]+)"}}}
- {id: sure, approve: "ship ${one.commits} it?"}
"""
COUNTS = fate_of(one=Deed(stdout="3 commits\n"))


def asked(folder: Path, text: str, said: str = "", answer: bool | None = None) -> tuple[list[str], Life]:
    """The questions of a session whose step `one` prints ``said``, each answered so."""
    questions: list[str] = []

    def ask(step: str, question: str) -> bool | None:
        questions.append(question)
        return answer

    life = live(plan_of(text), fate_of(one=Deed(stdout=said)), str(folder), ask=ask)
    return questions, life


def test_the_values_are_in_it_when_the_session_pauses(tmp_path: Path) -> None:
    life = live(plan_of(SHIP), COUNTS, str(tmp_path))
    assert (life.end.status, life.end.exit_code) == ("paused", 5)
    assert life.end.message == "ship 3 it?"
    assert [one.message for one in life.of(Paused)] == ["ship 3 it?"]
    assert [one.title for one in life.of(StepStarted)][-1] == "ship ${one.commits} it?"


def test_a_yes_is_journalled_with_what_it_was_said_to(tmp_path: Path) -> None:
    questions, life = asked(tmp_path, SHIP, "3\n", answer=True)
    assert questions == [one.question for one in life.of(Approved)] == ["ship 3 it?"]
    assert life.end.status == "succeeded"


@pytest.mark.parametrize("answer", [True, False, None])
def test_a_value_is_never_read_again(tmp_path: Path, answer: bool | None) -> None:
    questions, _ = asked(tmp_path, SHIP.replace("commits}", "output}"), "1 ${one.exit_code} $$\n", answer)
    assert questions == ["ship 1 ${one.exit_code} $$ it?"]


def test_a_long_value_is_cut_in_the_middle(tmp_path: Path) -> None:
    (question,), _ = asked(tmp_path, SHIP.replace("commits}", "output}"), "1" + "x" * 20_000 + "z")
    assert len(question) < 11_000
    assert "bytes left out; the whole is in" in question
    assert question.endswith("xz it?")


def test_who_is_asked_reads_no_secret(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    (question,), _ = asked(tmp_path, SHIP.replace("commits}", "output}"), f"1 {token}")
    assert token not in question
    assert question.startswith("ship 1 ")


@pytest.mark.parametrize("when", ["", ', when: "$ITERATION == 2"'])
def test_without_a_value_nobody_is_asked(tmp_path: Path, when: str) -> None:
    text = f'- {{id: one, shell: a{when}}}\n- approve: "ship ${{one.spec}}?"\n'
    questions, life = asked(tmp_path, text, answer=False)
    last = life.of(StepFinished)[-1]
    assert questions == []
    assert (last.status, last.attempt, life.end.status) == ("skipped", 0, "succeeded")
    assert last.reason.startswith("nothing to work on: ")


def test_in_a_repair_what_has_no_value_is_empty(tmp_path: Path) -> None:
    text = '- {id: one, shell: a}\n- {id: two, shell: b, on_failure: {approve: "go on ${one.spec}?"}}\n'
    life = live(plan_of(text), fate_of(two=FAILS), str(tmp_path))
    assert life.end.message == "go on ?"


def test_a_question_whose_value_is_not_there_has_failed(tmp_path: Path) -> None:
    text = '- {id: one, shell: a}\n- approve: "ship ${one.json.other}?"\n'
    questions, life = asked(tmp_path, text, '{"found": 1}', answer=True)
    last = life.of(StepFinished)[-1]
    assert (questions, last.status, last.fault) == ([], "failed", "value")
