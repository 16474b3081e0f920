"""Annotations of GitHub Actions."""

from __future__ import annotations

import re

from hypothesis import given

from mmm_lang.diagnostics import Edit, Fix
from mmm_lang.diagnostics.render_github import MOST, render_github
from mmm_lang.source import Source, Span
from tests.diagnostics.test_render_full import findings
from tests.diagnostics.writing import finding, label, through

SOURCE = Source("a,b:c.yml", "- shell: a\n- claude: 日${x.y}\n")


def lines(*diagnostics):
    return render_github(diagnostics, lambda path: f"sub/{path}").splitlines()


def test_one_line():
    diagnostic = finding(
        SOURCE,
        label(SOURCE, "x.y"),
        message="100% wrong: no step `x`",
        help=("write `z`",),
        notes=("so it is",),
    )
    assert lines(diagnostic) == [
        "::error file=sub/a%2Cb%3Ac.yml,line=2,endLine=2,col=14,endColumn=17,title=mmm (some-rule)"
        "::100%25 wrong: no step `x`%0Ahelp: write `z`%0Anote: so it is"
    ]


def test_several_lines_have_no_columns():
    (line,) = lines(finding(SOURCE, through(SOURCE, "shell", "claude"), severity="warning"))
    assert line.startswith("::warning file=sub/a%2Cb%3Ac.yml,line=1,endLine=2,title=")


def test_the_title_of_a_fix_is_advice():
    fix = Fix("write `z`", "safe", (Edit(label(SOURCE, "x").span, "z"),))
    assert lines(finding(SOURCE, label(SOURCE, "x"), fix=fix))[0].endswith("%0Ahelp: write `z`")


def test_errors_first_and_ten_of_each():
    source = Source("a.yml", "x" * 40)
    found = [
        finding(source, label(source, "x", nth=index), severity=severity)
        for index in range(MOST + 2)
        for severity in ("note", "warning", "error")
    ]
    words = [re.split(r" file=|: ", line)[0] for line in lines(*found)]
    assert words[: 3 * MOST] == ["::error"] * MOST + ["::warning"] * MOST + ["::notice"] * MOST
    assert words[3 * MOST :] == ["a.yml:1:11", "a.yml:1:12"] * 3


def test_what_is_suppressed_is_left_out():
    assert lines(finding(SOURCE, label(SOURCE, "x"), suppressed="baseline")) == []


def test_nothing_forges_a_command():
    source = Source("::error file=x::y", "##[error]z\n" * (MOST + 1))
    found = [
        finding(source, label(source, "z", nth=index), message="::add-mask::a\n::b ##[error]c")
        for index in range(MOST + 1)
    ]
    *commands, rest = lines(*found)
    assert all(line.startswith("::error file=sub/%3A%3Aerror file=x%3A%3Ay,line=") for line in commands)
    assert rest.startswith("./::error file=x::y:11:10: error[some-rule]")
    assert "##[" not in rest


@given(findings())
def test_one_line_for_each_whatever_it_says(diagnostics):
    written = render_github(diagnostics, str)
    shown = [line for line in written.split("\n") if line]
    assert all(re.match(r"::(error|warning|notice) file=", line) for line in shown)
    assert written.isprintable() or set(filter(lambda one: not one.isprintable(), written)) <= set(
        "\n\u200c\u200d"
    )


def test_an_empty_span_at_the_end():
    (line,) = lines(finding(SOURCE, label(SOURCE, ""), severity="note"))
    assert "line=1,endLine=1,col=1,endColumn=1," in line
    assert Span(0, 0) == label(SOURCE, "").span
