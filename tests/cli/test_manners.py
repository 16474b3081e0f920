"""An approval answers one question: the next iteration asks anew."""

from __future__ import annotations

from mmm_lang.cli.manners import Manners


def test_an_approval_is_used_up():
    manners = Manners(approved=["publish"])
    assert manners.answer("publish", "really?") is True
    assert manners.answer("publish", "really?") is None, "nobody is there to be asked"


def test_two_approvals_answer_twice():
    manners = Manners(approved=["publish", "deploy", "publish"])
    answers = [manners.answer(step, "?") for step in ("publish", "publish", "publish", "deploy", "tidy")]
    assert answers == [True, True, None, True, None]


def test_yes_is_said_to_everything():
    manners = Manners(yes=True)
    assert [manners.answer("publish", "?") for _ in range(3)] == [True, True, True]
