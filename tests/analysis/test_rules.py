"""What the rules say, where, and what they propose. (Each rule's own page has more examples.)"""

from __future__ import annotations

import pytest

from tests.analysis.verdict import analysed, found, labelled, mended, only, rules, underlined


class TestUndefinedStep:
    TEXT = '- {claude: "/a", id: coverage}\n- claude: "/b ${coverge.spec}"\n'

    def test_shows_the_step_that_was_likely_meant(self):
        diagnostic = only(self.TEXT)
        assert diagnostic.message == "no step named `coverge` is defined before this one"
        assert underlined(diagnostic) == "coverge"
        assert labelled(diagnostic) == [("coverage", "there is a step with a similar name")]
        assert diagnostic.help == ("replace with `coverage`",)

    def test_its_fix_is_a_guess(self):
        diagnostic = only(self.TEXT)
        assert diagnostic.fix is not None
        assert diagnostic.fix.applicability == "unsafe"
        assert mended(diagnostic) == self.TEXT.replace("coverge", "coverage")

    def test_a_later_step_is_not_proposed(self):
        assert labelled(only('- claude: "/b ${coverge.spec}"\n- {claude: "/a", id: coverage}')) == []

    def test_a_variable_has_no_fields(self):
        assert only('- claude: "/b ${ARG.spec}"').help == (
            "`ARG` is a variable and has no fields: write `${ARG}`",
        )

    @pytest.mark.parametrize(
        ("quote", "written"), [("'", "$''{process.env.HOME}"), ('"', r"\${process.env.HOME}")]
    )
    def test_text_of_another_language_in_a_script(self, quote: str, written: str):
        text = f"- shell: |\n    node -e {quote}print(${{process.env.HOME}}){quote}\n"
        assert "quotes write `$''{process.env.HOME}`, in double" in only(text).help[1]
        assert f"`{written}`" in only(text).help[1]
        assert rules(text.replace("${process.env.HOME}", written)) == []

    @pytest.mark.parametrize(
        "text", ['- shell: "echo ${nowhere.output}"', '- claude: "look at ${process.env.HOME}"']
    )
    def test_what_is_likely_a_reference_is_not_taken_for_text(self, text: str):
        assert len(only(text).help) == 1

    def test_the_place_is_exact_inside_a_block_scalar(self):
        text = """
            - claude: |
                Look at this:
                  ${nobody.output} and ${no-one.spec}
        """
        assert found(text) == [("undefined-step", 4, 9), ("undefined-step", 4, 30)]

    def test_every_place_is_reported_once(self):
        text = """
            - claude: "/a ${x.spec} ${x.sepc}"
              args: ["${y.spec}"]
              env: {A: "${z.a.b.c}"}
              when: ${w.exit_code} == 0
        """
        assert [rule for rule in rules(text) if rule != "ignored-key"] == ["undefined-step"] * 4


class TestForwardReference:
    def test_shows_the_later_step(self):
        diagnostic = only('- claude: "/b ${review.spec}"\n- {claude: "/a", id: review}')
        assert underlined(diagnostic) == "review"
        assert labelled(diagnostic) == [("review", "the step stands here")]
        assert diagnostic.help == ("move step `review` up, or the step that reads it down",)

    def test_a_misspelt_field_is_said_as_well(self):
        assert rules('- claude: "/b ${review.sepc}"\n- {claude: "/a", id: review}') == [
            "forward-reference",
            "unknown-field",
        ]


class TestUnknownField:
    def step(self, reference: str, more: str = "") -> str:
        return f'- {{shell: "a", id: x{more}}}\n- claude: "/b {reference}"'

    def test_proposes_a_field(self):
        diagnostic = only(self.step("${x.ouput}"))
        assert diagnostic.message == "step `x` has no field `ouput`"
        assert underlined(diagnostic) == "ouput"
        assert mended(diagnostic) == self.step("${x.output}")

    def test_proposes_an_output(self):
        diagnostic = only(self.step("${x.outputs.scor}", ', outputs: {score: {regex: "5"}}'))
        assert diagnostic.message == "step `x` declares no output `scor`"
        assert diagnostic.help == ("replace with `score`",)

    def test_lists_the_fields_where_none_is_similar(self):
        assert "`exit_code`" in only(self.step("${x.zebra}")).help[0]

    def test_text_has_no_fields(self):
        diagnostic = only(self.step("${x.output.name}"))
        assert diagnostic.message == "`output` of step `x` is text and has no `name` in it"
        assert underlined(diagnostic) == "name"

    def test_outputs_alone_names_nothing(self):
        assert only(self.step("${x.outputs}")).help == (
            "name one of its outputs, as in `${id.outputs.score}`",
        )

    def test_says_shell_where_shell_is_written(self):
        assert only(self.step("${shell.ouput}")).message == "step `shell` has no field `ouput`"

    def test_an_output_that_cannot_be_read_has_no_followers(self):
        assert rules(self.step("${x.score}", ', outputs: {score: {regex: "("}}')) == ["invalid-regex"]

    def test_a_question_is_no_group(self):
        text = "- {approve: 'ok?', id: q}\n- shell: 'echo ${q.output}'"
        assert only(text).help == ("a question has no output: ask for its `status`",)

    def test_what_a_playbook_is_given_are_inputs(self):
        diagnostic = only("- {shell: make, with: {a: 1}}")
        assert "`inputs:` for a `playbook:`" in diagnostic.help[0]

    def test_a_dash_without_a_space(self):
        diagnostic = only("steps:\n  -shell: make\n")
        assert diagnostic.help == ("put a space after the dash: `- shell: …`",)


class TestUndefinedVariable:
    def test_a_step_needs_a_field(self):
        diagnostic = only('- {claude: "/a", id: review}\n- claude: "/b $review"')
        assert diagnostic.help == ("name a field of the step: `${review.output}`",)
        assert labelled(diagnostic) == [("review", "the step")]

    def test_proposes_an_input(self):
        text = 'inputs: {target: src}\nsteps:\n  - claude: "/a ${targte}"\n'
        assert mended(only(text)) == text.replace("targte", "target")

    @pytest.mark.parametrize("step", ['claude: "use ${API_KEY}"', '{shell: make, when: "${API_KEY} == 1"}'])
    def test_a_secret_is_not_to_be_made_an_input(self, step: str):
        diagnostic = only(f"secrets: [API_KEY]\nsteps:\n  - {step}\n")
        assert diagnostic.rule == "undefined-variable"
        assert diagnostic.message == "the secret `API_KEY` cannot be read here"
        assert diagnostic.help[0] == "use `$API_KEY` in a `shell:` step, which finds it in its environment"
        assert diagnostic.fix is None

    def test_a_dollar_sign_that_is_text_is_doubled(self):
        diagnostic = only('- claude: "in $HOME"')
        assert diagnostic.help[0] == "write `$$HOME` where the text `$HOME` is meant"
        assert mended(diagnostic) == '- claude: "in $$HOME"'

    @pytest.mark.parametrize("key", ["cwd", "commit_message"])
    def test_in_other_texts(self, key: str):
        assert rules(f'- {{shell: "a", {key}: "x/$HOME"}}') == ["undefined-variable"]

    def test_in_questions(self):
        assert rules('- approve: "ship ${spek.output} it?"') == ["undefined-step"]
        assert mended(only('- approve: "pay $PRICE?"')) == '- approve: "pay $$PRICE?"'

    def test_in_conditions(self):
        assert rules('- {shell: "a", when: "$CI == 1"}') == ["undefined-variable"]

    def test_a_default_does_not_make_a_name_known(self):
        assert rules('- claude: "/a ${SPEK:-x}"') == ["undefined-variable"]


class TestContextNotAvailable:
    @pytest.mark.parametrize(
        "reference", ["${item.path}", "${item}", "${map.results}", "${env.HOME}", "${run.id}"]
    )
    def test_in_a_prompt(self, reference: str):
        assert rules(f'- claude: "/a {reference}"') == ["context-not-available"]

    def test_the_environment_in_a_script(self):
        assert only('- shell: "a ${env.HOME}"').help == ("write `${HOME}`",)

    def test_item_in_a_script_is_the_shells(self):
        assert rules('- shell: "for item in a b; do echo ${item}; done"') == []


class TestIds:
    def test_duplicate(self):
        diagnostic = only("- {shell: a, id: x}\n- steps: [{shell: b, id: x}]")
        assert diagnostic.source.position(diagnostic.primary.span.start).line == 2
        assert labelled(diagnostic) == [("x", "first given here")]

    @pytest.mark.parametrize(
        "name", ["shell", "last", "item", "map", "inputs", "env", "run", "start", "end", "until"]
    )
    def test_reserved(self, name: str):
        assert rules(f"- {{shell: a, id: {name}}}") == ["reserved-id"]

    @pytest.mark.parametrize("name", ["analyze", "claude", "ARG", "step", "step-one", "shell_", "Shell"])
    def test_free(self, name: str):
        assert rules(f"- {{shell: a, id: {name}}}") == []


class TestScripts:
    def test_numbers_are_fine_where_the_shell_computes(self):
        text = """
            - {shell: a, id: x}
            - shell: "echo $(( ${x.exit_code} + $ITERATION + ${x.attempts:-0} ))"
        """
        assert rules(text) == []

    @pytest.mark.parametrize("reference", ["${x.output}", "$ARG", "${x.json.n}", "${x.exit_code:-none}"])
    def test_text_is_not(self, reference: str):
        assert rules(f'- {{shell: a, id: x}}\n- shell: "echo $(( {reference} ))"') == ["text-in-arithmetic"]

    def test_a_declared_output_is_text_whatever_its_name(self):
        text = """
            - {shell: a, id: x, outputs: {duration: {regex: ".*"}}}
            - shell: "echo $(( ${x.duration} ))"
        """
        assert rules(text) == ["shadowed-field", "text-in-arithmetic"]

    def test_ansi_quotes_are_fine_in_bash(self):
        text = "- {{shell: a, id: x}}\n- shell: \"echo $'${{x.output}}'\"\n  shell_program: {}"
        assert rules(text.format("bash")) == []
        assert rules(text.format("sh")) == ["ansi-quotes"]

    def test_the_program_of_the_header_counts(self):
        text = "shell_program: bash\nsteps:\n- {shell: a, id: x}\n- shell: \"echo $'${x.output}'\""
        assert rules(text) == []

    def test_the_shells_own_names_in_a_quoted_heredoc_are_fine(self):
        text = """
            - shell: |
                cat <<'EOF'
                $HOME ${PATH}
                EOF
        """
        assert rules(text) == []

    def test_until_is_a_script_too(self):
        text = """
            until: {shell: "test $(( ${last.output} )) -gt 3"}
            steps:
              - shell: a
        """
        assert rules(text) == ["text-in-arithmetic"]

    def test_what_a_script_assigns_is_its_own(self):
        text = """
            inputs: {target: src}
            steps:
              - shell: |
                  for target in a b; do echo "$target ${target}"; done
                  echo ${inputs.target}
        """
        assert rules(text) == ["shadowed-variable"]

    def test_an_input_may_name_a_command(self):
        assert rules('inputs: {tool: make}\nsteps:\n- shell: "${tool} test"') == []


class TestCapturedOutput:
    def test_is_set_by_the_step_under_repair(self):
        text = """
            - shell: a
              capture_output: true
              on_failure:
                claude: "/fix $CAPTURED_OUTPUT"
        """
        assert rules(text) == []

    def test_is_not_set_by_a_later_step(self):
        assert rules('- claude: "/a $CAPTURED_OUTPUT"\n- {shell: b, capture_output: true}') == [
            "unset-captured-output"
        ]

    def test_its_fix_is_the_output_of_the_step_under_repair(self):
        text = '- shell: a\n  on_failure: {claude: "/fix $CAPTURED_OUTPUT"}\n'
        assert mended(only(text)) == text.replace("$CAPTURED_OUTPUT", "${shell.output}")

    def test_elsewhere_there_is_no_fix(self):
        assert only('- claude: "/a $CAPTURED_OUTPUT"').fix is None


class TestImpliedCommit:
    @pytest.mark.parametrize(
        ("text", "after"),
        [
            ("commands:\n  - mmm-lint\n", "commands:\n  - {name: mmm-lint, commit_required: false}\n"),
            ("commands: [mmm-lint]\n", "commands: [{name: mmm-lint, commit_required: false}]\n"),
            (
                'commands:\n  - args: ["--fix"]\n    name: "mmm-lint"\n',
                'commands:\n  - args: ["--fix"]\n    commit_required: false\n    name: "mmm-lint"\n',
            ),
            (
                "commands:\n  - {name: mmm-lint}\n",
                "commands:\n  - {commit_required: false, name: mmm-lint}\n",
            ),
        ],
    )
    def test_its_fix(self, text: str, after: str):
        assert mended(only(text)) == after
        assert rules(after) == []

    def test_claude_steps_may_leave_no_commit(self):
        assert rules('- claude: "/mmm-lint"') == []


@pytest.mark.parametrize(
    ("cwd", "leaves"),
    [
        ("src", False),
        ("./src/../tests", False),
        (".", False),
        ("..", True),
        ("src/../..", True),
        ("/tmp", True),
        ("~/x", True),
        ("..foo", False),
        ("a/${ITERATION}/b", False),
        ("..${ITERATION}", False),
        ("../${ITERATION}", True),
        ("${PROJECT_ROOT}/..", False),
    ],
)
def test_cwd_stays_inside_the_work_tree(cwd: str, leaves: bool):
    assert rules(f'- {{shell: "a", cwd: "{cwd}"}}') == (["path-escape"] if leaves else [])


@pytest.mark.parametrize(
    ("path", "readable"),
    [
        ("$", True),
        ("$.a.b", True),
        ("$.a[0].b", True),
        ("$.a-b.0", True),
        ('$["a b"]', False),
        ("$[-1]", False),
        ("$..a", False),
        ("$.a[*]", False),
        ("$a", False),
    ],
)
def test_json_paths(path: str, readable: bool):
    text = f"- shell: a\n  outputs:\n    x: {{json: '{path}'}}"
    assert rules(text) == ([] if readable else ["invalid-json-path"])


def test_many_mistakes_are_all_reported():
    text = """
        - {claude: "/a ${b.spec}", id: a}
        - {claude: "/b ${a.sepc} ${nobody.spec} $HOME", id: b}
        - {claude: "/c ${c.spec}", id: c}
        - {shell: "x", id: a, cwd: "/"}
    """
    assert sorted(rules(text)) == [
        "duplicate-id",
        "forward-reference",
        "path-escape",
        "self-reference",
        "undefined-step",
        "undefined-variable",
    ]


def test_diagnostics_come_in_the_order_of_the_text():
    analysis = analysed('- claude: "${z.a} ${y.a}"\n- claude: "${x.a}"')
    starts = [one.primary.span.start for one in analysis.diagnostics]
    assert starts == sorted(starts)
