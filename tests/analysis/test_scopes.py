"""What a hole stands for."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.scopes import (
    EnvironmentTarget,
    InputTarget,
    ShellsOwn,
    StepTarget,
    VariableTarget,
)
from mmm_lang.analysis.variables import SESSION_VARIABLES
from mmm_lang.syntax import names
from tests.analysis.verdict import analysed, resolution, rules


def test_the_variables_are_those_that_the_reader_of_templates_knows():
    assert tuple(SESSION_VARIABLES) == names.SESSION_VARIABLES


@pytest.mark.parametrize(
    ("written", "field", "path"),
    [
        ("${tests.output}", "output", ()),
        ("$<tests.output>", "output", ()),
        ("${tests.json.summary.0.name}", "json", ("summary", "0", "name")),
        ("${tests.outputs.score}", "score", ()),
        ("${tests.score}", "score", ()),
        ("${tests.outputs.report}", "report", ()),
        ("${tests.outputs.spec}", "spec", ()),
        ("${tests.spec_id}", "spec_id", ()),
    ],
)
def test_a_field_of_a_step(written: str, field: str, path: tuple[str, ...]):
    analysis = analysed(f"""
        - shell: "cargo test"
          id: tests
          outputs:
            score: {{regex: "score: 5"}}
            report: {{json: "$.report"}}
        - claude: "/look {written}"
    """)
    target = resolution(analysis, written).target
    assert analysis.ok
    assert isinstance(target, StepTarget)
    assert target.step is analysis.playbook.steps[0]
    assert (target.field, target.path) == (field, path)


def test_session_variables_and_inputs():
    analysis = analysed("""
        inputs:
          target: {default: src}
        steps:
          - claude: "/look $ARG ${target} ${inputs.target} $target ${ITERATION}"
    """)
    assert analysis.diagnostics == ()
    targets = [one.target for one in analysis.resolutions.values()]
    assert [type(target) for target in targets] == [
        VariableTarget,
        InputTarget,
        InputTarget,
        InputTarget,
        VariableTarget,
    ]


def test_the_longest_name_wins():
    assert rules('- claude: "/look $ARGUMENTS"') == ["undefined-variable"]


def test_unknown_single_names_of_a_script_are_the_shells():
    analysis = analysed('- shell: "echo $HOME ${PATH} ${CI:-1.0} ${x%.md} $(date) ${#a}"')
    assert analysis.diagnostics == ()
    assert all(isinstance(one.target, ShellsOwn) for one in analysis.resolutions.values())


def test_unknown_single_names_of_env_come_from_the_environment():
    analysis = analysed("""
        - shell: "make"
          env: {A: "$HOME/x", B: "${CI:-no}", C: "${ITERATION}"}
    """)
    assert analysis.diagnostics == ()
    targets = [one.target for one in analysis.resolutions.values()]
    assert [type(target) for target in targets] == [EnvironmentTarget, EnvironmentTarget, VariableTarget]


def test_a_name_with_a_filter_is_never_the_shells():
    assert rules('- shell: "echo ${thing | json}"') == ["undefined-variable"]


def test_names_of_other_contexts_in_a_script():
    assert rules('- shell: "echo ${item.path}"') == ["context-not-available"]


def test_variables_that_the_command_line_must_give():
    analysis = analysed("""
        - claude: "/implement $ARG ${FILE:-x} $ITERATION"
        - shell: "echo $ARG ${FILE_NAME}"
    """)
    assert analysis.variables_needed == ("ARG", "ITERATION", "FILE_NAME")


class TestShell:
    """`shell` is resolved by the text."""

    def of(self, text: str, written: str = "${shell.output}") -> str:
        analysis = analysed(text)
        target = resolution(analysis, written).target
        assert analysis.ok, [one.message for one in analysis.diagnostics]
        assert isinstance(target, StepTarget)
        return analysis.keys.of(target.step)

    def test_is_the_step_under_repair(self):
        text = """
            - shell: "a"
            - shell: "b"
              on_failure:
                - shell: "c"
                - claude: "/fix ${shell.output}"
        """
        assert self.of(text) == "step-2"

    def test_is_the_innermost_step_under_repair(self):
        text = """
            - shell: "a"
              on_failure:
                shell: "b"
                on_failure:
                  claude: "/fix ${shell.output}"
        """
        assert self.of(text) == "step-1.on_failure.1"

    def test_is_the_outer_one_where_an_agent_call_is_repaired(self):
        text = """
            - shell: "a"
              on_failure:
                claude: "/fix"
                on_failure:
                  claude: "/fix-harder ${shell.output}"
        """
        assert self.of(text) == "step-1"

    def test_is_the_nearest_one_before_outside_of_handlers(self):
        text = """
            - shell: "a"
            - claude: "/x"
            - steps:
                - claude: "/look ${shell.output}"
        """
        assert self.of(text) == "step-1"

    def test_is_the_owner_in_on_success(self):
        text = """
            - shell: "a"
            - shell: "b"
              on_success:
                claude: "/look ${shell.output}"
        """
        assert self.of(text) == "step-2"

    def test_is_the_nearest_one_in_until(self):
        text = """
            until: {shell: "test -n ${shell.output}"}
            steps:
              - shell: "a"
              - claude: "/x"
        """
        assert self.of(text) == "step-1"

    def test_is_nothing_before_the_first(self):
        assert rules('- claude: "/fix ${shell.output}"\n- shell: "a"') == ["context-not-available"]


class TestLast:
    """`last` is the predecessor in the same list, at its head the owner of the list."""

    def of(self, text: str) -> str:
        analysis = analysed(text)
        target = resolution(analysis, "${last.output}").target
        assert analysis.ok, [one.message for one in analysis.diagnostics]
        assert isinstance(target, StepTarget)
        return analysis.keys.of(target.step)

    def test_is_the_predecessor(self):
        assert self.of('- shell: "a"\n- claude: "/x"\n- claude: "/y ${last.output}"') == "step-2"

    def test_is_the_owner_at_the_head_of_a_handler(self):
        text = """
            - claude: "/x"
            - claude: "/y"
              on_failure:
                - claude: "/fix ${last.output}"
                - claude: "/z"
        """
        assert self.of(text) == "step-2"

    def test_is_nothing_at_the_head_of_the_playbook(self):
        assert rules('- claude: "/x ${last.output}"') == ["context-not-available"]

    def test_is_no_group_that_has_not_ended(self):
        assert "self-reference" in rules('- steps:\n    - claude: "/x ${last.spec}"')


def test_a_step_defined_twice_has_one_diagnostic_however_often_it_is_read():
    text = """
        - claude: "/a"
          id: x
        - claude: "/b ${x.spec} ${y.spec}"
          id: y
        - claude: "/c ${x.json.a}"
          id: x
    """
    assert rules(text) == ["forward-reference", "duplicate-id"] or rules(text) == [
        "self-reference",
        "duplicate-id",
    ]


def test_a_reserved_id_has_no_followers():
    assert rules('- {shell: a, id: item}\n- claude: "/x ${item.output}"') == ["reserved-id"]


def test_a_step_without_an_action_has_no_followers():
    text = """
        - id: x
        - claude: "/x ${x.anything}"
    """
    assert "unknown-field" not in rules(text)
