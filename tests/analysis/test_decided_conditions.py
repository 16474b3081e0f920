"""What is said about a condition holds when it is judged in a session."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.check import analyse
from mmm_lang.plan.lowering import lower
from mmm_lang.runtime.conditions import compared, holds
from mmm_lang.runtime.values import ValueProblem
from mmm_lang.source import Source
from tests.analysis.verdict import rules

DECIDED = {"constant-condition", "contradictory-condition", "unreachable-step"}
BEFORE = """
- shell: "a"
  id: x
  ok_exit_codes: [0, 1, 2]
- shell: "b"
  id: y
  on_failure: {fail_workflow: false}
"""


class Values:
    """A renderer that knows the value of every reference."""

    def __init__(self, values):
        self.values = values

    def value(self, hole):
        return self.values[hole.written]


def analysed_under(condition):
    return analyse(
        Source("playbook.yml", f'{BEFORE}- shell: "c"\n  when: {condition!r}\n'.replace("\\'", "''"))
    )


REFERENCES = {
    "x.status": st.sampled_from(["succeeded"]),
    "y.status": st.sampled_from(["succeeded", "failed"]),
    "x.exit_code": st.sampled_from(["0", "1", "2"]),
    "y.exit_code": st.sampled_from(["0", "1", "101"]),
    "x.output": st.sampled_from(["", "a", "b", "0", "1", "2.5", "false", "something else"]),
    "ITERATION": st.sampled_from(["1", "2", "3", "10"]),
}
OPERANDS = st.sampled_from([f"${{{name}}}" for name in REFERENCES])
CONSTANTS = st.sampled_from(
    ['"a"', '"failed"', '"succeeded"', "0", "1", "2", "2.5", "-1", "true", "false", '""']
)
ATOMS = st.one_of(
    OPERANDS,
    st.builds("{} {} {}".format, OPERANDS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), CONSTANTS),
    st.builds("{} in [{}, {}]".format, OPERANDS, CONSTANTS, CONSTANTS),
    st.builds("{} matches /{}/".format, OPERANDS, st.sampled_from(["a", "^s", "[0-9]"])),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{} && {}".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=4,
)


@given(CONDITIONS, st.fixed_dictionaries(REFERENCES))
@example("(${x.exit_code} || ${x.exit_code} == 2)", dict.fromkeys(REFERENCES, "0"))
@settings(max_examples=200, deadline=None)
def test_a_condition_that_is_said_to_be_constant_is(condition, values):
    analysis = analysed_under(condition)
    said = [one for one in analysis.diagnostics if one.rule in DECIDED]
    if not said or not analysis.ok:
        return
    step = list(lower(analysis).steps)[-1]
    assert step.when is not None
    try:
        outcome = holds(step.when, Values(values))
    except ValueProblem:
        return
    (one,) = said
    assert outcome == ("always" in one.message)


@given(
    st.sampled_from(sorted(REFERENCES)),
    st.sampled_from(["==", "!=", "<", ">="]),
    st.sampled_from([0.0, 2.5, "a", "failed", "succeeded", "succes", "0", "1.0"]),
    st.data(),
)
@settings(max_examples=200, deadline=None)
def test_a_comparison_that_is_said_to_mismatch_never_holds(name, operator, constant, data):
    written = f'"{constant}"' if isinstance(constant, str) else f"{constant:g}"
    analysis = analysed_under(f"${{{name}}} {operator} {written}")
    if "type-mismatch" not in {one.rule for one in analysis.diagnostics}:
        return
    value = data.draw(REFERENCES[name])
    try:
        outcome = compared(operator, value, constant)
    except ValueProblem:
        return
    assert outcome == (operator == "!=")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ('${x.status} == "failed"', "unreachable-step"),
        ("${x.exit_code} > 2", "unreachable-step"),
        ("${x.exit_code} == 2", None),
        ('${y.status} == "failed"', None),
        ("${y.exit_code} != 0", None),
        ('${x.status} != "failed"', None),
        ('${x.status} == "failed" || ${ITERATION} == 1', None),
        ('${x.status:-failed} == "failed"', None),
        ("${ITERATION} == 0", "constant-condition"),
        ("${ITERATION} >= 1", "constant-condition"),
        ("${x.status}", "constant-condition"),
        ("${x.output}", None),
        ("${x.output} == 1 && ${x.output} == 2", "contradictory-condition"),
        ('${x.output} == "a" && ${x.output} matches /b/', None),
        ("${x.output} > 1 && ${x.output} < 2", None),
        ("${x.output} > ${y.output}", None),
        ('"a" == "b"', "constant-condition"),
    ],
)
def test_examples(condition, said):
    found = [one.rule for one in analysed_under(condition).diagnostics]
    assert found == ([] if said is None else [said])


def test_a_failure_can_be_asked_for_in_the_handler():
    text = """
        - shell: a
          id: x
          on_failure:
            claude: "/mmm-fix-test"
            when: ${x.exit_code} != 1
    """
    assert rules(text) == []


def test_a_failure_inside_a_forgiving_group_can_be_asked_for_after_it():
    text = """
        - steps:
            - shell: a
              id: x
          on_failure: {fail_workflow: false}
        - shell: b
          when: ${x.status} == "failed"
    """
    assert rules(text) == []


def test_a_handler_may_have_failed_where_the_playbook_went_on():
    text = """
        - shell: a
          on_failure:
            shell: b
            id: repair
        - shell: c
          when: ${repair.status} == "failed"
    """
    assert rules(text) == []


def test_a_mismatch_has_no_followers():
    assert rules('- {shell: a, id: x}\n- shell: b\n  when: ${x.status} == "broken"') == ["type-mismatch"]
