"""What people are told to write instead: proposals that are sound where they are made."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.source import Source
from tests.analysis.verdict import analysed, labelled, mended, only, rules, underlined


class TestUndefinedStep:
    def test_the_first_step_has_none_before_it(self):
        assert only('- claude: "/a ${coverage.spec}"').help == (
            "put the step that makes it above this one, with `id: coverage`",
        )

    def test_the_step_before_is_proposed_where_it_has_the_field(self):
        assert only('- shell: a\n- claude: "/a ${x.output}"').help == (
            "give the step you mean `id: x`, or write `${last.output}` for the step before",
        )

    @pytest.mark.parametrize(
        "text",
        [
            '- shell: a\n- claude: "/a ${x.verdict}"',
            '- {shell: a, when: "${ITERATION} == 1"}\n- claude: "/a ${x.output}"',
            '- steps: [{shell: a}]\n- claude: "/a ${x.output}"',
        ],
        ids=["no such field", "may not have run", "a group has no output"],
    )
    def test_and_nowhere_else(self, text):
        assert only(text).help == ("give the step you mean `id: x`",)

    def test_in_a_handler_it_is_the_step_under_repair(self):
        text = '- shell: a\n  on_failure: {claude: "/fix ${x.output}"}'
        assert only(text).help == (
            "give the step you mean `id: x`, or write `${shell.output}` for the step under repair",
        )

    def test_a_deprecated_test_is_called_shell(self):
        text = '- test: {command: a, on_failure: {claude: "/fix ${test.output}"}}'
        (_, diagnostic) = analysed(text).diagnostics
        assert diagnostic.help == ("replace with `shell`",)
        assert labelled(diagnostic) == [("test", "the step that `shell` names")]

    @pytest.mark.parametrize("name", ["previous", "prev"])
    def test_the_step_before_by_its_other_names(self, name):
        text = f'- shell: a\n- claude: "/a ${{{name}.output}}"'
        assert mended(only(text)) == text.replace(name, "last")

    def test_no_word_stands_before_the_id(self):
        text = '- {shell: a, id: x}\n- claude: "/a ${steps.x.output}"'
        assert mended(only(text)) == text.replace("steps.", "")

    def test_names_of_places_are_proposed_only_where_they_mean_something(self):
        assert only('- claude: "/a ${shel.output}"').fix is None
        assert only('- shell: a\n- claude: "/a ${shel.output}"').help == ("replace with `shell`",)


class TestUnbracedReference:
    STEP = "- {shell: a, id: x}\n"

    @pytest.mark.parametrize("more", ['- claude: "/a $x.output"', '- shell: "echo $x.output"'])
    def test_its_fix(self, more):
        diagnostic = only(self.STEP + more)
        assert diagnostic.rule == "unbraced-reference"
        assert underlined(diagnostic) == "$x.output"
        assert mended(diagnostic) == self.STEP + more.replace("$x.output", "${x.output}")

    @pytest.mark.parametrize(
        "more",
        [
            '- shell: "x=1; echo $x.output"',
            '- shell: "for x in a b; do cat $x.json; done"',
            '- {shell: "echo $x.output", env: {x: y}}',
            '- shell: "echo $y.output"',
            '- shell: "read x < names; echo $x.md"',
        ],
    )
    def test_the_shells_own_variable(self, more):
        assert rules(self.STEP + more) == []

    @pytest.mark.parametrize("more", ['- shell: "echo $x.md"', '- shell: "echo ${x}.output"'])
    def test_a_variable_that_only_a_step_is_named_like(self, more):
        assert rules(self.STEP + more) == ["step-without-field"]


class TestUnknownField:
    @pytest.mark.parametrize(("written", "meant"), [("result", "output"), ("code", "exit_code")])
    def test_names_that_other_tools_have(self, written, meant):
        text = f'- {{shell: a, id: x}}\n- claude: "/a ${{x.{written}}}"'
        assert mended(only(text)) == text.replace(written, meant)

    def test_outputs_that_were_written_as_a_list_have_no_followers(self):
        text = '- {shell: a, id: x, outputs: [score]}\n- claude: "/a ${x.score} ${x.outputs.score}"'
        assert rules(text) == ["wrong-type"]


def test_what_a_script_assigns_is_shown():
    diagnostic = only('- shell: |\n    FILE=$(mktemp)\n    echo "$FILE"\n')
    assert labelled(diagnostic) == [("FILE", "the script assigns it here")]
    (assignment,) = diagnostic.secondary
    assert diagnostic.source.position(assignment.span.start).line == 2


@pytest.mark.parametrize(
    "text",
    [
        '- {shell: a, id: unit tests}\n- claude: "/a ${unit tests.output}"',
        '- {shell: a, id: 9a}\n- claude: "/a ${9a.output} $<9a.stdout>"',
    ],
)
def test_an_invalid_id_and_its_uses_are_one_mistake(text):
    diagnostic = only(text)
    assert diagnostic.rule == "invalid-id"
    assert {message for _, message in labelled(diagnostic)} == {"used here"}
    assert analyse(Source("p.yml", mended(diagnostic))).ok


def test_a_broken_condition_has_no_followers():
    text = '- {shell: a, id: x}\n- {shell: b, when: "$x.exit_code == 1"}'
    assert rules(text) == ["condition-syntax"]


def test_a_declared_status_says_nothing_of_how_the_step_ended():
    text = """
        - shell: a
          id: x
          when: ${ITERATION} == 1
          outputs: {status: {regex: "(.*)"}}
        - claude: "/a ${x.output}"
          when: ${x.status:-no} == "succeeded"
    """
    assert "maybe-undefined" in rules(text)
