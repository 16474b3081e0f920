"""The form of a comment that silences rules: a table."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.suppression_comments import Malformed, Suppression, read_suppression
from mmm_lang.source import Span
from mmm_lang.syntax.yaml_comments import Comment


def read(written: str) -> Suppression | Malformed | None:
    text = f"- a {written}"
    return read_suppression(Comment(Span(4, len(text)), False), text)


@pytest.mark.parametrize(
    ("written", "kind", "names", "reason"),
    [
        ("# mmm: ignore[raw-filter]", "ignore", ["raw-filter"], ""),
        ("#mmm:ignore[raw-filter]", "ignore", ["raw-filter"], ""),
        ("#  mmm:\tignore[raw-filter]", "ignore", ["raw-filter"], ""),
        ("# mmm: ignore[raw-filter,undefined-step]", "ignore", ["raw-filter", "undefined-step"], ""),
        ("# mmm: ignore[ raw-filter , undefined-step ]", "ignore", ["raw-filter", "undefined-step"], ""),
        ("# mmm: ignore[raw-filter] the answer is ours", "ignore", ["raw-filter"], "the answer is ours"),
        ("# mmm: ignore[raw-filter]  # see [1]: ok", "ignore", ["raw-filter"], "# see [1]: ok"),
        ("# mmm: ignore-file[raw-filter] old", "ignore-file", ["raw-filter"], "old"),
        ("# mmm: ignore[no-such-rule]", "ignore", ["no-such-rule"], ""),
    ],
)
def test_suppressions(written, kind, names, reason):
    found = read(written)
    assert isinstance(found, Suppression)
    assert (found.kind, [name.text for name in found.names], found.reason) == (kind, names, reason)
    text = f"- a {written}"
    assert [text[name.span.start : name.span.end] for name in found.names] == names
    assert text[found.names_span.start - 1] == "["
    assert text[found.names_span.end] == "]"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("# mmm: ignore", "does not name"),
        ("# mmm: ignore this one", "does not name"),
        ("# mmm: ignore-file", "does not name"),
        ("# mmm: ignore[]", "no rule between"),
        ("# mmm: ignore[ ]", "no rule between"),
        ("# mmm: ignore[*]", "small letters"),
        ("# mmm: ignore[Raw_Filter]", "small letters"),
        ("# mmm: ignore[raw-filter,]", "small letters"),
        ("# mmm: ignore[raw-filter undefined-step]", "small letters"),
        ("# mmm: ignore[raw-filter]because", "blank is missing"),
        ("# mmm: ignore[raw-filter", "one pair of brackets"),
        ("# mmm: ignore [raw-filter]", "one pair of brackets"),
        ("# mmm: ignore raw-filter [x]", "one pair of brackets"),
        ("# mmm: disable[raw-filter]", "the words that silence"),
        ("# mmm: noqa", "the words that silence"),
        ("# mmm: ignore-line[raw-filter]", "the words that silence"),
        ("# mmm: ingore[raw-filter]", "the words that silence"),
        ("# mmm: Ignore[raw-filter]", "the words that silence"),
        ("# MMM: ignore[raw-filter]", "begins with"),
        ("# mmm ignore[raw-filter]", "begins with"),
        ("# mmm-ignore[raw-filter]", "begins with"),
        ("# mmm= ignore[raw-filter]", "begins with"),
    ],
)
def test_malformed(written, words):
    found = read(written)
    assert isinstance(found, Malformed)
    assert words in found.message


@pytest.mark.parametrize(
    "written",
    [
        "# mmm",
        "# mmm: this step is slow",
        "# mmm: see [1]",
        "# mmm ignores files that git ignores",
        "# mmm: ignores what git ignores",
        "# the rule `# mmm: ignore[raw-filter]` would hide it",
        "# shellcheck disable=SC2086",
        "# mmmm: ignore[raw-filter]",
        "#",
    ],
)
def test_other_comments(written):
    assert read(written) is None
