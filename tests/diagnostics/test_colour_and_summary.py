"""When there is colour, and the line of numbers at the end."""

from __future__ import annotations

import pytest

from mmm_lang.diagnostics import Edit, Fix
from mmm_lang.diagnostics.colour import COLOURED, PLAIN, palette_for
from mmm_lang.diagnostics.summary import count, summarise
from mmm_lang.source import Source
from tests.diagnostics.writing import finding, label


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "colour"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_flag_then_environment_then_terminal(choice, environment, terminal, colour):
    assert palette_for(choice, environment, terminal=terminal) == (COLOURED if colour else PLAIN)


def test_numbers_in_words():
    one, two = Source("one.yml", "abc"), Source("two.yml", "abc")
    fix = Fix("write `b`", "safe", (Edit(label(one, "a").span, "b"),))
    diagnostics = [
        finding(one, label(one, "a"), fix=fix),
        finding(one, label(one, "b")),
        finding(one, label(one, "b")),  # exactly the same: counted once
        finding(two, label(two, "c"), severity="warning"),
        finding(two, label(two, "a"), suppressed="config"),
    ]
    assert summarise(count(diagnostics)) == (
        "2 errors, 1 warning in 2 files (1 fixable with `mmm check --fix`, 1 suppressed)"
    )
    assert summarise(count(diagnostics[1:2])) == "1 error in 1 file"
    assert summarise(count(diagnostics[4:])) == "nothing to report (1 suppressed)"
    assert summarise(count([])) == "nothing to report"


@pytest.mark.parametrize(
    ("fixes", "words"),
    [
        (["safe", "safe"], "2 fixable with `mmm check --fix`"),
        (["unsafe"], "1 fixable with `mmm check --fix --unsafe-fixes`"),
        (["unsafe", "safe"], "1 fixable with `mmm check --fix`, 1 more with `--unsafe-fixes`"),
    ],
)
def test_which_flag_fixes(fixes, words):
    source = Source("one.yml", "abc")
    diagnostics = [
        finding(source, label(source, letter), fix=Fix("x", one, (Edit(label(source, letter).span, "x"),)))
        for one, letter in zip(fixes, "abc", strict=False)
    ]
    assert f"({words})" in summarise(count(diagnostics))
