"""Conditions: texts, numbers, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.runtime.conditions import compared, holds
from mmm_lang.runtime.events import Event
from mmm_lang.runtime.rendering import Renderer
from mmm_lang.runtime.values import ValueProblem
from tests.support.happenings import begun, run, scope_of, skipped, wrote
from tests.support.plans import plan_of


def verdict(condition: str, folder: object = "/nowhere", more: tuple[Event, ...] = ()) -> bool:
    """Whether the ``when`` of the last step holds; ``tests`` exited with 1 and ``gone`` was skipped."""
    quoted = condition.replace("'", "''")
    plan = plan_of(f"""
    inputs: {{level: {{default: "3"}}, name: {{default: ada}}, empty: {{default: ""}}}}
    steps:
      - {{shell: make, id: tests, ok_exit_codes: [0, 1]}}
      - {{shell: gone, id: gone}}
      - {{shell: x, when: '{quoted}', id: last-one}}
    """)
    when = plan.step("last-one").when
    assert when is not None
    variables = {"inputs.level": "3", "inputs.name": "ada", "inputs.empty": ""}
    events = [*begun(variables=variables), *run("tests", 1, ran={"exit_code": 1}), *skipped("gone"), *more]
    return holds(when, Renderer(scope_of(plan, events, folder), strict=False))


@pytest.mark.parametrize(
    "condition",
    [
        "${tests.exit_code} == 1",
        "${tests.exit_code} != 0",
        "${tests.exit_code} < 2",
        "${tests.exit_code} <= 1",
        "${tests.exit_code} > 0",
        "${tests.exit_code} >= 1",
        "1 == ${tests.exit_code}",
        "${inputs.level} == 3.0",
        '${inputs.level} == "3"',
        '${inputs.level} != "3.0"',
        "${inputs.level} > ${ITERATION}",
        '${inputs.name} == "ada"',
        "${inputs.name} in ['bob', 'ada']",
        "${tests.exit_code} in [1, 2]",
        "!(${tests.exit_code} in [2, 3])",
        "${inputs.name} matches /^a.a$/",
        "!(${inputs.name} matches /^d/)",
        "${inputs.name} matches /d/",
        "${tests.status} == 'succeeded' && ${gone.status} == 'skipped'",
        "${tests.status} == 'failed' || ${ITERATION} == 1",
        "!(${tests.status} == 'failed' && ${ITERATION} == 1)",
        "${inputs.name}",
        "!${inputs.empty}",
        "${inputs.empty} == ''",
        "true",
        "!false",
        "${inputs.level} && !0",
        "${inputs.empty:-full} == 'full'",
    ],
)
def test_true(condition: str) -> None:
    assert verdict(condition) is True
    assert verdict(f"!({condition})") is False


def test_an_output_is_compared_without_its_last_newline(tmp_path) -> None:
    wrote(tmp_path, 1, stdout="42\n")
    assert verdict("${tests.output} == 42", tmp_path)
    assert verdict('${tests.output} == "42"', tmp_path)


def test_what_was_skipped_is_empty_text() -> None:
    assert verdict('${gone.spec} == ""')
    assert not verdict("${gone.spec}")


def test_text_beside_a_number_that_is_none_says_so() -> None:
    with pytest.raises(ValueProblem, match=r"compares numbers, and `ada` is none"):
        verdict("${inputs.name} > 3")
    with pytest.raises(ValueProblem, match="an empty value is none"):
        verdict("${inputs.empty} == 0")


def test_a_long_value_is_named_by_its_beginning(tmp_path) -> None:
    wrote(tmp_path, 1, stdout="x" * 1000)
    with pytest.raises(ValueProblem) as caught:
        verdict("${tests.output} == 1", tmp_path)
    assert str(caught.value).count("x") == 40


def test_the_right_side_is_not_looked_at_where_the_left_decides() -> None:
    assert verdict("${ITERATION} == 1 || ${inputs.name} > 3")
    assert not verdict("${ITERATION} == 2 && ${inputs.name} > 3")


NUMBERS = st.one_of(st.integers(-(10**9), 10**9).map(float), st.floats(-1e9, 1e9))


@given(NUMBERS, NUMBERS, st.booleans(), st.booleans())
def test_order_is_that_of_numbers_on_whichever_side_they_are_text(a, b, a_text, b_text) -> None:
    left, right = repr(a) if a_text else a, repr(b) if b_text else b
    assert compared("<", left, right) == (a < b)
    assert compared(">=", left, right) == (a >= b)
    assert compared("<=", left, right) == (not compared(">", left, right))
    if not (a_text and b_text):
        assert compared("==", left, right) == (a == b)


@given(st.text(max_size=5), st.text(max_size=5))
def test_two_texts_are_the_same_where_they_are_the_same(a: str, b: str) -> None:
    assert compared("==", a, b) == (a == b)
    assert compared("!=", a, b) == (a != b)
