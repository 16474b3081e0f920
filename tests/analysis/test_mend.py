"""Mending: rounds of fixes, to a point where nothing is left, and never to something worse."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.mend import MAX_ROUNDS, mend
from mmm_lang.analysis.registry import YAML_RULES, reader_rules
from mmm_lang.diagnostics import Diagnostic, Edit, Fix, Label
from mmm_lang.diagnostics.fixing import apply_fixes, fixable
from mmm_lang.source import Source, Span
from tests.support.generate import playbooks


def judged(source: Source) -> tuple[Diagnostic, ...]:
    return analyse(source).diagnostics


def safely(text: str) -> str:
    return mend(Source("p.yml", text), judged, "safe").source.text


class TestRounds:
    """With rules made for the purpose: each letter is a diagnostic whose fix is in a table."""

    @staticmethod
    def judge(fixes: dict[str, str], errors: str = ""):
        def diagnostics(source: Source) -> list[Diagnostic]:
            return [
                Diagnostic(
                    "yaml-syntax" if letter == "!" else "some-rule",
                    "error" if letter in errors else "warning",
                    f"`{letter}`",
                    source,
                    Label(Span(index, index + 1)),
                    fix=Fix("mend", "safe", (Edit(Span(index, index + 1), fixes[letter]),))
                    if letter in fixes
                    else None,
                )
                for index, letter in enumerate(source.text)
                if letter in fixes or letter in errors
            ]

        return diagnostics

    def mended(self, text: str, fixes: dict[str, str], errors: str = "") -> str:
        return mend(Source("a", text), self.judge(fixes, errors), "safe").source.text

    def test_until_nothing_is_left(self):
        assert self.mended("abc", {"a": "b", "b": "c"}) == "ccc"

    def test_at_most_ten(self):
        text = self.mended("a", {"a": "aa"})
        assert len(text) == 2**MAX_ROUNDS

    def test_a_circle_is_left_where_it_was_entered(self):
        assert self.mended("a", {"a": "b", "b": "a"}) == "b"

    def test_never_more_errors(self):
        assert self.mended("a", {"a": "x"}, errors="x") == "a"
        assert self.mended("a", {"a": "yy"}, errors="ay") == "a"
        assert self.mended("a", {"a": "y"}, errors="ay") == "y"

    def test_the_one_to_blame_is_left_out(self):
        assert self.mended("bbabb", {"b": "c", "a": "x"}, errors="x") == "ccacc"
        assert self.mended("abba" * 5, {"b": "c", "a": "x"}, errors="x") == "acca" * 5

    def test_a_text_that_could_not_be_read_may_show_its_errors_once_it_can(self):
        assert self.mended("!", {"!": "xx"}, errors="!x") == "xx"
        assert self.mended("a", {"a": "!"}, errors="!a") == "a"

    def test_what_was_applied_is_told_in_order(self):
        mended = mend(Source("a", "ab"), self.judge({"a": "b", "b": "c"}), "safe")
        assert [one.message for one in mended.applied] == ["`a`", "`b`", "`b`"]
        assert mended.diagnostics == ()


class TestPlaybooks:
    def test_comments_and_layout_survive(self):
        text = """\
# head
- test:
    command: "cargo test"   # this
    on_failure:
      # repair
      claude: "/mmm-fix"


- shell:    "x"  # mmm: ignore[raw-filter]
  commit_required:   no # yes
"""
        after = safely(text)
        assert "# mmm" not in after
        for kept in ("# head\n", "# repair\n", '\n\n\n- shell:    "x"\n', "commit_required:   false # yes\n"):
            assert kept in after
        assert not [one for one in judged(Source("p.yml", after)) if one.severity == "warning"]

    def test_errors_behind_a_mistake_of_yaml(self):
        text = '- claude:"/x ${a.b} ${c.d}"\n'
        assert safely(text) == '- claude: "/x ${a.b} ${c.d}"\n'

    def test_what_is_suppressed_is_left(self):
        text = "- test: # mmm: ignore[deprecated-syntax]\n    command: x\n"
        assert safely(text) == text

    def test_guesses_only_when_asked_for(self):
        text = '- shell: "true"\n  id: coverage\n- claude: "/x ${coverge.output}"\n'
        assert safely(text) == text
        unsafe = mend(Source("p.yml", text), judged, "unsafe")
        assert unsafe.source.text == text.replace("coverge", "coverage")
        assert [one.rule for one in unsafe.applied] == ["undefined-step"]

    def test_the_rest_of_the_source_stays(self):
        mended = mend(Source("p.yml", "- test:\r\n    command: x\r\n", bom=True), judged, "safe")
        assert mended.source.bom
        assert mended.source.path == "p.yml"
        assert mended.source.text == "- shell: x\r\n"


MUTATIONS = (
    (r": (?=\S)", ":"),
    (r"- (?=[a-z])", "-"),
    (r"\btrue\b", "yes"),
    (r"$", "  # mmm: ignore[raw-filter, evaluated-value] old"),
    (r"(?m)^(\s*)- shell: (.*)$", r"\1- test:\n\1    command: \2"),
    (r"(?m)^(\s*)commands:$", r"\1steps:\n\1commands:"),
    (r"['\"]", ""),
    (r"timeout: (\w+)", r"timeout: \1 # how long\n"),
    (r"\bid: ", "idd: "),
    (r"(?m)^- ", "# before\n- "),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid playbook with some everyday mistakes and comments in it."""
    text = draw(playbooks())
    for _ in range(draw(st.integers(1, 4))):
        pattern, replacement = draw(st.sampled_from(MUTATIONS))
        places = list(re.finditer(pattern, text))
        if places:
            place = draw(st.sampled_from(places))
            text = text[: place.start()] + place.expand(replacement) + text[place.end() :]
    return text


def at(offset: int, edits: tuple[Edit, ...]) -> int:
    """Where an offset before the first edit's end lands."""
    return offset + sum(
        len(edit.text) - (edit.span.end - edit.span.start) for edit in edits if edit.span.end <= offset
    )


@given(mutated())
@settings(max_examples=70, deadline=None)
def test_a_safe_fix_removes_its_diagnostic_and_leaves_the_rest(text: str):
    source = Source("playbook.yml", text)
    for one in fixable(judged(source), "safe"):
        assert one.fix is not None
        done = apply_fixes(text, [one])
        assert done.applied == (one,)
        place = at(one.primary.span.start, one.fix.edits)
        again = {
            (other.rule, other.message, other.primary.span.start)
            for other in judged(Source("playbook.yml", done.text))
        }
        assert (one.rule, one.message, place) not in again
        first = min(edit.span.start for edit in one.fix.edits)
        last = max(edit.span.end for edit in one.fix.edits)
        assert done.text.startswith(text[:first])
        assert done.text.endswith(text[last:])


@given(mutated())
@settings(max_examples=70, deadline=None)
def test_mending_is_idempotent_and_makes_nothing_worse(text: str):
    source = Source("playbook.yml", text)
    before = judged(source)
    once = mend(source, judged, "safe")
    assert mend(once.source, judged, "safe").source.text == once.source.text
    again = judged(once.source)
    assert [one.sort_key for one in once.diagnostics] == [one.sort_key for one in again]
    errors = [[one.rule for one in found if one.severity == "error"] for found in (once.diagnostics, before)]
    unread, unread_before = ([rule for rule in rules if rule in reader_rules()] for rules in errors)
    yaml, yaml_before = (sum(rule in YAML_RULES for rule in rules) for rules in errors)
    assert yaml <= yaml_before
    if (yaml, len(unread)) == (yaml_before, len(unread_before)):
        assert len(errors[0]) <= len(errors[1])
    for comment in re.findall("# (?!mmm)[a-z ]+", text):
        assert once.source.text.count(comment) >= text.count(comment)


@given(mutated())
@settings(max_examples=60, deadline=None)
def test_unsafe_fixes_make_nothing_worse_either(text: str):
    source = Source("playbook.yml", text)
    mended = mend(source, judged, "unsafe")
    before, after = (
        sum(one.rule in YAML_RULES for one in found) for found in (judged(source), mended.diagnostics)
    )
    assert after <= before
