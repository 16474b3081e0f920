"""The scalar map: every character of every scalar, in every style, is found again in the source."""

from __future__ import annotations

import string
from itertools import pairwise

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmm_lang.source import Source
from mmm_lang.syntax.scalar_map import scalar_offsets
from mmm_lang.syntax.yaml_nodes import Mapping, Node, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import read_tree


def scalars(node: Node | None):
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from scalars(item.node)
        case Mapping():
            for entry in node.entries:
                yield entry.key
                yield from scalars(entry.value)


def the_value(text: str) -> Scalar:
    *_, scalar = scalars(read_tree(Source("p.yml", text)).root)
    return scalar


def shown(text: str) -> list[tuple[str, str]]:
    """Every decoded character of the last scalar, and the source up to where the next one begins."""
    scalar = the_value(text)
    offsets = scalar.offsets
    return [
        (character, text[start:end])
        for character, start, end in zip(scalar.value, offsets, offsets[1:], strict=False)
    ]


def test_plain():
    assert shown("a: b c\n") == [("b", "b"), (" ", " "), ("c", "c")]


def test_plain_over_lines():
    assert shown("a: b \n   c\n\n   d # x\n") == [
        ("b", "b"), (" ", " \n   "), ("c", "c\n"), ("\n", "\n   "), ("d", "d"),
    ]  # fmt: skip


def test_single_quotes():
    assert shown("'it''s'") == [("i", "i"), ("t", "t"), ("'", "''"), ("s", "s")]


def test_double_quotes():
    assert shown(r'"a\n\x41\u00e9\U0001F600\"b"') == [
        ("a", "a"), ("\n", r"\n"), ("A", r"\x41"), ("é", r"\u00e9"), ("😀", r"\U0001F600"), ('"', r"\""), ("b", "b"),
    ]  # fmt: skip


def test_double_quotes_over_lines():
    assert shown('"a \n  b\\\n  c \\\n\n  d"') == [
        ("a", "a"), (" ", " \n  "), ("b", "b\\\n  "), ("c", "c"), (" ", " \\\n"), ("\n", "\n  "), ("d", "d"),
    ]  # fmt: skip


def test_literal():
    assert shown("a: |\n  b\n   c\n\n  d\n\n") == [
        ("b", "b"), ("\n", "\n  "), (" ", " "), ("c", "c"), ("\n", "\n"), ("\n", "\n  "), ("d", "d"), ("\n", "\n"),
    ]  # fmt: skip


def test_folded():
    assert shown("a: >-\n  b\n  c\n\n  d\n") == [
        ("b", "b"), (" ", "\n  "), ("c", "c\n"), ("\n", "\n  "), ("d", "d"),
    ]  # fmt: skip


def test_explicit_indentation_keep_and_crlf():
    assert shown("a: |2+ # x\r\n   b\r\n\r\n") == [(" ", " "), ("b", "b"), ("\n", "\r\n"), ("\n", "\r\n")]


def test_an_empty_block():
    assert the_value("a: |\n\n\nb: |+\n\n\n").value == "\n\n"
    assert shown("a: |+\n\n\n") == [("\n", "\n"), ("\n", "\n")]


def test_a_reference_in_a_block_has_its_exact_place():
    text = 'steps:\n  - shell: |\n      echo hi\n      echo "${a.b}"\n'
    scalar = the_value(text)
    start = scalar.value.index("${a.b}")
    assert text[scalar.offset_of(start) : scalar.offset_of(start + 6)] == "${a.b}"
    assert scalar.offset_of(10**9) == scalar.offsets[-1]


def test_a_value_that_does_not_fit_leads_to_the_start():
    assert list(scalar_offsets('"ab"', 0, 4, "double", "xy")) == [0, 0, 0]
    assert list(scalar_offsets("| x", 0, 3, "literal", "xy")) == [0, 0, 0]


ESCAPED = '0abtnvfrexuUNLP_/ \t"\\'

# --- the law: decoding again gives the value, and what is not an escape or a fold stands at its place ---

CHARACTERS = st.sampled_from([*"ab \t'\"\\#:-é😀\x85\u2028[]{},&*!|>%@`$", "\n", "\n\n", "  ", "${a.b}"])
TEXTS = st.lists(CHARACTERS, max_size=14).map("".join)
BREAKS = st.sampled_from(["\n", "\n", "\r\n", "\r"])


@st.composite
def dumped(draw) -> str:
    """What PyYAML itself writes."""
    return yaml.dump(
        {"k": [draw(TEXTS)]},
        default_style=draw(st.sampled_from([None, "'", '"', "|", ">"])),
        width=draw(st.sampled_from([5, 20, 80])),
        allow_unicode=draw(st.booleans()),
    )


@st.composite
def block(draw) -> str:
    """Block scalars as people write them, odd ones included."""
    indent = draw(st.integers(1, 4))
    word = st.text(alphabet="ab \t#é", max_size=5)
    line = st.one_of(
        st.builds(lambda deeper, text: " " * (indent + deeper) + text, st.integers(0, 2), word),
        st.integers(0, indent + 1).map(lambda width: " " * width),
    )
    header = (
        draw(st.sampled_from("|>"))
        + draw(st.sampled_from(["", str(indent)]))
        + draw(st.sampled_from(["", "-", "+"]))
    )
    body = "\n".join(draw(st.lists(line, max_size=7)))
    comment = draw(st.sampled_from(["", " # c"]))
    return f"k: {header}{comment}\n{body}" + draw(st.sampled_from(["", "\n", "\n\n", "\nz: y"]))


QUOTED = st.lists(
    st.sampled_from(
        ["a", "b", " ", "\t", "\n ", "\n\n  ", " \n ", "\\n", "\\\\", '\\"', "\\x41", "\\u00e9", "\\U0001F600", "\\\n  ",
         "\\\t", "\\ ", "\\N", "\\_", "\\L", "\\/", "é", "''"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
PLAIN = st.lists(
    st.sampled_from(["a", "b b", " ", "\n  ", " \n\n   ", "'", '"', "\\", ":c", "#", "é"]), max_size=10
).map("".join)
WRITTEN = st.one_of(
    dumped(),
    block(),
    QUOTED.map('- "{}"'.format),
    QUOTED.map("- '{}'".format),
    PLAIN.map("- x: {}".format),
    PLAIN.map("[ {} ]".format),
    PLAIN.map("- &a !!str {}\n- *a\n".format),
)


@settings(max_examples=1000, deadline=None)
@given(WRITTEN, BREAKS, st.sampled_from([yaml.CSafeLoader] * 4 + [yaml.SafeLoader]))
@example("k: >+1\n    a\n   b\n  \n c\n", "\r\n", yaml.CSafeLoader)
@example('- "a \\\n\n\n  b"', "\r", yaml.CSafeLoader)
def test_every_character_is_found(text, line_break, loader):
    text = text.replace("\n", line_break)
    tree = read_tree(Source("p.yml", text), loader)
    if tree.diagnostics:
        return
    for scalar in scalars(tree.root):
        check(text, scalar)


def check(text: str, scalar: Scalar) -> None:
    offsets = list(scalar.offsets)
    value = scalar.value
    assert len(offsets) == len(value) + 1
    # Strictly growing: no character shares its place with another, so that none fell back to the start.
    assert all(left < right for left, right in pairwise(offsets[:-1]))
    assert all(scalar.extent.start <= offset <= scalar.extent.end for offset in offsets)
    for character, offset in zip(value, offsets, strict=False):
        there = text[offset]
        if character == "\n":
            assert there in "\r\n" or text.startswith("\\n", offset)
        elif character == " ":
            assert there in " \t\r\n\\"
        elif there == "\\" and scalar.style == "double":
            assert text[offset + 1] in ESCAPED
        elif there == "'" and scalar.style == "single":
            assert character == "'"
        else:
            assert there == character


@pytest.mark.parametrize("style", ["'", '"', "|", ">", None])
def test_printable_text_of_every_style(style):
    text = yaml.dump(
        [string.printable.replace("\r", "").replace("\x0b", "").replace("\x0c", "")], default_style=style
    )
    for scalar in scalars(read_tree(Source("p.yml", text)).root):
        check(text, scalar)
