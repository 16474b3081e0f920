"""Keys are taken out without a trace, and comments stay."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.removal import removal
from mmm_lang.source import Source, Span
from mmm_lang.syntax.yaml_nodes import Mapping, Sequence
from mmm_lang.syntax.yaml_tree import read_tree


def without(text, key):
    """The text without the entry of that name of its first mapping, or ``None``."""
    source = Source("x.yml", text)
    root = read_tree(source).root
    node = root.items[0].node if isinstance(root, Sequence) else root
    assert isinstance(node, Mapping)
    entry = node.get(key)
    assert entry is not None
    fix = removal(source, entry.key.span, entry.value.span)
    if fix is None:
        return None
    (edit,) = fix.edits
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("- shell: a\n  key: 1\n", "- shell: a\n"),
        ("- shell: a\n  key: 1\n  id: x\n", "- shell: a\n  id: x\n"),
        ("- key: 1\n  shell: a\n", "- shell: a\n"),
        ("-   key: 1\n    shell: a\n", "-   shell: a\n"),
        ("key: 1\nshell: a\n", "shell: a\n"),
        ("shell: a\nkey: {a: 1,\n  b: 2}\nid: x\n", "shell: a\nid: x\n"),
        ("- {shell: a, key: 1}\n", "- {shell: a}\n"),
        ("- {key: 1, shell: a}\n", "- {shell: a}\n"),
        ("- {shell: a, key: 1, id: x}\n", "- {shell: a, id: x}\n"),
        ("- {shell: a,key: 1}\n", "- {shell: a}\n"),
        ("- shell: a\r\n  key: 1\r\n  id: x\r\n", "- shell: a\r\n  id: x\r\n"),
        ("- shell: a\n  key: 1", "- shell: a\n"),
    ],
)
def test_it_is_gone(text, after):
    assert without(text, "key") == after


@pytest.mark.parametrize(
    "text",
    [
        "- shell: a\n  key: 1 # why\n",
        "- key: 1\n",
        "- key: 1\n  # why\n  shell: a\n",
        "- {key: 1}\n",
        "key: 1\n",
        "- {shell: a,\n   key: 1}\n",
    ],
)
def test_it_stays_where_more_would_go(text):
    assert without(text, "key") is None


VALUES = st.sampled_from(["1", '"b c"', "[1, 2]", "{a: 1}", "true", "~"])
NAMES = ("one", "two", "key", "four")


@given(
    st.permutations(NAMES),
    st.lists(VALUES, min_size=4, max_size=4),
    st.sampled_from(["block", "flow", "item"]),
)
@settings(max_examples=150, deadline=None)
def test_only_the_key_goes(names, values, style):
    pairs = [f"{name}: {value}" for name, value in zip(names, values, strict=True)]
    text = {
        "block": "\n".join(pairs) + "\n",
        "flow": "{" + ", ".join(pairs) + "}\n",
        "item": "- " + "\n  ".join(pairs) + "\n",
    }[style]
    after = without(text, "key")
    assume(after is not None)
    before = yaml.safe_load(text)
    mapping = before[0] if style == "item" else before
    del mapping["key"]
    assert yaml.safe_load(after) == before


def test_a_span_in_the_middle_of_nothing_is_left_alone():
    source = Source("x.yml", "a b c\n")
    assert removal(source, Span(2, 3), Span(4, 5)) is None
