"""Offsets and editors' coordinates, in the three encodings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.editor.coordinates import Coordinate, Coordinates, source_of_text
from mmm_lang.source import Span

ENCODINGS = ("utf-8", "utf-16", "utf-32")
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
LINE = "é 漢 😀 x"


def units(text, encoding):
    codec, width = CODECS[encoding]
    return len(text.encode(codec)) // width


@pytest.mark.parametrize(
    ("encoding", "characters"), [("utf-8", (2, 6, 11)), ("utf-16", (1, 3, 6)), ("utf-32", (1, 3, 5))]
)
def test_wide_characters_count_as_the_encoding_says(encoding, characters):
    coordinates = Coordinates(source_of_text("a", f"- a\r\n{LINE}"), encoding)
    offsets = [5 + LINE.index(sign) for sign in (" ", " 😀", " x")]
    assert [coordinates.of(offset) for offset in offsets] == [Coordinate(1, one) for one in characters]
    assert [coordinates.offset(Coordinate(1, one)) for one in characters] == offsets


def test_the_middle_of_a_character_is_its_beginning():
    coordinates = Coordinates(source_of_text("a", "a😀b"), "utf-16")
    assert [coordinates.offset(Coordinate(0, unit)) for unit in range(5)] == [0, 1, 1, 2, 3]


def test_what_lies_outside_is_the_nearest_end():
    coordinates = Coordinates(source_of_text("a", "ab\ncd"), "utf-16")
    assert coordinates.offset(Coordinate(0, 99)) == 2
    assert coordinates.offset(Coordinate(99, 0)) == 5
    assert coordinates.of(99) == (1, 2)
    assert coordinates.span(coordinates.range(Span(1, 4))) == Span(1, 4)


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 3), ("utf-16", 1), ("utf-32", 1)])
def test_a_byte_order_mark_counts_in_the_first_line_alone(encoding, width):
    source = source_of_text("a", "\ufeffab\ncd")
    coordinates = Coordinates(source, encoding)
    assert source.text == "ab\ncd"
    assert coordinates.of(1) == (0, width + 1)
    assert coordinates.offset(Coordinate(0, width + 1)) == 1
    assert coordinates.offset(Coordinate(0, 0)) == 0
    assert coordinates.of(4) == (1, 1)


@given(st.text("ab é漢😀\n\r\u2028\x85\t"), st.sampled_from(ENCODINGS), st.data())
def test_there_and_back(text, encoding, data):
    coordinates = Coordinates(source_of_text("a", text), encoding)
    offset = data.draw(st.integers(0, len(text)))
    found = coordinates.of(offset)
    before = coordinates.source.text[coordinates.source.line_starts[found.line] : offset]
    assert found.character == units(before, encoding)
    in_line_end = text[max(0, offset - 1) : offset + 1] == "\r\n"
    assert coordinates.offset(found) == offset - in_line_end
