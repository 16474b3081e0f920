"""What a playbook's text means: its forms, steps, handlers and blocks, each with its place."""

from __future__ import annotations

import json

import pytest

from mmm_lang.syntax.nodes import (
    AnalyzeAction,
    Broken,
    ClaudeAction,
    ForEachAction,
    GroupAction,
    ShellAction,
    Step,
    UnavailableAction,
    walk,
)
from mmm_lang.syntax.parser import parse_playbook
from tests.syntax.places import parse, source_of, the_step


def prompts(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    return [
        (step.action.form, step.action.prompt.raw) for step in steps if isinstance(step.action, ClaudeAction)
    ]


def script(step: Step) -> str:
    assert isinstance(step.action, ShellAction)
    return step.action.script.raw


# --- forms ---


def test_a_list_of_steps():
    playbook = parse(
        """
        - claude: "/mmm-code-review"
        - shell: cargo test
        """
    )
    assert playbook.form == "list"
    assert prompts(playbook.steps) == [("claude", "/mmm-code-review")]
    assert script(playbook.steps[1]) == "cargo test"
    assert playbook.keys == {}


def test_commands_are_slash_commands_and_steps_of_every_kind():
    playbook = parse(
        """
        max_iterations: 2
        commands:
          - mmm-code-review
          - /mmm-lint --fix
          - name: mmm-test-generate
            args: ["--security", 5, true]
            commit_required: false
          - claude: "do it"
          - shell: "true"
        """
    )
    assert playbook.form == "commands"
    assert playbook.max_iterations.value == 2
    assert prompts(playbook.steps) == [
        ("string", "mmm-code-review"), ("string", "/mmm-lint --fix"), ("name", "mmm-test-generate"), ("claude", "do it"),
    ]  # fmt: skip
    named = playbook.steps[2]
    assert [argument.raw for argument in named.action.args] == ["--security", "5", "true"]
    assert named.commit_required.value is False


def test_a_header_and_steps():
    source = source_of(
        """
        version: 1
        name: Test coverage
        description: >
          Find untested code
        inputs:
          target: {default: src, description: folder to cover}
          depth: 3
          issue:
        env: {RUST_BACKTRACE: 1, EMPTY: "", PLAIN: a b}
        defaults: {timeout: 20m, model: sonnet, max_cost_usd: 0.50, retry: {attempts: 2, backoff: 0}}
        protect: ["tests/**"]
        max_iterations: 8
        until: {shell: "cargo test", timeout: 90}
        limits: {agent_calls: 40, cost_usd: 5.00, duration: 1h30m}
        shell_program: bash
        permissions: bypass
        agent: claude
        on_denied: warn
        steps:
          - mmm-lint
        """
    )
    playbook, diagnostics = parse_playbook(source)
    assert diagnostics == ()
    assert playbook.form == "steps"
    assert playbook.name.value == "Test coverage"
    assert playbook.description.value == "Find untested code\n"
    assert [(entry.name.value, entry.default and entry.default.value) for entry in playbook.inputs] == [
        ("target", "src"), ("depth", "3"), ("issue", None),
    ]  # fmt: skip
    assert playbook.inputs[0].description == "folder to cover"
    assert [(entry.name.value, entry.value.raw) for entry in playbook.env] == [
        ("RUST_BACKTRACE", "1"), ("EMPTY", ""), ("PLAIN", "a b"),
    ]  # fmt: skip
    assert playbook.defaults.timeout.value == 1200
    assert playbook.defaults.model.value == "sonnet"
    assert playbook.defaults.max_cost_usd.value == 0.5
    assert playbook.defaults.retry.attempts.value == 2
    assert playbook.defaults.retry.backoff.value == 0
    assert [pattern.value for pattern in playbook.protect] == ["tests/**"]
    assert playbook.until.script.raw == "cargo test"
    assert playbook.until.timeout.value == 90
    assert playbook.limits.agent_calls.value == 40
    assert playbook.limits.cost_usd.value == 5.0
    assert playbook.limits.duration.value == 5400
    assert playbook.settings.shell_program.value == "bash"
    assert playbook.settings.permissions.value == "bypass"
    assert playbook.settings.on_denied.value == "warn"
    assert source.slice(playbook.keys["until"]) == "until"
    assert source.slice(playbook.keys["limits.duration"]) == "duration"
    assert source.slice(playbook.span).startswith("version: 1")


def test_json_is_yaml():
    playbook = parse(json.dumps({"steps": [{"shell": 'echo "é"', "timeout": 5}]}))
    assert script(playbook.steps[0]) == 'echo "é"'


# --- steps ---


def test_every_key_of_a_shell_step():
    source = source_of(
        """
        - shell: |
            cargo test
            echo done
          id: tests
          when: ${a.status} == "succeeded"
          commit_required: false
          commit: true
          capture_output: true
          outputs:
            spec: {file_pattern: "*.md"}
            score: {json: $.score}
            rate: {regex: 'rate: (\\d+)'}
          ok_exit_codes: [0, 5]
          env: {A: "${HOME}"}
          cwd: sub
          shell_program: bash
          commit_message: "fix: $ITERATION"
          timeout: 2h
          retry: {attempts: 3, backoff: 1.5s}
          rerun: auto
        """
    )
    playbook, diagnostics = parse_playbook(source)
    assert diagnostics == ()
    (step,) = playbook.steps
    assert script(step) == "cargo test\necho done\n"
    assert step.id.value == "tests"
    assert step.when.raw == '${a.status} == "succeeded"'
    assert (step.commit_required.value, step.commit.value, step.capture_output.value) == (False, True, True)
    assert [(output.name.value, output.kind, output.pattern.value) for output in step.outputs] == [
        ("spec", "file_pattern", "*.md"), ("score", "json", "$.score"), ("rate", "regex", r"rate: (\d+)"),
    ]  # fmt: skip
    assert [code.value for code in step.ok_exit_codes] == [0, 5]
    assert step.env[0].value.raw == "${HOME}"
    assert step.cwd.raw == "sub"
    assert step.commit_message.raw == "fix: $ITERATION"
    assert step.settings.shell_program.value == "bash"
    assert step.settings.timeout.value == 7200
    assert step.settings.retry.attempts.value == 3
    assert step.settings.retry.backoff.value == 1.5
    assert {source.slice(span) for span in step.keys.values()} == {name.split(".")[-1] for name in step.keys}
    assert source.slice(step.action.span).startswith("shell: |\n    cargo test\n    echo done")
    assert source.slice(step.id.span) == "tests"


def test_what_is_handed_to_the_agent():
    step = the_step(
        """
        - claude: review
          model: opus
          max_cost_usd: 1
          allowed_tools: [Read, "Bash(git:*)"]
          permissions: plan
          agent: claude
          on_denied: fail
          output_schema: {type: object, required: [a], properties: {a: {type: integer}}}
        """
    )
    assert step.settings.max_cost_usd.value == 1.0
    assert [tool.value for tool in step.settings.allowed_tools] == ["Read", "Bash(git:*)"]
    assert step.settings.on_denied.value == "fail"
    assert json.loads(step.output_schema.value) == {
        "type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}},
    }  # fmt: skip


def test_an_output_schema_as_json_text():
    assert (
        the_step("""- {claude: x, output_schema: '{"type": "object"}'}""").output_schema.value
        == '{"type": "object"}'
    )


def test_a_group():
    step = the_step(
        """
        - steps:
            - shell: a
            - mmm-lint
          when: "true"
          env: {A: b}
          on_failure: {fail_workflow: false}
        """
    )
    assert isinstance(step.action, GroupAction)
    assert len(step.action.steps) == 2
    assert step.on_failure.fail_workflow.value is False


def test_places_inside_a_template_are_exact_in_every_style():
    for value in (
        "go ${a.b}",
        "'go ${a.b}'",
        '"\\x67o ${a.b}"',
        "|\n    go\n    ${a.b}",
        ">-\n    go\n    ${a.b}",
    ):
        source = source_of(f"- claude: {value}\n")
        playbook, _ = parse_playbook(source)
        (hole,) = playbook.steps[0].action.prompt.holes
        assert source.slice(hole.span) == "${a.b}"
        assert [source.slice(name.span) for name in hole.names] == ["a", "b"]


def test_an_alias_gives_a_step_of_its_own_each_time():
    playbook = parse(
        """
        - shell: a
          on_failure: &fix {claude: repair, max_attempts: 2}
        - shell: b
          on_failure: *fix
        """
    )
    first, second = (step.on_failure for step in playbook.steps)
    assert first.steps[0] is not second.steps[0]
    assert prompts(second.steps) == [("claude", "repair")]
    assert second.max_attempts.value == 2


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1h30m", 5400),
        ("'5'", 5),
        ("0.5s", 0.5),
    ],
)
def test_durations(written, seconds):
    duration = "5s" if written == "'5'" else written
    assert the_step(f"- {{shell: x, timeout: {duration}}}").settings.timeout.value == seconds


# --- handlers ---


def handler_of(text: str):
    return the_step(
        "- shell: x\n" + "\n".join(f"  {line}" for line in text.strip().splitlines()) + "\n"
    ).on_failure


def test_a_handler_that_is_a_step():
    handler = handler_of(
        """
on_failure:
  claude: repair
  commit_required: true
  max_attempts: 3
  fail_workflow: false
"""
    )
    assert prompts(handler.steps) == [("claude", "repair")]
    assert handler.steps[0].commit_required.value is True
    assert (handler.max_attempts.value, handler.fail_workflow.value) == (3, False)


def test_a_handler_that_is_a_list():
    handler = handler_of("on_failure:\n  - claude: repair\n  - mmm-lint")
    assert len(handler.steps) == 2
    assert (handler.max_attempts, handler.fail_workflow) == (None, None)


def test_a_handler_with_steps_and_options():
    handler = handler_of("on_failure:\n  steps: [{claude: repair}, {shell: y}]\n  max_attempts: 1")
    assert len(handler.steps) == 2
    assert handler.max_attempts.value == 1


def test_a_handler_that_is_a_group_with_keys_of_its_own():
    handler = handler_of("on_failure:\n  steps: [{claude: repair}]\n  when: 'true'\n  max_attempts: 1")
    (group,) = handler.steps
    assert isinstance(group.action, GroupAction)
    assert group.when is not None


def test_a_handler_that_is_options_alone():
    handler = handler_of("on_failure: {fail_workflow: true}")
    assert handler.steps == ()
    assert handler.fail_workflow.value is True


def test_handlers_nest():
    step = the_step(
        """
        - shell: a
          on_failure:
            claude: b
            on_success:
              shell: c
              on_failure: {claude: d}
        """
    )
    assert len(list(walk((step,)))) == 4


def test_exit_codes():
    source = source_of(
        """
        - shell: x
          on_exit_code:
            0: {shell: ok}
            101: {claude: repair, max_attempts: 2}
            2: [{claude: a}, {claude: b}]
            default: {fail_workflow: false}
        """
    )
    playbook, diagnostics = parse_playbook(source)
    assert diagnostics == ()
    (step,) = playbook.steps
    assert [script(after) for after in step.on_success] == ["ok"]
    assert [entry.code and entry.code.value for entry in step.on_exit_code] == [101, 2, None]
    assert step.on_exit_code[0].handler.max_attempts.value == 2
    assert len(step.on_exit_code[1].handler.steps) == 2
    assert source.slice(step.on_exit_code[0].handler.key_span) == "101"


def test_what_follows_success():
    assert [script(step) for step in the_step("- {shell: a, on_success: {shell: b}}").on_success] == ["b"]
    assert len(the_step("- {shell: a, on_success: [{shell: b}, mmm-lint]}").on_success) == 2


# --- what is read although it cannot be run ---


def test_older_and_later_actions_have_their_nodes():
    playbook, _ = parse_playbook(
        source_of(
            """
            - test: {command: cargo test, on_failure: {claude: repair}}
            - test: cargo test
            - analyze:
            - parallel: [a, b]
            - {foreach: x, do: [a], max_items: 3}
            - {claude: a, shell: b}
            """
        )
    )
    first, second, third, fourth, fifth, sixth = (step.action for step in playbook.steps)
    assert isinstance(first, ShellAction)
    assert first.deprecated_test
    assert prompts(playbook.steps[0].on_failure.steps) == [("claude", "repair")]
    assert isinstance(second, ShellAction)
    assert second.script.raw == "cargo test"
    assert isinstance(third, AnalyzeAction)
    assert isinstance(fourth, UnavailableAction)
    assert isinstance(fifth, ForEachAction)
    assert fifth.items is None
    assert prompts(fifth.steps) == [("string", "a")]
    assert isinstance(sixth, Broken)
