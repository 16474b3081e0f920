"""Values as tagged JSON and back."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.tagged import Codec, UnreadableValue


@frozen
class Leaf:
    name: str
    weight: float = 1.0
    notes: dict[str, object] = field(factory=dict)


@frozen
class Branch:
    left: object
    right: object = None
    from_: str = ""


@frozen
class Stranger:
    name: str


class Pair(NamedTuple):
    one: int
    two: int


CODEC = Codec({"leaf": Leaf, "branch": Branch}, tag="kind")


def test_an_object_carries_the_name_of_its_class_and_leaves_out_defaults() -> None:
    assert CODEC.encode(Leaf("a")) == {"kind": "leaf", "name": "a"}
    assert CODEC.encode(Leaf("a", 2.0, {"x": (1, None)})) == {
        "kind": "leaf",
        "name": "a",
        "weight": 2.0,
        "notes": {"x": [1, None]},
    }


def test_a_trailing_underscore_is_pythons_and_not_the_files() -> None:
    assert CODEC.encode(Branch(None, from_="here")) == {"kind": "branch", "left": None, "from": "here"}
    assert CODEC.decode({"kind": "branch", "left": None, "from": "here"}) == Branch(None, from_="here")


def test_any_sequence_is_read_as_a_tuple() -> None:
    assert CODEC.decode(CODEC.encode([Leaf("a"), (1, [2])])) == (Leaf("a"), (1, (2,)))
    assert CODEC.encode(Pair(1, 2)) == [1, 2]


def test_a_class_outside_the_set_is_a_bug_and_not_a_value() -> None:
    with pytest.raises(KeyError):
        CODEC.encode(Stranger("a"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kind": "twig"}, "unknown kind 'twig'"),
        ({"kind": ["leaf"]}, "unknown kind ['leaf']"),
        ({"kind": None}, "unknown kind None"),
        ({"kind": "leaf", "name": "a", "colour": "red"}, "unknown field 'colour' of 'leaf'"),
        ({"kind": "leaf"}, "'leaf' is not whole"),
        ([{"x": {"kind": "leaf"}}], "'leaf' is not whole"),
    ],
)
def test_what_another_version_wrote_is_refused_with_a_sentence(data, sentence) -> None:
    with pytest.raises(UnreadableValue) as caught:
        CODEC.decode(data)
    assert sentence in str(caught.value)


KEYS = st.one_of(st.text(max_size=5), st.sampled_from(["kind", "kind_", "kind__", "name", "from"]))
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9))
NOTES = st.dictionaries(KEYS, st.one_of(PLAIN, st.lists(PLAIN, max_size=3).map(tuple)), max_size=4)
LEAVES = st.builds(Leaf, st.text(max_size=9), st.floats(allow_nan=False), NOTES)
TREES = st.recursive(
    st.one_of(PLAIN, LEAVES), lambda inner: st.builds(Branch, inner, inner, st.text(max_size=5)), max_leaves=8
)


@given(TREES)
def test_through_json_and_back(value: object) -> None:
    """Mappings may have any key, the tag's name too."""
    assert CODEC.decode(json.loads(json.dumps(CODEC.encode(value)))) == value
