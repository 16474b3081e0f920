"""Code actions: fixes, all safe fixes, comments that silence."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.diagnostics.fixing import apply_edits
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.editor.actions import fix_all, fixes, silencings
from mmm_lang.source import Source, Span
from tests.editor.cursor import at_cursor, document

YES = "- claude: x\n  commit: yes\n- claude: y\n  commit: no\n"


def here(text, actions):
    """What a feature offers at the cursor, and the document."""
    doc, offset = at_cursor(text)
    return doc, actions(doc, Span(offset, offset))


def test_a_fix_is_offered_where_its_diagnostic_is_and_nowhere_else():
    doc, (action,) = here("- shell: x\n  id: tests\n- claude: ${te‸st.output}\n", fixes)
    assert action.title == "replace with `tests`"
    assert apply_edits(doc.text, action.edits).endswith("${tests.output}\n")
    assert action.finding.rule == "undefined-step"
    assert here("- shell: ‸x\n  id: tests\n- claude: ${test.output}\n", fixes)[1] == ()


def test_a_safe_fix_is_preferred():
    _, (action,) = here("- claude: x\n  commit: y‸es\n", fixes)
    assert action.is_preferred
    _, (action,) = here("- shell: x\n  id: tests\n- claude: ${te‸st.output}\n", fixes)
    assert not action.is_preferred


def test_all_safe_fixes_at_once_in_small_edits():
    doc = document(YES)
    action = fix_all(doc)
    assert action.title == "apply all 2 safe fixes"
    assert apply_edits(doc.text, action.edits) == YES.replace("yes", "true").replace("no", "false")
    assert len(action.edits) == 2


def test_where_nothing_is_safe_there_is_no_fix_for_all():
    assert fix_all(document("- shell: x\n  id: tests\n- claude: ${test.output}\n")) is None
    assert fix_all(document("- claude: x\n")) is None


@pytest.mark.parametrize(
    ("text", "result"),
    [
        # at the end of the line
        (
            "- claude: x\n  opti‸ons: {a: b}\n",
            "- claude: x\n  options: {a: b}  # mmm: ignore[ignored-key]\n",
        ),
        # in a comment that silences something else
        (
            "- claude: x\n  opti‸ons: {a: b}  # mmm: ignore[shadowed-field] for now\n",
            "- claude: x\n  options: {a: b}  # mmm: ignore[shadowed-field, ignored-key] for now\n",
        ),
        # another comment ends the line
        (
            "- claude: x\n  opti‸ons: {a: b} # older\n",
            "- claude: x\n  # mmm: ignore[ignored-key]\n  options: {a: b} # older\n",
        ),
        # inside a script it would be part of the script
        (
            "- shell: x\n  id: a\n- shell: |\n    one\n    eval ${a.output | ra‸w}\n",
            "- shell: x\n  id: a\n- shell: |  # mmm: ignore[raw-filter]\n    one\n    eval ${a.output | raw}\n",
        ),
        (
            "- claude: x\r\n  opti‸ons: {a: b} # older\r\n",
            "- claude: x\r\n  # mmm: ignore[ignored-key]\r\n  options: {a: b} # older\r\n",
        ),
    ],
)
def test_a_comment_that_silences(text, result):
    doc, actions = here(text, silencings)
    (action,) = actions
    assert apply_edits(doc.text, action.edits) == result
    after = unsuppressed(analyse(Source("a", result)).diagnostics)
    assert action.finding.rule not in [one.rule for one in after]


def test_to_silence_an_error_does_not_make_it_run_and_that_is_said():
    _, actions = here("- shell: x\n  id: tests\n- claude: ${te‸st.output}\n", silencings)
    assert [one.title for one in actions] == [
        "silence `undefined-step` here; the playbook can still not be run"
    ]


@pytest.mark.parametrize(
    "text", ['- claude: "x‸\n', "- claude: x\n  ‸claude: y\n", "- claude: x # mmm: ignore[‸]\n"]
)
def test_what_no_comment_can_silence(text):
    doc, actions = here(text, silencings)
    assert doc.diagnostics
    assert actions == ()
