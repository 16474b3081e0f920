"""The text for people, as it is printed."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.diagnostics import Diagnostic, Edit, Fix, Label
from mmm_lang.diagnostics.colour import COLOURED, PLAIN
from mmm_lang.diagnostics.render_concise import render_concise
from mmm_lang.diagnostics.render_full import render_full
from mmm_lang.source import Source, Span
from tests.diagnostics.writing import finding, label, through

TDD = Source(
    "tdd.yml",
    """\
- shell: "true"
  id: coverage

- claude: "/mmm-write-tests ${coverge.spec} ${b.c}"
- shell: |
    one
    two
    three
    four
    five
  on_failure:
    claude: "/mmm-fix"
""",
)


def drawn(*diagnostics, palette=PLAIN):
    return "\n" + render_full(diagnostics, palette)


def test_a_place_a_second_place_and_what_to_do():
    diagnostic = finding(
        TDD,
        label(TDD, "coverge", "not a step id"),
        label(TDD, "coverage", "there is a step with a similar name"),
        rule="undefined-step",
        message="no step named `coverge` comes before this one",
        help=("write `coverage`",),
        notes=("ids are case-sensitive",),
    )
    assert (
        drawn(diagnostic)
        == """
error[undefined-step]: no step named `coverge` comes before this one
 --> tdd.yml:4:31
  |
1 | - shell: "true"
2 |   id: coverage
  |       -------- there is a step with a similar name
3 |
4 | - claude: "/mmm-write-tests ${coverge.spec} ${b.c}"
  |                               ^^^^^^^ not a step id
5 | - shell: |
  |
  = help: write `coverage`
  = note: ids are case-sensitive
"""
    )


def test_labels_of_one_line_are_stacked():
    diagnostic = finding(
        TDD, label(TDD, "coverge", "first"), label(TDD, "spec", "second"), label(TDD, "b.c", "third")
    )
    assert (
        drawn(diagnostic)
        == """
error[some-rule]: something is wrong
 --> tdd.yml:4:31
  |
4 | - claude: "/mmm-write-tests ${coverge.spec} ${b.c}"
  |                               ^^^^^^^ ----    --- third
  |                               |       |
  |                               |       second
  |                               first
5 | - shell: |
"""
    )


def test_a_label_within_a_label():
    diagnostic = finding(
        TDD, label(TDD, "spec", "this field"), label(TDD, "${coverge.spec}", "this reference")
    )
    assert (
        drawn(diagnostic)
        == """
error[some-rule]: something is wrong
 --> tdd.yml:4:39
  |
4 | - claude: "/mmm-write-tests ${coverge.spec} ${b.c}"
  |                             ----------^^^^- this reference
  |                                       |
  |                                       this field
5 | - shell: |
"""
    )


def test_two_labels_on_one_place():
    diagnostic = finding(TDD, label(TDD, "b.c", "one thing"), label(TDD, "b.c", "another"))
    assert (
        drawn(diagnostic)
        == """
error[some-rule]: something is wrong
 --> tdd.yml:4:47
  |
4 | - claude: "/mmm-write-tests ${coverge.spec} ${b.c}"
  |                                               ^^^ one thing
  |                                               |
  |                                               another
5 | - shell: |
"""
    )


def test_a_span_of_many_lines_shows_its_first_and_its_last():
    assert (
        drawn(finding(TDD, through(TDD, "- shell: |", "five", "this step")))
        == """
error[some-rule]: something is wrong
  --> tdd.yml:5:1
   |
 4 |   - claude: "/mmm-write-tests ${coverge.spec} ${b.c}"
 5 | / - shell: |
 6 | |     one
...  |
 9 | |     four
10 | |     five
   | |________^ this step
11 |     on_failure:
"""
    )


def test_spans_of_lines_within_each_other():
    diagnostic = finding(
        TDD, through(TDD, "|", "three", "the script"), through(TDD, '- claude: "/mmm-w', "one", "two steps")
    )
    assert (
        drawn(diagnostic)
        == """
error[some-rule]: something is wrong
 --> tdd.yml:5:10
  |
4 | /   - claude: "/mmm-write-tests ${coverge.spec} ${b.c}"
5 | |   - shell: |
  | |  __________^
6 | | |     one
  | |_|_______- two steps
7 |   |     two
8 |   |     three
  |   |_________^ the script
9 |         four
"""
    )


def test_a_label_in_another_file():
    other = Source("inner.yml", "inputs:\n  target: src\n")
    there = Label(label(other, "target").span, "declared here", other)
    assert (
        drawn(finding(TDD, label(TDD, "true", "used here"), there))
        == """
error[some-rule]: something is wrong
 --> tdd.yml:1:11
  |
1 | - shell: "true"
  |           ^^^^ used here
2 |   id: coverage
 ::: inner.yml:2:3
  |
1 | inputs:
2 |   target: src
  |   ------ declared here
"""
    )


def test_far_places_are_joined_by_dots():
    diagnostic = finding(TDD, label(TDD, "/mmm-fix", "here"), label(TDD, "coverage", "and here"))
    assert (
        drawn(diagnostic)
        == """
error[some-rule]: something is wrong
  --> tdd.yml:12:14
   |
 1 | - shell: "true"
 2 |   id: coverage
   |       -------- and here
...
11 |   on_failure:
12 |     claude: "/mmm-fix"
   |              ^^^^^^^^ here
"""
    )


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("", 0, "1 |\n  | ^ here\n"),
        ("a: [\n", 5, "1 | a: [\n2 |\n  | ^ here\n"),
        ("a: [", 4, "1 | a: [\n  |     ^ here\n"),
        ("a: [\r\nb", 4, "1 | a: [\n  |     ^ here\n2 | b\n"),
    ],
)
def test_a_place_without_width_is_one_column(text, at, expected):
    source = Source("x.yml", text)
    assert render_full([finding(source, Label(Span(at, at), "here"))], PLAIN).endswith(f"  |\n{expected}")


def test_a_span_past_the_end_is_the_end():
    source = Source("x.yml", "a: b")
    assert "1 | a: b\n  |     ^ here" in render_full([finding(source, Label(Span(40, 50), "here"))], PLAIN)


def test_text_cannot_forge_output():
    source = Source("x\n.yml", "a: \x1b[2J\u202eb\u2028c\x85d\U000e0041\ud800 ok")
    forged = "one\nerror[forged]: two\x1b[0m\r\u2066"
    diagnostic = finding(
        source,
        label(source, "ok", forged),
        rule="some-rule",
        message=forged,
        help=(forged,),
        notes=(forged,),
    )
    assert (
        drawn(diagnostic)
        == r"""
error[some-rule]: one\nerror[forged]: two\x1b[0m\r\u2066
 --> x\n.yml:1:17
  |
1 | a: \x1b[2J\u202eb\u2028c\x85d\U000e0041\ud800 ok
  |                                               ^^ one\nerror[forged]: two\x1b[0m\r\u2066
  |
  = help: one
          error[forged]: two\x1b[0m\r\u2066
  = note: one
          error[forged]: two\x1b[0m\r\u2066
"""
    )


def test_a_long_line_is_cut_around_its_labels():
    source = Source("x.yml", f"- shell: {'x' * 300} ${{foo.bar}} {'y' * 300}\n{'z' * 300}\n")
    text = render_full(
        [finding(source, label(source, "foo.bar", "here"), label(source, "shell", "far off"))], PLAIN
    )
    lines = text.splitlines()
    assert max(map(len, lines)) < 130
    assert lines[3].startswith("1 | …x")
    assert lines[3].endswith("y…")
    column = lines[4].index("^")
    assert lines[3][column : column + 8] == "foo.bar}"
    assert lines[4][4] == "-"  # what was cut off lies on the dots


def test_a_label_longer_than_the_screen():
    source = Source("x.yml", f"a: {'x' * 1000}")
    text = render_full([finding(source, label(source, "x" * 1000, "here"))], PLAIN)
    assert re.search(r"\| a: x+…\n  \|    \^+ here", text)


def test_a_line_of_a_megabyte_is_no_burden():
    source = Source("x.yml", "é" * 500_000 + "HERE" + "\u0301" * 500_000)
    assert "^^^^" in render_full([finding(source, label(source, "HERE"))] * 50, PLAIN)


def test_colours_change_nothing_but_colours():
    diagnostics = [
        finding(TDD, label(TDD, "coverge", "here"), label(TDD, "coverage", "there"), help=("do this",)),
        finding(TDD, through(TDD, "- shell: |", "five"), severity="warning", notes=("so it is",)),
    ]
    coloured = render_full(diagnostics, COLOURED)
    assert "\x1b[1;31m^^^^^^^\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_full(diagnostics, PLAIN)


def test_sorted_and_nothing_twice():
    first = finding(TDD, label(TDD, "true"), message="first")
    second = finding(TDD, label(TDD, "coverge"), message="second")
    text = render_concise([second, first, second], PLAIN)
    assert text == "tdd.yml:1:11: error[some-rule] first\ntdd.yml:4:31: error[some-rule] second\n"


def test_what_is_suppressed_is_not_shown():
    diagnostic = finding(TDD, label(TDD, "true"), suppressed="comment")
    assert render_full([diagnostic], PLAIN) == render_concise([diagnostic], PLAIN) == ""


def test_the_title_of_a_fix_stands_in_for_help():
    fix = Fix("write `coverage`", "unsafe", (Edit(label(TDD, "coverge").span, "coverage"),))
    assert "  = help: write `coverage`\n" in drawn(finding(TDD, label(TDD, "coverge"), fix=fix))


def test_long_help_is_wrapped_but_not_within_backticks():
    advice = f"one of {', '.join(f'`key {number}`' for number in range(30))}"
    rows = drawn(finding(TDD, label(TDD, "true"), help=(advice,))).splitlines()
    start = next(number for number, row in enumerate(rows) if "= help: " in row)
    assert len(rows) - start == 3
    assert all(len(row) <= 112 and row.count("`") % 2 == 0 for row in rows[start:])
    assert " ".join(row.strip() for row in rows[start:]) == f"= help: {advice}"


PIECES = {  # what is written: what is printed, and how many columns it takes
    "a": ("a", 1),
    "é": ("é", 1),
    "e\u0301": ("e\u0301", 1),
    "日": ("日", 2),
    "한": ("한", 2),
    "🌱": ("🌱", 2),
    "ｆ": ("ｆ", 2),
    "\u202e": ("\\u202e", 6),
    "\x1b": ("\\x1b", 4),
    "\u200b": ("\\u200b", 6),
    "\u00a0": ("\u00a0", 1),
    "\U000e0041": ("\\U000e0041", 10),
}
pieces = st.lists(st.sampled_from(sorted(PIECES)), max_size=8)


@given(pieces, st.lists(st.sampled_from(sorted(PIECES)), min_size=1, max_size=4), pieces)
def test_the_marks_stand_under_what_they_mark(before, marked, after):
    prefix, target = "".join(before), "".join(marked)
    source = Source("x.yml", f"{prefix}{target}{''.join(after)}|")
    span = Span(len(prefix), len(prefix) + len(target))
    if not target.strip():
        return  # a blank target is still marked, but where it begins is a matter of taste
    rows = render_full([finding(source, Label(span))], PLAIN).splitlines()
    assert rows[3] == "1 | " + "".join(PIECES[piece][0] for piece in [*before, *marked, *after]) + "|"
    right = len(marked) - next(n for n, piece in enumerate(reversed(marked)) if piece.strip())
    start = sum(PIECES[piece][1] for piece in before)
    width = sum(PIECES[piece][1] for piece in marked[:right])
    assert rows[4] == "  | " + " " * start + "^" * width


texts = st.text(
    st.sampled_from(["a", "\n", "\r", "\t", " ", "日", "\u0301", "\x1b", "\u202e", "\u2028", ":", "\x00"]),
    max_size=60,
)


@st.composite
def findings(draw):
    sources = [Source("a.yml", draw(texts)), Source("b.yml", draw(texts))]
    spans = st.tuples(st.integers(0, 70), st.integers(0, 70)).map(lambda ends: Span(min(ends), max(ends)))
    labels = st.builds(Label, spans, texts, st.sampled_from([None, *sources]))
    severity = st.sampled_from(["error", "warning", "note"])
    one = st.builds(
        Diagnostic,
        rule=st.just("some-rule"),
        severity=severity,
        message=texts.map(lambda text: f"a{text}."),
        source=st.sampled_from(sources),
        primary=st.builds(Label, spans, texts),
        secondary=st.lists(labels, max_size=4).map(tuple),
        help=st.lists(texts, max_size=2).map(tuple),
        notes=st.lists(texts, max_size=1).map(tuple),
        suppressed=st.sampled_from([None, None, "comment"]),
    )
    return draw(st.lists(one, max_size=3))


@given(findings())
def test_any_labels_on_any_text_are_drawn(diagnostics):
    for text in (render_full(diagnostics, PLAIN), render_concise(diagnostics, PLAIN)):
        odd = {one for one in text if one != "\n" and unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")}
        assert not odd
    for row in render_full(diagnostics, PLAIN).splitlines():
        assert row == row.rstrip()
        assert not row or re.match(
            r"(error|warning|note)\[some-rule\]|( *\d+| *) \||\.\.\.| *(-->|:::|=) | {9}", row
        )


def test_a_narrow_terminal_is_kept_to():
    source = Source("p.yml", f"- shell: echo {'many words ' * 12}${{coverge.spec}} {'and more ' * 9}\n")
    diagnostic = finding(
        source,
        label(source, "coverge", "not the id of a step"),
        help=("write the id of a step that stands before this one, or give the step that you mean an id",),
    )
    rows = render_full([diagnostic], PLAIN, columns=72).splitlines()
    assert max(len(row) for row in rows[1:] if "^" not in row) <= 72
    assert any("coverge" in row for row in rows)
    assert render_full([diagnostic], PLAIN, columns=500) == render_full([diagnostic], PLAIN)
