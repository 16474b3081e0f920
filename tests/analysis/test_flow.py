"""What the checker proves about the order in which steps run."""

from __future__ import annotations

from json import dumps

import pytest

from tests.analysis.verdict import analysed, found, rules

UNDER_WHEN = """
    - shell: "a"
      id: x
      when: ${{ITERATION}} == 1
    - claude: "/look {reference}"
      {more}
"""


def under_when(reference: str, more: str = "commit_required: false") -> list[str]:
    return rules(UNDER_WHEN.format(reference=reference, more=more))


def test_a_step_under_a_condition_may_be_unset():
    assert under_when("${x.output}") == ["maybe-undefined"]


@pytest.mark.parametrize("reference", ["${x.output:-none}", "${x.status}", "${x.spec}", "${x.spec_id}"])
def test_a_default_or_a_field_that_is_always_fine_helps(reference: str):
    assert under_when(reference) == []


@pytest.mark.parametrize(
    "condition",
    [
        '${x.status} == "succeeded"',
        '"succeeded" == ${x.status}',
        '${x.status} != "skipped"',
        '${x.status} in ["succeeded", "failed"]',
        '${ITERATION} == 1 && ${x.status} == "succeeded"',
        "${ITERATION} == 1",
        '(${x.status} == "succeeded" || ${x.status} == "failed")',
        '!(${x.status} == "skipped")',
        '!(${x.status} in ["skipped"] || ${ITERATION} == 2)',
        "${PROJECT_ROOT} != '' && ${ITERATION} == 1",
    ],
)
def test_a_guard_helps(condition: str):
    assert under_when("${x.output}", f"when: {dumps(condition)}") == []


@pytest.mark.parametrize(
    "condition",
    [
        '${x.status} != "failed"',
        '${x.status} in ["succeeded", "skipped"]',
        '${x.status} == "succeeded" || ${ITERATION} == 2',
        '!(${x.status} == "succeeded")',
        '!(${x.status} == "skipped" && ${ITERATION} == 2)',
        '${x.status} == "succeeded" || ${x.status} == "skipped"',
        "${ITERATION} == 2",
    ],
)
def test_what_is_no_guard_does_not(condition: str):
    assert under_when("${x.output}", f"when: {dumps(condition)}") == ["maybe-undefined"]


def test_the_left_of_a_condition_guards_its_right():
    asked, read = '${x.status} == "succeeded"', "${x.exit_code} == 0"
    assert under_when("", f"when: {dumps(f'{asked} && {read}')}") == []
    assert under_when("", f"when: {dumps(f'{read} && {asked}')}") == ["maybe-undefined"]


def test_conditions_on_what_changes_are_no_guard():
    text = """
        - shell: "a"
          capture_output: true
        - shell: "b"
          id: x
          when: $CAPTURED_OUTPUT == "go"
          capture_output: true
        - claude: "/look ${x.output}"
          when: $CAPTURED_OUTPUT == "go"
    """
    assert rules(text) == ["maybe-undefined"]


GROUP_UNDER_WHEN = """
    - id: g
      when: ${{ITERATION}} == 1
      steps:
        - shell: "first"
        - shell: "x"
          id: a
          {inner}
    - shell: "echo ${{a.output}}"
      when: {condition}
"""


@pytest.mark.parametrize("status", ['== "succeeded"', '!= "skipped"'])
def test_a_group_that_ran_answers_for_the_steps_in_it(status: str):
    condition = dumps(f"${{g.status}} {status}")
    assert rules(GROUP_UNDER_WHEN.format(condition=condition, inner="")) == []
    same = "when: ${ITERATION} == 1"
    assert rules(GROUP_UNDER_WHEN.format(condition=condition, inner=same)) == []
    own = "when: ${PROJECT_ROOT} != ''"
    assert rules(GROUP_UNDER_WHEN.format(condition=condition, inner=own)) == ["maybe-undefined"]


def test_a_group_that_may_have_been_skipped_answers_for_nothing():
    condition = dumps('${g.status} != "failed"')
    assert rules(GROUP_UNDER_WHEN.format(condition=condition, inner="")) == ["maybe-undefined"]


def test_the_label_shows_the_condition():
    (diagnostic,) = analysed(UNDER_WHEN.format(reference="${x.output}", more="")).diagnostics
    (label,) = diagnostic.secondary
    assert diagnostic.source.slice(label.span) == "${ITERATION} == 1"
    assert label.message == "it runs only under this condition"
    assert "`${x.output:-none}`" in diagnostic.help[0]


class TestHandlers:
    TEXT = """
        - shell: "a"
          id: x
          on_failure:
            - claude: "/fix ${{x.output}}"
              id: fix
            - claude: "/more ${{fix.output}} ${{x.exit_code}}"
        - claude: "/look ${{{reference}}}"
    """

    def test_the_owner_is_known_inside_and_siblings_are_too(self):
        assert rules(self.TEXT.format(reference="x.output")) == []

    def test_from_outside_a_handler_may_not_have_run(self):
        assert rules(self.TEXT.format(reference="fix.output")) == ["maybe-undefined"]
        assert rules(self.TEXT.format(reference="fix.status")) == []

    def test_another_handler_may_not_have_run(self):
        text = """
            - shell: "a"
              on_failure:
                claude: "/fix"
                id: fix
              on_exit_code:
                101:
                  claude: "/look ${fix.output}"
        """
        assert rules(text) == ["maybe-undefined"]

    def test_a_step_cannot_read_its_own_handler(self):
        text = """
            - shell: "a ${fix.output:-}"
              on_failure:
                claude: "/fix"
                id: fix
        """
        assert rules(text) == ["forward-reference"]


class TestOnSuccess:
    TEXT = """
        - shell: "a"
          id: x
          on_success:
            - shell: "b ${{x.output}}"
              id: y
            - shell: "c ${{y.output}}"
        - claude: "/look ${{{reference}}}"
    """

    def test_owner_and_siblings_are_known_inside(self):
        assert rules(self.TEXT.format(reference="x.output")) == []

    def test_from_outside_it_may_not_have_run(self):
        assert rules(self.TEXT.format(reference="y.output")) == ["maybe-undefined"]


class TestGroups:
    TEXT = """
        - id: g
          {options}
          steps:
            - shell: "a"
              id: first
            - shell: "b ${{first.output}}"
              id: second
        - claude: "/look ${{{reference}}}"
    """

    def found(self, reference: str, options: str = "env: {A: b}") -> list[str]:
        return rules(self.TEXT.format(reference=reference, options=options))

    def test_steps_of_a_group_are_known_after_it(self):
        assert self.found("second.output") == []

    def test_a_group_has_fields_of_its_own(self):
        assert self.found("g.commits") == []
        assert self.found("g.output") == ["unknown-field"]

    def test_a_group_under_a_condition_may_not_have_run(self):
        assert self.found("second.output", "when: ${ITERATION} == 1") == ["maybe-undefined"]

    def test_a_group_that_may_fail_and_go_on_may_end_early(self):
        assert self.found("second.output", "on_failure: {fail_workflow: false}") == ["maybe-undefined"]
        assert self.found("first.output", "on_failure: {fail_workflow: false}") == []

    def test_inside_a_conditional_group_its_steps_are_known(self):
        text = """
            - when: ${ITERATION} == 1
              steps:
                - shell: "a"
                  id: x
                - steps:
                    - claude: "/look ${x.output}"
        """
        assert rules(text) == []

    def test_the_handler_of_a_group_knows_only_its_first_step(self):
        text = """
            - steps:
                - shell: "a"
                  id: x
                - shell: "b"
                  id: y
              on_failure:
                claude: "/fix ${x.output} ${y.output}"
        """
        assert found(text) == [("maybe-undefined", 8, 31)]

    def test_after_the_success_of_a_group_its_steps_are_known(self):
        text = """
            - steps:
                - shell: "a"
                  id: x
                - shell: "b"
                  id: y
              on_failure: {fail_workflow: false}
              on_success:
                claude: "/fix ${x.output} ${y.output}"
        """
        assert rules(text) == []


class TestOutputs:
    TEXT = """
        - shell: "a"
          id: x
          outputs:
            score: {{regex: "score: 5"}}
            note: {{file_pattern: "*.md"}}
          {options}
        - claude: "/look ${{{reference}}}"
    """

    def found(self, reference: str, options: str) -> list[str]:
        return rules(self.TEXT.format(reference=reference, options=options))

    def test_an_output_is_there_where_failure_ends_the_playbook(self):
        assert self.found("x.score", "on_failure: {fail_workflow: true}") == []

    def test_it_may_be_unset_where_the_playbook_goes_on(self):
        assert self.found("x.score", "on_failure: {fail_workflow: false}") == ["maybe-undefined"]
        assert self.found("x.output", "on_failure: {fail_workflow: false}") == []

    def test_a_file_pattern_may_always_be_read(self):
        assert self.found("x.note", "when: ${ITERATION} == 1") == []


def test_until_sees_the_whole_main_line():
    text = """
        until: {shell: "test ${x.exit_code} = 0 -a ${y.exit_code} = 0"}
        steps:
          - shell: "a"
            id: x
          - shell: "b"
            id: y
            when: ${ITERATION} == 1
    """
    assert found(text) == [("maybe-undefined", 2, 44)]


def test_the_header_runs_before_every_step():
    text = """
        env: {A: "${x.output}"}
        steps:
          - shell: "a"
            id: x
    """
    assert rules(text) == ["forward-reference"]


def test_reading_oneself():
    assert rules('- {shell: "a ${x.output}", id: x}') == ["self-reference"]
    assert rules('- {shell: "a", id: x, when: "${x.output} == 1"}') == ["self-reference"]
    assert rules('- id: g\n  steps:\n    - shell: "a ${g.commits}"') == ["self-reference"]
