"""The readable key of every step and handler."""

from __future__ import annotations

from tests.analysis.verdict import analysed

NESTED = """
    - claude: "/review"
    - shell: "cargo test"
      id: tests
      on_failure:
        claude: "/fix"
      on_exit_code:
        101:
          - shell: "cargo check"
          - claude: "/fix-build"
        default:
          claude: "/look"
      on_success:
        - shell: "git push"
    - steps:
        - shell: "a"
        - shell: "b"
          id: b
          on_failure: {fail_workflow: false}
"""


def test_every_step_and_handler_has_a_key_that_says_where_it_stands():
    keys = analysed(NESTED).keys
    assert list(keys.steps.values()) == [
        "step-1",
        "tests",
        "tests.on_failure.1",
        "tests.on_exit.101.1",
        "tests.on_exit.101.2",
        "tests.on_exit.default.1",
        "tests.on_success.1",
        "step-3",
        "step-3.1",
        "b",
    ]
    assert list(keys.handlers.values()) == [
        "tests.on_failure",
        "tests.on_exit.101",
        "tests.on_exit.default",
        "b.on_failure",
    ]


def test_keys_are_looked_up_by_node():
    analysis = analysed(NESTED)
    step = analysis.playbook.steps[1]
    assert analysis.keys.of(step) == "tests"
    assert step.on_failure is not None
    assert analysis.keys.of(step.on_failure) == "tests.on_failure"


def test_an_id_that_is_the_name_of_another_step_is_reported():
    text = """
        - shell: "a"
          id: step-2
        - shell: "b"
    """
    (diagnostic,) = analysed(text).diagnostics
    assert diagnostic.rule == "reserved-id"
    assert diagnostic.primary.message == "is already the name of step 2, which has no id"


def test_an_id_that_is_the_name_of_its_own_step_is_fine():
    assert analysed("- {shell: a, id: step-1}\n- {shell: b, id: step-9}\n- {shell: c, id: step-02}").ok
