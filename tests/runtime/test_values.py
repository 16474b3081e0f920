"""What a reference is worth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmm_lang.plan.ir import Environment, StepField, Variable
from mmm_lang.runtime.events import Event, IterationFinished, IterationStarted, StepStarted
from mmm_lang.runtime.values import (
    FileText,
    Scope,
    Unset,
    ValueProblem,
    json_text,
    read_text,
    size_of,
    stem,
)
from tests.support.happenings import BASE, begun, run, scope_of, skipped, wrote
from tests.support.plans import plan_of

PLAN = plan_of("""
- {shell: make, id: tests, capture_output: true}
- {claude: "/mmm-review", id: review, outputs: {score: {regex: "\\\\d+"}, status: {regex: "x"}}}
- {shell: gone, id: gone, capture_output: true}
- id: group
  steps: [{shell: inner, id: inner}]
""")


def scope(folder: Path, *more: list[Event], **fields: object) -> Scope:
    events = [*begun(**fields), *(event for events in more for event in events)]
    return scope_of(
        PLAN, events, folder, exists=lambda path: os.path.lexists(path) or "/there/" in path, HOME="/home/ada"
    )


def text(value: object) -> str:
    assert not isinstance(value, Unset), value
    return read_text(value)  # type: ignore[arg-type]


# --- variables ---


def test_variables_of_the_session(tmp_path: Path) -> None:
    known = scope(tmp_path, variables={"ARG": "src", "inputs.target": "x"})
    assert known.value(Variable("ARG")) == "src"
    assert known.value(Variable("inputs.target")) == "x"
    assert known.value(Variable("ITERATION")) == "1"
    assert known.value(Variable("PROJECT_ROOT")) == "/project"
    assert known.value(Variable("FILE")) == Unset("`FILE` is not set")


def test_the_callers_environment(tmp_path: Path) -> None:
    assert scope(tmp_path).value(Environment("HOME")) == "/home/ada"
    assert scope(tmp_path).value(Environment("NOPE")) == Unset("`NOPE` is not in the environment")


def test_captured_output_is_that_of_the_latest_step_that_asks_for_it(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="first\n")
    wrote(tmp_path, 2, stdout="not captured\n")
    wrote(tmp_path, 3, stdout="second\n", log="second and more\n")
    assert scope(tmp_path).value(Variable("CAPTURED_OUTPUT")) == ""
    once = scope(tmp_path, run("tests", 1), run("review", 2))
    assert text(once.value(Variable("CAPTURED_OUTPUT"))) == "first"
    twice = scope(tmp_path, run("tests", 1), run("gone", 3, fault="exit"))
    assert text(twice.value(Variable("CAPTURED_OUTPUT"))) == "second and more"
    skips = scope(tmp_path, run("tests", 1), skipped("gone"))
    assert text(skips.value(Variable("CAPTURED_OUTPUT"))) == "first"


def test_spec_id_is_that_of_the_latest_spec_that_is_still_there(tmp_path: Path) -> None:
    nothing = scope(tmp_path).value(Variable("SPEC_ID"))
    assert isinstance(nothing, Unset)
    assert "no spec was made" in nothing.reason
    story = [
        *run("tests", 1, outputs={"spec": "there/a.md"}),
        *run("review", 2, outputs={"spec": "away/b.md"}),
    ]
    assert scope(tmp_path, story).value(Variable("SPEC_ID")) == "a"
    story = [*story, *run("gone", 3, outputs={"spec": "there/c.spec.md"})]
    assert scope(tmp_path, story).value(Variable("SPEC_ID")) == "c.spec"


# --- fields ---


def test_fields_of_a_script(tmp_path: Path) -> None:
    wrote(tmp_path, 4, stdout="out\n\n", stderr="err\n", log="err\nout\n\n")
    story = run(
        "tests",
        4,
        ran={"exit_code": 3, "duration": 1.25, "calls": 0},
        commits=("c1", "c2"),
        files=("a b", "c"),
    )
    values = {
        "status": "succeeded",
        "exit_code": "3",
        "output": "out\n",
        "stdout": "out\n",
        "stderr": "err",
        "output_file": str(tmp_path / "steps" / "4" / "log"),
        "attempts": "1",
        "duration": "1.25",
        "calls": "0",
        "cost_usd": "0",
        "commits": "c1\nc2",
        "files": "a b\nc",
    }
    known = scope(tmp_path, story)
    assert {name: text(known.field("tests", name)) for name in values} == values


def test_output_of_a_failure_is_both_streams(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="out\n", stderr="err\n", log="err\nout\n")
    known = scope(tmp_path, run("tests", 1, fault="exit"))
    assert text(known.field("tests", "output")) == "err\nout"
    assert text(known.field("tests", "stdout")) == "out"


def test_output_of_an_agent_is_its_answer(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout='{"type": "result"}\n', answer="I found 3 things.")
    for story in (run("review", 1), run("review", 1, fault="agent")):
        known = scope(tmp_path, story)
        assert (
            text(known.field("review", "output"))
            == text(known.field("review", "stdout"))
            == "I found 3 things."
        )


def test_a_run_without_figures_has_empty_ones(tmp_path: Path) -> None:
    known = scope(tmp_path, run("review", 1, fault="timeout", ran={"exit_code": None, "cost_usd": None}))
    assert text(known.field("review", "exit_code")) == text(known.field("review", "cost_usd")) == ""
    never_started = scope(tmp_path, [StepStarted("tests", (), 1, BASE, 1)])
    assert text(never_started.field("tests", "exit_code")) == ""
    assert text(never_started.field("tests", "duration")) == "0"
    assert text(never_started.field("tests", "output")) == ""


def test_attempts_are_the_runs_at_that_place(tmp_path: Path) -> None:
    known = scope(tmp_path, run("tests", 1, fault="exit"), run("tests", 2, attempt=2))
    assert known.field("tests", "attempts") == "2"


def test_the_latest_run_counts_and_lives_for_one_iteration(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="old\n", log="old\n")
    wrote(tmp_path, 2, stdout="new\n")
    story = [*run("tests", 1, fault="exit"), *run("tests", 2, attempt=2)]
    assert text(scope(tmp_path, story).field("tests", "output")) == "new"
    again = [IterationFinished(1, 1, True, False), IterationStarted(2, BASE)]
    assert scope(tmp_path, story, again).field("tests", "output") == Unset(
        "nothing to work on: `tests` has not run"
    )


def test_status_is_always_set(tmp_path: Path) -> None:
    known = scope(tmp_path, run("tests", 1, fault="exit"), skipped("gone"))
    assert [known.field(step, "status") for step in ("tests", "gone", "inner")] == [
        "failed",
        "skipped",
        "skipped",
    ]


def test_what_was_skipped_has_nothing_else(tmp_path: Path) -> None:
    known = scope(tmp_path, skipped("gone"))
    assert known.field("gone", "output") == Unset("nothing to work on: `gone` was skipped")
    assert known.field("gone", "spec") == Unset("nothing to work on: `gone` was skipped")


def test_outputs(tmp_path: Path) -> None:
    known = scope(
        tmp_path, run("review", 1, outputs={"spec": "specs/it-1.md", "score": "7", "status": "fine"})
    )
    assert known.value(StepField("review", "spec")) == "specs/it-1.md"
    assert known.value(StepField("review", "spec_id")) == "it-1"
    assert known.value(StepField("review", "score")) == "7"
    assert known.value(StepField("review", "status")) == "fine"
    none = scope(tmp_path, run("review", 1))
    assert none.value(StepField("review", "spec")) == Unset("nothing to work on: `review.spec`")
    assert none.value(StepField("review", "spec_id")) == Unset("nothing to work on: `review.spec_id`")


def test_json(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout='{"a": [{"b c": "text"}, 1.5, null, true], "n": {"ü": 1}}\n')
    known = scope(tmp_path, run("tests", 1))

    def at(*path: str) -> object:
        return known.value(StepField("tests", "json", path))

    assert at("a", "0", "b c") == "text"
    assert [at("a", number) for number in "123"] == ["1.5", "null", "true"]
    assert at("n") == '{"ü":1}'
    for path in (("b",), ("a", "9"), ("a", "x"), ("a", "0", "b c", "d"), ("a", "-1")):
        with pytest.raises(ValueProblem, match=rf"has no `{path[-1]}` there"):
            at(*path)


def test_json_of_an_agent_is_its_structured_answer_or_its_text(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="stream", answer='{"score": 1}')
    wrote(tmp_path, 2, stdout="stream", answer="7 of 10", json='{"score": 2}')
    for number in (1, 2):
        known = scope(tmp_path, run("review", number))
        assert known.value(StepField("review", "json", ("score",))) == str(number)


def test_what_is_no_json_says_so(tmp_path: Path) -> None:
    wrote(tmp_path, 1, stdout="make: nothing to be done")
    with pytest.raises(ValueProblem, match="the output of `tests` is not JSON"):
        scope(tmp_path, run("tests", 1)).value(StepField("tests", "json"))


# --- texts in files ---


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"", ""),
        (b"\n", ""),
        (b"a", "a"),
        (b"a\n", "a"),
        (b"a\n\n", "a\n"),
        (b"\xff\n", "\ufffd"),
        (b"\r\n", "\r"),
    ],
)
def test_a_text_ends_without_its_last_newline(tmp_path: Path, content: bytes, read: str) -> None:
    path = tmp_path / "stdout"
    path.write_bytes(content)
    assert read_text(FileText(str(path))) == read
    assert size_of(FileText(str(path))) == len(content.removesuffix(b"\n"))


def test_a_text_whose_file_was_never_written_is_empty(tmp_path: Path) -> None:
    missing = FileText(str(tmp_path / "stdout"))
    assert read_text(missing) == ""
    assert size_of(missing) == 0


def test_no_more_is_read_than_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_bytes(b"x" * 10 + b"\n")
    assert read_text(FileText(str(path)), most=10) == "x" * 10
    with pytest.raises(ValueProblem, match="longer than 9 bytes"):
        read_text(FileText(str(path)), most=9)


def test_sizes_are_bytes() -> None:
    assert [size_of(one) for one in ("", "ü", ("a", "b"), ())] == [0, 2, 3, 0]


def test_json_values_as_text() -> None:
    assert [json_text(one) for one in ("a b", 1, [1, "x"], None)] == ["a b", "1", '[1,"x"]', "null"]


def test_stems() -> None:
    assert [stem(path) for path in ("specs/a.md", "a", "b.c.md", ".hidden")] == ["a", "a", "b.c", ".hidden"]
