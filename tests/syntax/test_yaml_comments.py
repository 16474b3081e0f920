"""Comments are found where YAML has them, and nowhere else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings

from mmm_lang.source import Source
from mmm_lang.syntax.yaml_comments import comments_of
from mmm_lang.syntax.yaml_tree import read_tree
from tests.support.generate import playbooks, wild_playbooks
from tests.syntax.test_yaml_tree import plain


def comments(text: str, loader=yaml.CSafeLoader) -> list[tuple[str, bool]]:
    found = comments_of(read_tree(Source("p.yml", text), loader))
    return [(text[one.span.start : one.span.end], one.is_alone) for one in found]


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader], ids=["libyaml", "pure"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# head\na: x # one \t\n", [("# head", True), ("# one", False)]),
        ("a: x#no # yes", [("# yes", False)]),
        ("a: |  # two\n  # not\n  x # not\n# three\nb: c", [("# two", False), ("# three", True)]),
        ("a: >-\n  # not\n  x\n\n  # not\n\n# yes\n", [("# yes", True)]),
        ("a: \"x # not\"  # four\nb: 'it''s # not' # five\n", [("# four", False), ("# five", False)]),
        ("a:   # five\n  - x #six\n  # seven\n", [("# five", False), ("#six", False), ("# seven", True)]),
        ("a: [x, # one\n  # two\n  y] # three", [("# one", False), ("# two", True), ("# three", False)]),
        ("- &a x # one\n- *a # two\n", [("# one", False), ("# two", False)]),
        ("-  # one\n  a: b\n", [("# one", False)]),
        ("--- # one\n- a\n... # two\n", [("# one", False), ("# two", False)]),
        ("# a\r\n- b # c\r\n", [("# a", True), ("# c", False)]),
        (
            "a: x\n  # not a comment in the middle of a plain text is possible\n",
            [("# not a comment in the middle of a plain text is possible", True)],
        ),
        ('- {a: 1, a: "# not"} # yes', [("# yes", False)]),
        ("- a\n---\n# in another document\n- b: '#'\n", []),
        ("", []),
        ("# alone", [("# alone", True)]),
    ],
)
def test_table(text, found, loader):
    assert comments(text, loader) == found


def test_what_could_not_be_read_has_none():
    text = "- a # one\n- b: c: # two\n- d # three\n"
    assert ("# one", False) in comments(text)
    assert ("# three", False) in comments(text)


@given(playbooks() | wild_playbooks())
@settings(max_examples=60, deadline=None)
def test_without_its_comments_a_text_means_the_same(text: str):
    text = text.replace("\n- ", "  # first | ${x}\n# - second\n- ")
    source = Source("p.yml", text)
    tree = read_tree(source)
    bare = text
    for one in comments_of(tree):
        bare = bare[: one.span.start] + " " * (one.span.end - one.span.start) + bare[one.span.end :]
    after = read_tree(Source("p.yml", bare))
    assert comments_of(after) == ()
    assert plain(after.root) == plain(tree.root)
