"""The outline, folding, selecting, tokens, hints, formatting, and how diagnostics are shown."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.registry import all_rules
from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.editor.difference import difference
from mmm_lang.editor.findings import DEPRECATED, UNNECESSARY, findings
from mmm_lang.editor.folding import Fold, folds
from mmm_lang.editor.formatting import formatting
from mmm_lang.editor.hints import hints
from mmm_lang.editor.outline import outline
from mmm_lang.editor.selection import selections
from mmm_lang.editor.tokens import tokens
from tests.editor.cursor import at_cursor, document

PLAYBOOK = """\
# What it does,
# in two lines.
inputs:
  target: {default: src, description: a folder}
steps:
  - shell: |
      make
      make test
    id: tests
    outputs: {score: {regex: a}}
    on_failure:
      claude: /fix ${tests.output | tail(5)}
      max_attempts: 4
    on_success:
      - shell: echo ${inputs.target} $ITERATION
  - steps:
      - claude: Look at ${tests.score}
until: {shell: make test}
"""


def shape(symbols):
    return [
        (one.name, one.kind, shape(one.children)) if one.children else (one.name, one.kind) for one in symbols
    ]


def test_the_outline():
    assert shape(outline(document(PLAYBOOK))) == [
        ("target", "input"),
        (
            "tests",
            "shell",
            [
                ("score", "output"),
                ("on_failure", "handler", [("/fix ${tests.output | tail(5)}", "agent")]),
                ("on_success", "handler", [("echo ${inputs.target} $ITERATION", "shell")]),
            ],
        ),
        ("group of 1 step", "group", [("Look at ${tests.score}", "agent")]),
        ("until", "until"),
    ]


def test_the_outline_has_the_steps_after_a_merge():
    text = "merge:\n  - shell: make\n  - claude: /look\nsteps:\n  - shell: echo\n"
    found = outline(document(text))
    inside = [("make", "shell"), ("/look", "agent")]
    assert shape(found) == [("merge", "group", inside), ("echo", "shell")]
    assert text[found[0].selection.start : found[0].selection.end] == "merge"
    assert text[found[0].span.start : found[0].span.end].startswith("merge:")


def test_an_entry_of_the_outline_says_what_the_step_does():
    (_, tests, *_) = outline(document(PLAYBOOK))
    assert (tests.detail, PLAYBOOK[tests.selection.start : tests.selection.end]) == ("make", "tests")


def test_what_can_be_folded():
    found = folds(document(PLAYBOOK))
    assert found[0] == Fold(1, 2, "comment")
    assert {(3, 4), (5, 17), (6, 15), (6, 8), (11, 13), (14, 15), (16, 17)} <= {
        (one.first, one.last) for one in found
    }


def test_selecting_more_and_more():
    doc, offset = at_cursor(PLAYBOOK.replace("tests.score", "tests.sc‸ore"))
    texts = [doc.source.slice(span) for span in selections(doc, offset)]
    assert texts[:4] == [
        "score",
        "${tests.score}",
        "Look at ${tests.score}",
        "claude: Look at ${tests.score}",
    ]
    assert texts[-1] == doc.text


def test_tokens_are_the_names_in_references_the_ids_and_the_commands():
    doc = document(PLAYBOOK)
    found = [(doc.source.slice(one.span), one.kind, one.is_definition) for one in tokens(doc)]
    assert found == [
        ("target", "parameter", True),
        ("tests", "variable", True),
        ("score", "property", True),
        ("fix", "function", False),
        ("tests", "variable", False),
        ("output", "property", False),
        ("tail", "function", False),
        ("inputs", "keyword", False),
        ("target", "parameter", False),
        ("ITERATION", "variable", False),
        ("tests", "variable", False),
        ("score", "property", False),
    ]


def test_hints_say_how_often_a_step_can_run():
    doc = document(PLAYBOOK)
    lines = [(doc.source.position(one.offset).line, one.text) for one in hints(doc)]
    assert lines == [(6, "≤ 5 runs"), (12, "≤ 4 runs")]
    assert hints(document("- claude: x\n  retry: {attempts: 3}\n  idd: 1\n")) == (), "no plan, no bounds"


def test_formatting_is_what_mmm_fmt_writes():
    doc = document("-   claude:   x\n    id:   a\n")
    assert apply_edits(doc.text, formatting(doc)) == "- claude: x\n  id: a\n"
    assert formatting(document("- claude: x\n")) == ()
    assert formatting(document('- claude: "x\n')) == (), "what is no YAML stays as it is"


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [("a\nb\nc\n", "a\nB\nc\n", 1), ("a\nb\nc\n", "x\nb\ny\n", 2), ("", "a", 1), ("a", "", 1), ("a", "a", 0)],
)
def test_a_difference_is_made_of_whole_lines(before, after, edits):
    found = difference(before, after)
    assert len(found) == edits
    assert apply_edits(before, found) == after


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_long_text_differs_in_one_place(end):
    before = "".join(f"line {number}{end}" for number in range(5000))
    after = before.replace(f"line 7{end}", f"line seven{end}line 7{end}")
    (edit,) = difference(before, after)
    assert apply_edits(before, [edit]) == after
    assert edit.span.end - edit.span.start < 10
    assert before[max(0, edit.span.start - 1) : edit.span.start + 1] != "\r\n"


def test_a_diagnostic_says_all_in_one_text():
    (one,) = findings(document("- shell: x\n  id: tests\n- claude: ${test.output}\n"))
    first, *others = one.message.split("\n")
    assert first == "no step named `test` is defined before this one (not the id of a step)"
    assert others == ["help: replace with `tests`"]
    assert [label.message for label in one.related] == ["there is a step with a similar name"]


def test_what_is_suppressed_is_not_shown():
    assert findings(document("- claude: x\n  options: 1 # mmm: ignore[ignored-key]\n")) == ()


def test_what_could_be_removed_is_faded_and_what_is_old_struck_through():
    (faded,) = findings(document("- claude: x\n  options: 1\n"))
    assert (faded.is_unnecessary, faded.is_deprecated) == (True, False)
    (old,) = findings(document("- test: {command: x}\n"))
    assert (old.is_unnecessary, old.is_deprecated) == (False, True)
    names = [rule.name for rule in all_rules()]
    assert set(names) >= DEPRECATED
    assert all(any(name.startswith(start) for name in names) for start in UNNECESSARY)


def test_a_secret_is_shown_where_it_stands():
    key = "ghp_" + "a1B2c3D4e5" * 4
    (one,) = findings(document(f'- shell: "curl -H {key} https://example.com"\n'))
    assert (one.rule, one.span.start, one.span.end) == ("hardcoded-secret", 18, 18 + len(key))
