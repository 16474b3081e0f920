"""`playbook:` with `inputs:`, and `outputs:` and typed `inputs:` in the header, as they are read."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.source import Source
from mmm_lang.syntax.input_types import INPUT_TYPES, fits, items_of, list_text
from mmm_lang.syntax.nodes import CallAction
from mmm_lang.syntax.parser import parse_playbook


def read(text):
    playbook, found = parse_playbook(Source("a.yml", dedent(text)))
    return playbook, [(one.rule, one.message) for one in found]


def passed(text):
    """The inputs of the one call, by name: the raw text of each value, and whether they are a list."""
    playbook, found = read(text)
    assert found == []
    (step,) = playbook.steps
    assert isinstance(step.action, CallAction)
    return {one.name.value: ([value.raw for value in one.values], one.is_list) for one in step.action.inputs}


def test_values_of_every_kind():
    assert passed(
        """
        - playbook: lib/x.yml
          inputs:
            text: "a ${ARG} b"
            number: 3
            truth: true
            items: [a, "${ARG}", 2]
            mixed: [{a: 1}, [2]]
            tree: {a: {b: [1, 2.5, null]}}
        """
    ) == {
        "text": (["a ${ARG} b"], False),
        "number": (["3"], False),
        "truth": (["true"], False),
        "items": (["a", "${ARG}", "2"], True),
        "mixed": (['{"a": 1}', "[2]"], True),
        "tree": (['{"a": {"b": [1, 2.5, null]}}'], False),
    }


def test_nothing_in_a_mapping_is_a_reference():
    playbook, _ = read('- {playbook: x.yml, inputs: {a: {b: "${ARG}"}}}')
    (value,) = playbook.steps[0].action.inputs[0].values
    assert value.holes == ()


def test_the_header_says_what_goes_in_and_out():
    playbook, found = read(
        """
        inputs:
          a: {type: number, default: 3}
          b: {type: list, default: [x, 1]}
          c: {type: json, default: {k: [true]}}
          d: text
        outputs: {r: "${s.output}"}
        steps: [{id: s, shell: make}]
        """
    )
    assert found == []
    assert [(one.name.value, one.type and one.type.value, one.default.value) for one in playbook.inputs] == [
        ("a", "number", "3"),
        ("b", "list", '["x", 1]'),
        ("c", "json", '{"k": [true]}'),
        ("d", None, "text"),
    ]
    assert [(one.name.value, one.value.raw) for one in playbook.outputs] == [("r", "${s.output}")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("- playbook:", "missing-action"),
        ("- playbook: {a: b}", "wrong-type"),
        ("- {playbook: x.yml, inputs: [a]}", "wrong-type"),
        ("- {playbook: x.yml, inputs: {a: }}", "wrong-type"),
        ("- {playbook: x.yml, inputs: {1 a: b}}", "invalid-id"),
        ("- {playbook: x.yml, timeout: 5m}", "misplaced-key"),
        ("- {playbook: x.yml, shell: make}", "several-actions"),
        ("- {shell: make, inputs: {a: b}}", "misplaced-key"),
        ("inputs: {a: {type: integer}}\nsteps: [a]", "invalid-value"),
        ("inputs: {a: {type: text, default: [b]}}\nsteps: [a]", "wrong-type"),
        ("outputs: {a: {json: $.x}}\nsteps: [a]", "wrong-type"),
        ("outputs: [a]\nsteps: [a]", "wrong-type"),
    ],
)
def test_what_is_wrong_is_said(text, rule):
    _, found = read(text)
    assert [one for one, _ in found] == [rule]


# --- the types of inputs ---


@given(st.lists(st.text()))
def test_a_list_survives_being_text(items):
    assert items_of(list_text(tuple(items))) == tuple(items)


@given(st.text())
def test_every_text_is_text_and_has_items(text):
    assert fits("text", text)
    assert all(isinstance(one, str) for one in items_of(text))
    assert {kind for kind in INPUT_TYPES if fits(kind, text)} >= {"text"}


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_every_number_is_one(number):
    assert fits("number", str(number))
    assert fits("json", json.dumps(number))


@pytest.mark.parametrize("text", ["", "x", "1 2", "nan", "inf", "0x1", "1_000", "--1"])
def test_what_is_no_number(text):
    assert not fits("number", text)


def test_lines_are_a_list_too():
    assert items_of("a\r\nb c\n\n d\n") == ("a", "b c", " d")
    assert items_of('["a", 1, {"b": 2}]') == ("a", "1", '{"b": 2}')
    assert not fits("list", "[a")
