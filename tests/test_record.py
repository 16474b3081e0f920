"""Records are attrs' classes in all but what they cost."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang import record

OFTEN = 400
"""More values than are made before a class has its ``__init__`` compiled."""


def classes(kit):
    """The same declarations, made by attrs or by us."""

    @kit.frozen
    class Point:
        x: int
        y: int = 0

    @kit.frozen(order=True)
    class Ordered:
        x: int
        y: int = kit.field(default=5, repr=False)

    @kit.frozen(eq=False)
    class Node:
        name: str
        children: list = kit.field(factory=list)
        note: str | None = None

    @kit.frozen(eq=False, slots=False)
    class Loose:
        name: str
        text: str = kit.field(default="", repr=False)

    @kit.define(eq=False)
    class Open:
        name: str
        _found: dict = kit.field(factory=dict)

    @kit.define
    class Cell:
        value: int = 0

    @kit.frozen
    class Positive:
        value: int

        def __attrs_post_init__(self):
            if self.value < 0:
                raise ValueError(f"not positive: {self.value}")

    @kit.frozen
    class Empty:
        pass

    return {one.__name__: one for one in (Point, Ordered, Node, Loose, Open, Cell, Positive, Empty)}


THEIRS, OURS = classes(attrs), classes(record)
NAMES = sorted(OURS)
OLD = classes(record)
for one in OLD.values():
    for number in range(OFTEN):
        one(*([number] if attrs.fields(one) else []))
"""Ours again, made so often that their ``__init__`` is compiled."""


@pytest.fixture(params=[OURS, OLD], ids=["seldom made", "often made"])
def ours(request):
    return request.param


def outcome(make):
    """What comes out: a value's ``repr``, or the kind of exception."""
    try:
        return repr(make())
    except Exception as error:
        return type(error)


arguments = st.lists(st.integers(-3, 3), max_size=4)
named = st.dictionaries(
    st.sampled_from(["x", "y", "name", "text", "found", "value", "note", "_found"]), st.integers()
)


@given(name=st.sampled_from(NAMES), is_new=st.booleans(), given_=arguments, more=named)
def test_values_are_made_and_refused_alike(name, is_new, given_, more):
    kit = classes(record) if is_new else OLD
    theirs = outcome(lambda: THEIRS[name](*given_, **more))
    assert outcome(lambda: kit[name](*given_, **more)) == theirs


@given(
    name=st.sampled_from(["Point", "Ordered", "Cell", "Positive"]),
    kit=st.sampled_from([OURS, OLD]),
    one=st.integers(0, 3),
    other=st.integers(0, 3),
)
def test_they_compare_alike(name, kit, one, other):
    def said(cls):
        a, b = cls(one), cls(other)
        operators = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
        return [getattr(a, operator)(b) for operator in operators] + [a == one, outcome(lambda: a < b)]

    assert said(kit[name]) == said(THEIRS[name])
    if name != "Cell":
        assert (hash(kit[name](one)) == hash(kit[name](other))) == (one == other)


def test_without_eq_they_are_themselves(ours):
    node = ours["Node"]("a")
    assert node == node
    assert node != ours["Node"]("a")
    assert {node: 1}[node] == 1


def test_what_can_change_has_no_hash(ours):
    with pytest.raises(TypeError, match="unhashable"):
        hash(ours["Cell"](1))


@pytest.mark.parametrize("name", ["Point", "Node", "Loose"])
def test_frozen_is_frozen(ours, name):
    value = ours[name](1)
    first = attrs.fields(type(value))[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(value, first, 2)
    with pytest.raises(FrozenInstanceError):
        delattr(value, first)


def test_open_values_change_in_what_they_have(ours):
    value = ours["Open"]("a")
    value.name = "b"
    assert value.name == "b"
    with pytest.raises(AttributeError):
        value.other = 1


def test_factories_make_a_new_one_each_time(ours):
    assert ours["Node"]("a").children is not ours["Node"]("a").children
    assert ours["Open"]("a", {1: 2})._found == {1: 2}
    assert ours["Open"]("a", found={1: 2})._found == {1: 2}


@given(x=st.integers(), y=st.integers(), name=st.sampled_from(["Point", "Ordered"]))
def test_evolving(x, y, name):
    for evolve in (attrs.evolve, record.evolve):
        assert evolve(OURS[name](1, 2), x=x) == OURS[name](x, 2)
        assert evolve(THEIRS[name](1, 2), y=y) == THEIRS[name](1, y)
    with pytest.raises(TypeError):
        record.evolve(OURS[name](1), z=3)


def test_evolving_a_private_field(ours):
    value = record.evolve(ours["Open"]("a", {1: 2}), name="b")
    assert (value.name, value._found) == ("b", {1: 2})


def test_a_value_that_may_not_be_is_not_made(ours):
    with pytest.raises(ValueError, match="not positive"):
        ours["Positive"](-1)


@pytest.mark.parametrize("name", NAMES)
def test_attrs_knows_them(ours, name):
    def described(cls):
        return [(one.name, one.alias, one.type, one.repr, one.default) for one in attrs.fields(cls)]

    assert attrs.has(ours[name])
    assert described(ours[name]) == described(THEIRS[name])
    assert ours[name].__match_args__ == THEIRS[name].__match_args__


def test_as_dictionaries(ours):
    assert attrs.asdict(ours["Node"]("a", [ours["Point"](1)])) == {
        "name": "a",
        "children": [{"x": 1, "y": 0}],
        "note": None,
    }


@record.frozen
class Kept:
    name: str
    rest: tuple[int, ...] = ()


@pytest.mark.parametrize(
    "keep",
    [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))],
    ids=["copied", "copied deeply", "pickled"],
)
def test_copies(keep):
    assert keep(Kept("a", (1,))) == Kept("a", (1,))


@pytest.mark.parametrize("kit", [OURS, THEIRS], ids=["ours", "theirs"])
def test_a_value_inside_itself_has_an_end(kit):
    node = kit["Node"]("a")
    node.children.append(node)
    assert repr(node) == "Node(name='a', children=[...], note=None)"


def test_making_classes_loads_nothing():
    program = (
        "import sys\nfrom mmm_lang.record import frozen\n@frozen\nclass A:\n    x: int\n"
        "assert A(1) == A(1)\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not {"attr", "attrs", "inspect", "typing"} & set(done.stdout.split())
