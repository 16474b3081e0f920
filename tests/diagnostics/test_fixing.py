"""Edits of a text: which are made, in what order, and what they leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.diagnostics import Diagnostic, Edit, Fix
from mmm_lang.diagnostics.fixing import apply_edits, apply_fixes, fixable
from mmm_lang.source import Source, Span
from tests.diagnostics.writing import finding, label

SOURCE = Source("a.yml", "one two three")


def fixing(start: int, end: int, text: str, *more: Edit, applicability: str = "safe") -> Diagnostic:
    fix = Fix("mend it", applicability, (Edit(Span(start, end), text), *more))
    return finding(SOURCE, label(SOURCE, "one"), fix=fix, message=f"{start} {end} {text}")


def fixed(*diagnostics: Diagnostic) -> str:
    return apply_fixes(SOURCE.text, diagnostics).text


def test_edits_are_made_wherever_they_stand():
    assert fixed(fixing(8, 13, "3"), fixing(0, 3, "1")) == "1 two 3"
    assert fixed(fixing(0, 3, "1", Edit(Span(8, 13), "3")), fixing(3, 3, ",")) == "1 two 3"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0, 5), (4, 8)),
        ((0, 5), (0, 5)),
        ((0, 7), (2, 3)),
        ((3, 3), (3, 3)),
        ((3, 3), (3, 4)),
        ((2, 3), (3, 3)),
    ],
)
def test_of_two_that_touch_the_same_place_the_first_wins(first, second):
    one, other = fixing(*first, "A"), fixing(*second, "B")
    assert apply_fixes(SOURCE.text, [one, other]).applied == (one,)
    assert apply_fixes(SOURCE.text, [other, one]).applied == (other,)


def test_neighbours_do_not_touch():
    assert fixed(fixing(0, 3, "1"), fixing(3, 7, "2")) == "12 three"


def test_a_fix_is_made_whole_or_not_at_all():
    whole = fixing(4, 7, "2", Edit(Span(0, 3), "1"))
    assert fixed(fixing(0, 1, "O"), whole, fixing(4, 5, "T")) == "One Two three"
    assert fixed(fixing(0, 5, "A", Edit(Span(2, 3), "B"))) == SOURCE.text
    assert fixed(fixing(8, 99, "A")) == SOURCE.text


def test_only_what_is_wanted():
    safe, unsafe = fixing(0, 1, "A"), fixing(1, 2, "B", applicability="unsafe")
    hidden = finding(SOURCE, label(SOURCE, "two"), fix=safe.fix, suppressed="comment")
    everything = [unsafe, safe, hidden, finding(SOURCE, label(SOURCE, "two"))]
    assert fixable(everything, "safe") == (safe,)
    assert set(fixable(everything, "unsafe")) == {safe, unsafe}


@given(st.text(max_size=30), st.data())
def test_what_no_edit_spans_stays(text: str, data: st.DataObject):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    spans = [Span(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    edits = [Edit(span, data.draw(st.text(max_size=3))) for span in spans]
    source = Source("a.yml", text)
    diagnostics = [finding(source, label(source, ""), fix=Fix("x", "safe", (edit,))) for edit in edits]
    done = apply_fixes(text, diagnostics)
    assert len(done.applied) == len(edits)
    kept = "".join(
        text[end:start] for end, start in zip([0, *cuts[1::2]], [*cuts[::2], len(text)], strict=False)
    )
    assert done.text == apply_edits(text, reversed(edits))
    assert len(done.text) == len(kept) + sum(len(edit.text) for edit in edits) + (
        len(text) - cuts[-1] if len(cuts) % 2 else 0
    )
