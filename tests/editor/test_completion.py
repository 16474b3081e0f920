"""Completion, in texts as they are while they are typed."""

from __future__ import annotations

from typing import get_args

import pytest

from mmm_lang.agents.model import Permissions
from mmm_lang.analysis.fields import LOOP_FIELDS, STEP_FIELDS
from mmm_lang.analysis.scopes import SESSION_VARIABLES
from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.model import Edit
from mmm_lang.editor import meanings
from mmm_lang.editor.completion import completion
from mmm_lang.syntax.interiors import FILTERS
from mmm_lang.syntax.keys import ACTIONS, KEYS
from tests.editor.cursor import Listed, at_cursor

COMMANDS = Listed.of("mmm-lint", "mmm-review", "team:plan", description="what it does", hint="[file]")
STEP = "- claude: x\n  id: review\n"


def offered(text, before=None):
    """The texts that would be written, in order."""
    document, offset = at_cursor(text, COMMANDS, before)
    return [one.text for one in completion(document, offset)]


def written(text, choice):
    """The text after a choice is made, by its label."""
    document, offset = at_cursor(text, COMMANDS)
    (one,) = [one for one in completion(document, offset) if one.label == choice]
    return apply_edits(document.text, [Edit(one.span, one.text)])


# --- keys ---


def test_an_empty_playbook_begins_with_a_header_or_a_step():
    found = offered("‸")
    assert found[:3] == ["name: ", "steps:", "commands:"]
    assert "- claude: " in found
    assert "- parallel:" not in found, "what this version cannot run is not proposed"
    assert "config:" not in found, "nor what has no effect"


def test_a_list_goes_on_with_steps():
    assert offered("- claude: x\n‸")[:3] == ["- claude: ", "- shell: ", "- name: "]
    assert offered("steps:\n  - claude: x\n  ‸")[0] == "- claude: "
    assert "commands:" not in offered("steps:\n- claude: x\n‸")


def test_actions_come_first_and_only_where_there_is_none():
    assert offered("- ‸")[:3] == ["claude: ", "shell: ", "name: "]
    beside = offered("- shell: x\n  ‸")
    assert not {key.rstrip(": ") for key in beside} & set(ACTIONS)
    assert "test:" not in offered("- ‸"), "deprecated"


def test_only_keys_that_fit_the_action_and_are_not_there():
    agent, shell = offered("- claude: x\n  id: a\n  ‸"), offered("- shell: x\n  ‸")
    assert "model: " in agent
    assert "cwd: " not in agent
    assert "id: " not in agent
    assert "cwd: " in shell
    assert "model: " not in shell
    assert "timeout: " not in offered("- steps: [{claude: x}]\n  ‸")


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("- claude: x\n  on_failure:\n    ‸", {"claude: ", "max_attempts: ", "fail_workflow: "}),
        ("- claude: x\n  on_failure: {fa‸}", {"max_attempts: ", "fail_workflow: "}),
        ("- claude: x\n  retry:\n    ‸", {"attempts: ", "backoff: "}),
        ("limits: {‸}\nsteps: []", {"agent_calls: ", "cost_usd: ", "duration: "}),
        ("inputs:\n  target:\n    ‸", {"default: ", "description: "}),
        ("- claude: x\n  outputs:\n    spec: {‸", {"file_pattern: ", "json: ", "regex: "}),
        ("- shell: x\n  on_exit_code:\n    ‸", {"default:"}),
    ],
)
def test_keys_of_blocks(text, some):
    assert some <= set(offered(text))


def test_a_colon_that_is_there_is_not_written_again():
    assert written("- cl‸: x\n", "claude") == "- claude: x\n"
    assert written("- cl‸aud: x\n", "claude") == "- claude: x\n"
    assert written("- claude: x\n  on_fai‸\n", "on_failure") == "- claude: x\n  on_failure:\n"


def test_every_key_says_what_it_is_for():
    document, offset = at_cursor("- claude: x\n  ‸")
    assert all(
        one.detail and KEYS["step"][one.label].meaning in one.documentation
        for one in completion(document, offset)
    )


# --- values ---


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("- claude: x\n  commit: ‸", ["true", "false"]),
        ("- claude: x\n  on_failure: {fail_workflow: f‸}", ["true", "false"]),
        ("on_denied: ‸\nsteps: []", ["fail", "warn"]),
        ('on_denied: "f‸"\nsteps: []', ["fail", "warn"]),
        ("- shell: x\n  rerun: ‸", ["auto", "ask", "never"]),
        ("- shell: x\n  shell_program: ‸", ["sh", "bash"]),
        ("- claude: x\n  agent: ‸", ["claude", "replay"]),
        ("- claude: x\n  permissions: ‸", list(get_args(Permissions))),
        ("version: ‸", ["1"]),
        ("- claude: x\n  id: ‸", []),
        ("- claude: x\n  commit: true # ‸", []),
        ("- claude: x\n  commit: true f‸", []),
    ],
)
def test_values(text, values):
    assert sorted(offered(text)) == sorted(values)


# --- references ---


def test_ids_of_steps_before_the_nearest_first():
    found = offered(
        """\
        - claude: x
          id: first
        - shell: y
          id: second
        - claude: "/z ${‸"
          id: this
        - claude: z
          id: later
        """
    )
    assert found[:4] == ["second", "first", "shell", "last"]
    assert not {"this", "later"} & set(found)
    assert "ITERATION}" in found


def test_a_handler_sees_the_step_that_it_repairs():
    assert offered("- shell: x\n  id: tests\n  on_failure:\n    claude: /fix ${‸}")[:3] == [
        "tests",
        "shell",
        "last",
    ]
    assert "tests" in offered("- shell: x\n  id: tests\n  on_failure: {claude: '/fix ${‸")


def test_a_group_is_not_seen_from_inside():
    found = offered("- id: all\n  steps:\n    - claude: x\n      id: inner\n    - claude: ${‸}\n")
    assert "inner" in found
    assert "all" not in found


def test_fields_the_usual_first_and_the_reference_is_closed():
    assert offered(STEP + "- claude: ${review.‸")[:3] == ["output}", "spec}", "status}"]
    assert offered(STEP + "- claude: ${review.‸}")[:3] == ["output", "spec", "status"]
    assert offered(STEP + "- claude: $<review.‸")[0] == "output>"
    assert "json" in offered(STEP + "- claude: ${review.‸"), "a path goes on behind it"
    assert "exit_code}" not in offered("- id: g\n  steps: [{claude: x}]\n- claude: ${g.‸")


def test_declared_outputs_come_before_fields():
    text = "- shell: x\n  id: scan\n  outputs:\n    score: {regex: 'a'}\n    worst: {json: $.a}\n- claude: ${scan.‸}\n"
    assert offered(text)[:2] == ["score", "worst"]
    assert offered(text.replace("scan.‸", "scan.outputs.‸")) == ["score", "worst"]


def test_what_may_be_unset_comes_later_and_says_so():
    document, offset = at_cursor("- claude: x\n  id: a\n  when: $ITERATION == 1\n- claude: ${a.‸}\n")
    found = completion(document, offset)
    assert {one.label for one in found[:3]} == {"status", "spec", "spec_id"}
    assert all(
        "may be unset" in one.detail for one in found if one.label not in ("status", "spec", "spec_id")
    )


def test_properties_of_an_answer_with_a_schema():
    text = """\
        - claude: x
          id: scan
          output_schema:
            type: object
            properties:
              severity: {type: string}
              first: {type: object, properties: {line: {type: integer}}}
        - claude: ${scan.json.‸}
        """
    assert offered(text) == ["severity", "first"]
    assert offered(text.replace("json.‸", "json.first.‸")) == ["line"]


def test_inputs_and_variables():
    text = "inputs:\n  target: src\nsteps:\n  - shell: 'ls $‸'\n"
    assert offered(text)[:2] == ["target", "ARG"]
    assert offered(text.replace("$‸", "${inputs.‸}")) == ["target"]


def test_filters():
    assert offered(STEP + "- claude: ${review.output | ‸}")[:2] == ["head(20)", "tail(20)"]


@pytest.mark.parametrize(
    "text",
    [
        STEP + "- shell: 'echo \\${‸'",
        STEP + "- claude: 'costs $${‸'",
        "description: ${‸\nsteps: []",
        STEP + "- claude: ${nobody.‸",
    ],
)
def test_no_reference_where_none_can_be(text):
    assert offered(text) == []


@pytest.mark.parametrize(
    "text",
    [
        STEP + '- claude: "/x ${rev‸',
        STEP + "- claude: |\n    /x\n    ${rev‸\n  id: y",
        STEP + "- claude: >-\n    /x ${rev‸}",
        STEP + "- name: x\n  args:\n    - ${rev‸",
        STEP + '- name: x\n  args: ["${rev‸',
        STEP + "- shell: x\n  env: {A: '${rev‸",
        STEP + "- shell: x\n  when: ${rev‸",
        STEP + "- /mmm-lint ${rev‸",
        STEP + "- shell: x\n  on_failure:\n    - claude: ${rev‸",
        "steps:\n  - claude: x\n    id: review\nuntil: {shell: '${rev‸",
    ],
)
def test_references_in_every_place_and_style(text):
    assert offered(text)[0] == "review"


def test_while_the_text_is_broken_the_last_sound_one_is_asked():
    before = "- claude: x\n  id: review\n- claude: y\n- shell: z\n  id: later\n"
    text = '- claude: x\n  id: review\n]]\n- claude: "${‸\n- shell: z\n  id: later\n'
    assert offered(text, before=before)[0] == "review"
    assert "later" not in offered(text, before=before)


def test_a_step_that_the_last_sound_text_does_not_have_stands_where_it_is_typed():
    before = "- claude: x\n  id: review\n- shell: z\n  id: later\n"
    text = '- claude: x\n  id: review\n- claude: ]\n- claude: "${‸\n- shell: z\n  id: later\n'
    found = offered(text, before=before)
    assert found[0] == "review"
    assert "later" not in found


# --- commands and comments ---


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("- claude: /mmm-l‸\n", "- claude: /mmm-lint\n"),
        ("- claude: ‸\n", "- claude: /mmm-lint\n"),
        ('- claude: "/mmm‸ a"\n', '- claude: "/mmm-lint a"\n'),
        ("- claude: |\n    /‸\n", "- claude: |\n    /mmm-lint\n"),
        ("- name: mm‸\n", "- name: mmm-lint\n"),
        ("commands:\n  - mm‸\n", "commands:\n  - mmm-lint\n"),
        ("commands:\n  - /mm‸\n", "commands:\n  - /mmm-lint\n"),
        ("- shell: x\n  on_failure: {claude: /m‸}\n", "- shell: x\n  on_failure: {claude: /mmm-lint}\n"),
    ],
)
def test_slash_commands(text, result):
    assert written(text, "/mmm-lint") == result


def test_slash_commands_come_with_their_description():
    document, offset = at_cursor("- claude: /‸", COMMANDS)
    assert [(one.label, one.detail, one.documentation) for one in completion(document, offset)] == [
        ("/mmm-lint", "[file]", "what it does"),
        ("/mmm-review", "[file]", "what it does"),
        ("/team:plan", "[file]", "what it does"),
    ]


def test_a_word_in_the_middle_of_a_prompt_is_no_command():
    assert offered("- claude: please /‸") == []
    assert offered("- claude: |\n    /mmm-lint\n    /‸\n") == []


def test_rules_that_a_comment_can_silence():
    found = offered("- claude: x # mmm: ignore[un‸")
    assert "undefined-step" in found
    assert {"shellcheck", "script-syntax", "bound-exceeded"} <= set(found)
    assert "yaml-syntax" not in found
    assert "useless-suppression" not in found
    assert offered("- claude: x # and ${‸") == []


def test_every_name_of_the_language_has_its_meaning():
    assert set(meanings.FIELDS) == {*STEP_FIELDS, *LOOP_FIELDS}
    assert set(meanings.FILTERS) == set(FILTERS)
    assert set(SESSION_VARIABLES) <= {text.rstrip("}") for text in offered("- claude: ${‸")}
