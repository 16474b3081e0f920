"""The tree of YAML: exact spans, aliases, bounds, and what is refused."""

from __future__ import annotations

import pytest
import yaml

from mmm_lang.source import Source
from mmm_lang.syntax.core_schema import resolve
from mmm_lang.syntax.yaml_nodes import Damaged, Mapping, Scalar, Sequence
from mmm_lang.syntax.yaml_tree import MAX_ALIASED_NODES, MAX_NESTING, Tree, read_tree

LOADERS = [pytest.param(yaml.CSafeLoader, id="libyaml"), pytest.param(yaml.SafeLoader, id="pure")]


@pytest.fixture(params=LOADERS)
def read(request):
    def read_text(text: str) -> Tree:
        return read_tree(Source("p.yml", text), request.param)

    return read_text


def plain(node):
    """A tree as Python has it; ``...`` for what could not be read."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item.node) for item in node.items]
        case Mapping():
            return {entry.key.value: plain(entry.value) for entry in node.entries}
        case Damaged():
            return ...
    return None


def written(text: str, node) -> str:
    return text[node.span.start : node.span.end]


def rules(tree: Tree) -> list[str]:
    found = []
    for diagnostic in tree.diagnostics:
        position = diagnostic.source.position(diagnostic.primary.span.start)
        found.append(f"{diagnostic.rule} {position.line}:{position.column}")
    return found


def test_spans_are_tight(read):
    text = "a:\n  b: &x !!str hello  # why\n  c:\n    - 'it''s'\n    - {d: [1, 2]}\n\n# end\ne: last\n\n"
    root = read(text).root
    assert written(text, root) == text.rstrip()
    inner = root.entries[0].value
    assert written(text, inner) == "b: &x !!str hello  # why\n  c:\n    - 'it''s'\n    - {d: [1, 2]}"
    hello, items = inner.entries[0].value, inner.entries[1].value
    assert written(text, hello) == "hello"
    assert written(text, items) == "- 'it''s'\n    - {d: [1, 2]}"
    assert written(text, items.items[0].node) == "'it''s'"
    assert written(text, items.items[1].node) == "{d: [1, 2]}"


def test_a_block_scalar_ends_with_its_last_line_of_text(read):
    text = "a: |\n  one\n  two \n\n\nb: >-\n  three\n\n# comment\n"
    root = read(text).root
    assert written(text, root.entries[0].value) == "|\n  one\n  two "
    assert written(text, root.entries[1].value) == ">-\n  three"


def test_an_anchor_does_not_belong_to_the_value(read):
    text = "a: &list\n  - x\nb: &map # why\n  k: v\nc: &text\n  hello\n"
    root = read(text).root
    assert [written(text, entry.value) for entry in root.entries] == ["- x", "k: v", "hello"]


def test_an_alias_is_the_node_it_names_and_keeps_its_own_place(read):
    text = "a: &x [1]\nb: *x\nc: [*x]\n"
    root = read(text).root
    first, second, third = root.entries
    assert second.value is first.value
    assert text[second.place.start : second.place.end] == "*x"
    assert third.value.items[0].node is first.value
    assert third.value.items[0].place.start == text.rindex("*x")


def test_crlf_byte_order_and_wide_characters_do_not_shift_places(read):
    text = '"é😀": "漢字"\r\nb: x\r\n'
    root = read(text).root
    assert [written(text, entry.key) for entry in root.entries] == ['"é😀"', "b"]
    assert written(text, root.entries[1].value) == "x"


def test_unicode_line_separators_are_text(read):
    text = '- "a\u2028b"\n- c\x85d\n- |\n  e\u2029f\n'
    assert plain(read(text).root) == ["a\u2028b", "c\x85d", "e\u2029f\n"]


def test_nothing_is_no_node(read):
    assert read("").root is None
    assert read("# only a comment\n").root is None
    assert read("---\n...\n").root.value == ""


@pytest.mark.parametrize(
    ("written_value", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("off", "off"), ("NO", "NO"), ("true", True), ("False", False),
        ("~", None), ("null", None), ("", None), ("12", 12), ("-3", -3), ("0o17", 15), ("0x1F", 31), ("017", 17),
        ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("-.inf", float("-inf")), ("1:30", "1:30"), ("1_000", "1_000"),
        ("'12'", "12"), ('"true"', "true"), ("!!str 12", "12"), ("! 12", "12"), ('!!int "12"', 12),
        ("2024-01-01", "2024-01-01"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(read, written_value, value):
    node = read(f"- {written_value}\n").root.items[0].node
    assert resolve(node) == value
    assert type(resolve(node)) is type(value)


def test_a_number_of_any_length_is_read():
    for text in ("9" * 10_000, "0x" + "f" * 10_000, "0o" + "7" * 10_000):
        assert resolve(read_tree(Source("p.yml", text)).root) == float("inf")


def test_duplicate_keys_name_both_places(read):
    tree = read("a: 1\nb: 2\na: 3\n")
    assert rules(tree) == ["duplicate-key 3:1"]
    assert tree.diagnostics[0].secondary[0].span.start == 0
    assert plain(tree.root) == {"a": "1", "b": "2"}


def test_merge_keys_are_refused_and_their_keys_are_known(read):
    tree = read("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n")
    assert rules(tree) == ["merge-key 3:3"]
    assert plain(tree.root)["b"] == {"k": "3", "l": "2"}
    assert rules(read("'<<': 1\n")) == []


def test_unknown_and_recursive_aliases(read):
    tree = read("a: *none\nb: &b [*b]\n")
    assert rules(tree) == ["unknown-alias 1:4", "recursive-alias 2:8"]
    assert plain(tree.root) == {"a": ..., "b": [...]}


@pytest.mark.parametrize(
    "value", ["!foo x", "!!set {a}", "!!map x", "!!python/object:os.system x", "!<a:b> x"]
)
def test_tags_are_refused(read, value):
    tree = read(f"a: {value}\n")
    assert rules(tree) == ["yaml-tag 1:4"]


def test_a_second_document_is_refused(read):
    tree = read("---\na: 1\n---\nb: 2\n")
    assert rules(tree) == ["several-documents 3:1"]
    assert plain(tree.root) == {"a": "1"}


def test_a_key_that_is_no_word(read):
    assert rules(read("? [a]\n: b\nc: d\n")) == ["wrong-type 1:3"]


def test_nesting_is_bounded(read):
    assert rules(read("[" * MAX_NESTING + "]" * MAX_NESTING)) == []
    assert rules(read("[" * (MAX_NESTING + 1) + "]" * (MAX_NESTING + 1))) == [
        f"nesting-too-deep 1:{MAX_NESTING + 1}"
    ]
    assert rules(read("- " * (MAX_NESTING + 1) + "x")) == [f"nesting-too-deep 1:{2 * MAX_NESTING + 1}"]


def test_nesting_through_aliases_is_bounded(read):
    deep = "[" * 40 + "]" * 40
    assert rules(read(f"- &a {deep}\n- [[[[[[[[[[*a]]]]]]]]]]\n")) == []
    assert rules(read(f"- &a {deep}\n- {'[' * 30}*a{']' * 30}\n")) == ["nesting-too-deep 2:33"]


def test_aliases_are_bounded(read):
    lines = ["- &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &l{n} [" + ", ".join([f"*l{n - 1}"] * 10) + "]" for n in range(1, 10)]
    tree = read("\n".join(lines) + "\n")
    assert [rule.split()[0] for rule in rules(tree)] == ["too-many-aliases"]
    assert f"{MAX_ALIASED_NODES:,}" in tree.diagnostics[0].message


def test_characters_that_yaml_refuses_are_named_and_the_rest_is_read(read):
    tree = read("- a\x07b\n- c\n- \x1b[1mx\n")
    assert rules(tree) == ["yaml-syntax 1:4", "yaml-syntax 3:3"]
    assert "U+0007" in tree.diagnostics[0].message
    assert plain(tree.root)[1] == "c"


def test_half_characters_of_an_editor_do_not_raise(read):
    assert rules(read("- a\ud800\n")) == ["yaml-syntax 1:4"]
