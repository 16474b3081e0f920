"""Paths to items in JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.syntax.json_paths import NothingThere, is_path, items_at

DOCUMENT = {"items": [{"path": "a", "tags": ["x", "y"]}, {"path": "b", "tags": []}], "count": 2, "none": []}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.items[*]", DOCUMENT["items"]),
        ("$.items", DOCUMENT["items"]),
        ("$.items[*].path", ["a", "b"]),
        ("$.items[*].tags[*]", ["x", "y"]),
        ("$.items[0].tags", ["x", "y"]),
        ("$.items[1].path[*]", None),
        ("$.count", None),
        ("$.count[*]", None),
        ("$.items[2][*]", None),
        ("$.missing[*]", None),
        ("$.none[*]", []),
        ("$.none", []),
        ("$", None),
    ],
)
def test_what_a_path_finds(path, found):
    assert is_path(path)
    if found is None:
        with pytest.raises(NothingThere):
            items_at(DOCUMENT, path)
    else:
        assert list(items_at(DOCUMENT, path)) == found


def test_the_message_says_where_the_path_ends():
    with pytest.raises(NothingThere, match=r"`\$` has no `entries`, only `items`, `count`, `none`"):
        items_at(DOCUMENT, "$.entries[*]")
    with pytest.raises(NothingThere, match=r"`\$\.items\[1\]` has no `size`"):
        items_at({"items": [{"size": 1}, {}]}, "$.items[*].size")


@pytest.mark.parametrize(
    "text", ["", "items", "$items", "$..a", "$.a[", "$[?(@.a)]", "$.a[-1]", "$.", "$ .a", "$.a\n"]
)
def test_what_is_no_path(text):
    assert not is_path(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
paths = st.lists(st.sampled_from([".a", ".b", "[0]", "[*]"]), max_size=4).map(
    lambda parts: "$" + "".join(parts)
)


def walked_by_hand(value, path):
    """The same, a step at a time and with no messages."""
    found = [value]
    for part in [
        *path[1:].replace("[", " [").replace(".", " .").split(),
        *([] if "[*]" in path else ["[*]"]),
    ]:
        following = []
        for one in found:
            if part == "[*]" and isinstance(one, list):
                following += one
            elif part == "[0]" and isinstance(one, list) and one:
                following.append(one[0])
            elif part[0] == "." and isinstance(one, dict) and part[1:] in one:
                following.append(one[part[1:]])
            else:
                return None
        found = following
    return found


@given(json_values, paths)
def test_a_path_finds_items_or_says_where_it_ends(value, path):
    def walked():
        try:
            return items_at(value, path), ""
        except NothingThere as error:
            return None, str(error)

    found, said = walked()
    assert (found is None) == said.startswith("`$")
    entries = walked_by_hand(value, path)
    assert entries == (None if found is None else list(found))
