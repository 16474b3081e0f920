"""Older forms in the words of today: what is written, what is said, and what stays."""

from __future__ import annotations

import textwrap

import pytest

from mmm_lang.formatting.upgrade import upgrade_playbook
from mmm_lang.source import Source


def upgraded(text):
    """The text, and the remarks as ``line: text``."""
    found = upgrade_playbook(Source("playbook.yml", textwrap.dedent(text)))
    return found.source.text, [f"{remark.line}: {remark.text}" for remark in found.remarks]


def test_a_list_goes_under_steps_with_its_comments():
    text, remarks = upgraded(
        """\
        # head of the file

        # about the first step
        - shell: a # here
        - shell: |
            b
        # end
        """
    )
    assert text == textwrap.dedent(
        """\
        # head of the file

        steps:
          # about the first step
          - shell: a # here
          - shell: |
              b
        # end
        """
    )
    assert remarks == ["4: the list of steps stands under `steps:` now"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# head\n- shell: a\n", "# head\nsteps:\n  - shell: a\n"),
        ('[{"shell": "a"}]\n', '{"steps": [{"shell": "a"}]}\n'),
        ("---\n- shell: a\n", "---\nsteps:\n  - shell: a\n"),
        ("&all\n- shell: a\n", "&all\nsteps:\n  - shell: a\n"),
        ("name: x\ncommands: # c\n- shell: a\n", "name: x\nsteps: # c\n  - shell: a\n"),
        ('{"commands": [{"shell": "a"}]}\n', '{"steps": [{"shell": "a"}]}\n'),
        ("steps:\n  - shell: a\n", "steps:\n  - shell: a\n"),
    ],
)
def test_forms(before, after):
    assert upgraded(before)[0] == after


def test_a_test_step_is_a_script():
    text, remarks = upgraded(
        """\
        steps:
          - test:
              command: "cargo test" # all
              on_failure:
                # repair
                claude: "/x"
            id: t
          - test: "make test"
          - shell: a
            on_failure:
              test:
                command: b
        """
    )
    assert text == textwrap.dedent(
        """\
        steps:
          - shell: "cargo test" # all
            id: t
            on_failure:
              # repair
              claude: "/x"
          - shell: "make test"
          - shell: a
            on_failure:
              shell: b
        """
    )
    assert remarks == [f"{line}: `test:` is `shell:` now" for line in (2, 8, 11)]


def test_a_test_step_that_no_rule_can_move_stays():
    text, remarks = upgraded("steps:\n  - test:\n      on_failure: {claude: x}\n      command: a\n")
    assert "test:" in text
    assert [remark.partition(":")[0] for remark in remarks] == ["2"]


def test_commands_by_name():
    text, remarks = upgraded(
        """\
        steps:
          - name: mmm-lint
            args: ["--fix", "two words", 3] # fix
            commit_required: false
          - {name: "/mmm-a", args: [x], commit_required: true}
          - commit_required: true
            args:
              - "--deep" # very
            name: mmm-b ${ARG}
          - shell: a
            on_failure:
              - mmm-c
              - name: mmm-d
                id: d
        """
    )
    assert text == textwrap.dedent(
        """\
        steps:
          - claude: "/mmm-lint --fix 'two words' 3"
            # fix
            commit_required: false
          - {claude: "/mmm-a x", commit_required: true}
          - commit_required: true
            # very
            claude: "/mmm-b ${ARG} --deep"
          - shell: a
            on_failure:
              - claude: "/mmm-c"
              - claude: "/mmm-d"
                id: d
        """
    )
    assert [remark.split(":")[0] for remark in remarks] == ["2", "5", "9", "12", "13"]


@pytest.mark.parametrize(
    "step",
    [
        "mmm-lint",
        "name: mmm-lint",
        "{name: mmm-lint, when: 1 == 1}",
        "name: mmm-lint\n    on_success:\n      - mmm-test",
        'name: x\n    args: ["${ARG}"]\n    commit_required: true',
        "name: &n x\n    commit_required: true",
        "name: |\n      x\n      y\n    commit_required: true",
    ],
)
def test_what_claude_cannot_say_stays(step):
    before = f"steps:\n  - {step}\n"
    text, remarks = upgraded(before)
    assert text == before
    assert remarks
    assert all(" stays: " in remark for remark in remarks)


def test_config_becomes_keys_of_the_header():
    text, remarks = upgraded(
        """\
        config: # settings
          # how often
          max_iterations: 3
          continue_on_error: false # no
          command_timeout: 300 # seconds
          environment:
              A: "1"
              B: |
                two
                  lines
        steps:
          - shell: a
        """
    )
    assert text == textwrap.dedent(
        """\
        # settings
        # how often
        max_iterations: 3
        # no
        defaults: {timeout: 300} # seconds
        env:
          A: "1"
          B: |
            two
              lines
        steps:
          - shell: a
        """
    )
    assert remarks == [
        "3: `config.max_iterations: 3` had no effect; as `max_iterations` it has one now",
        "4: `config.continue_on_error: false` had no effect; it is gone",
        "5: `config.command_timeout: 300` had no effect; as `defaults` it has one now",
        '6: `config.environment: {A: "1", B: two lines}` had no effect; as `env` it has one now',
    ]


def test_metadata_becomes_keys_of_the_step():
    text, remarks = upgraded(
        """\
        steps:
          - claude: a
            metadata: {retries: 2, timeout: 60, owner: me}
          - claude: b
            timeout: 5
            metadata:
              # patience
              timeout: 60
              continue_on_error: true # go on
          - {claude: c, metadata: {env: {A: b}}}
          - claude: d
            metadata:
              retries: 0
              timeout: soon
        """
    )
    assert text == textwrap.dedent(
        """\
        steps:
          - claude: a
            retry: {attempts: 3}
            timeout: 60
          - claude: b
            timeout: 5
            # patience
            on_failure: {fail_workflow: false} # go on
          - {claude: c, env: {A: b}}
          - claude: d
        """
    )
    assert [remark.split(":")[0] for remark in remarks] == ["3", "3", "3", "8", "9", "10", "12"]


def test_what_has_no_effect_goes_with_a_word_about_it():
    text, remarks = upgraded(
        """\
        steps:
          - options: {a: 1}
            claude: x
            args: ["y"] # why
          - analyze:
              save: true
              max_cache_age: 60
              format: summary
        """
    )
    assert text == textwrap.dedent(
        """\
        steps:
          - claude: x
            # why
          - analyze:
              max_cache_age: 60
        """
    )
    assert remarks == [
        "2: `options: {a: 1}` had no effect; it is gone",
        '4: `args: ["y"]` had no effect; it is gone',
        "6: `save: true` had no effect; it is gone",
        "8: `format: summary` had no effect; it is gone",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- options: {a: 1} # why\n    claude: x\n", "# why\n  - claude: x\n"),
        (
            "- metadata: # m\n      # why\n      timeout: 3 # t\n    claude: x\n",
            "# m\n  # why\n  - claude: x\n    timeout: 3 # t\n",
        ),
        (
            "- metadata:\n      owner: me # o\n      timeout: 3\n    claude: x\n",
            "# o\n  - claude: x\n    timeout: 3\n",
        ),
    ],
)
def test_what_stands_first_in_its_step(before, after):
    assert upgraded(f"steps:\n  {before}")[0] == f"steps:\n  {after}"


@pytest.mark.parametrize(
    "step",
    [
        "analyze: {save: true}",
        "{claude: x, options: {a: 1,\n      b: 2 # two\n      }}",
        "claude: x\n    metadata: &m {timeout: 3}",
    ],
)
def test_what_no_rule_can_take_out_stays(step):
    before = f"steps:\n  - {step}\n"
    after, remarks = upgraded(before)
    assert after == before
    assert len(remarks) == 1
    assert " by hand" in remarks[0]
