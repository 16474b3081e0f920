"""The items of `map:`: which are taken, in which order, with which variables."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.diagnostics.display import visible
from mmm_lang.plan import ir
from mmm_lang.runtime.items import (
    LABEL_WIDTH,
    ItemsRefused,
    chosen_items,
    items_here,
    items_in,
    label_of,
    sorted_items,
    value_in,
    variables_of_item,
    with_given_items,
)
from tests.support.plans import plan_of

LISTED = ir.ListedItems(("1",))


def header_of(text: str) -> ir.MapHeader:
    """The `map:` of a playbook that is written as the lines inside it."""
    inside = "".join(f"  {line.strip()}\n" for line in text.strip().splitlines())
    header = plan_of(f"inputs: {{least: '5'}}\nmap:\n{inside}steps: [{{claude: x}}]\n").header.map
    assert header is not None
    return header


def chosen(text, *items, **variables):
    return [*chosen_items(header_of(text), items, variables)]


JSON_FILE = "over: {file: work.json, json: $}"


def test_lines_that_are_not_empty_are_items():
    assert items_in("a b\r\n\n  \nc\u2028d\n", None, "it") == ("a b", "c\u2028d")


def test_json_is_read_along_its_path():
    assert items_in('{"items": [1, {"a": 2}]}', "$.items[*]", "it") == (1, {"a": 2})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "`work.json` is empty"),
        ("[1, 2", "`work.json` is not JSON: "),
        ("[NaN]", "NaN is no value of JSON"),
        ('{"a": 1}', "finds no items in `work.json`: `$` has no `items`, only `a`"),
        ("[" * 100_000, "too deep"),
    ],
)
def test_what_holds_no_items_is_refused_with_the_reason(text, says):
    with pytest.raises(ItemsRefused) as refused:
        items_in(text, "$.items[*]", "`work.json`")
    assert says.casefold() in str(refused.value).casefold()
    assert refused.value.problem.help


def test_a_filter_reads_fields_inputs_and_defaults():
    items = ({"score": 7}, {"score": 3}, {"score": "9"}, {})
    assert chosen(f"{JSON_FILE}\nfilter: ${{item.score:-0}} >= 5", *items) == [{"score": 7}, {"score": "9"}]
    rule = f"{JSON_FILE}\nfilter: ${{item.score:-0}} >= ${{inputs.least}}"
    assert chosen(rule, *items, **{"inputs.least": "8"}) == [{"score": "9"}]
    assert chosen(f'{JSON_FILE}\nfilter: ${{item.score}} == ""', *items, {"score": None}) == [
        {},
        {"score": None},
    ]
    assert chosen('over: "*.md"\nfilter: $FILE_STEM != "README"', "a/README.md", "b.md") == ["b.md"]


def test_a_filter_that_meets_a_text_where_a_number_is_needed_names_the_item():
    with pytest.raises(ItemsRefused) as refused:
        chosen(f"{JSON_FILE}\nfilter: ${{item.score}} >= 5", {"score": 7}, {"name": "b", "score": "high"})
    assert str(refused.value) == (
        "`filter` cannot be asked about item 2, `b`: `filter` compares numbers, and `high` is none"
    )


def test_sorted_by_several_keys_missing_values_last():
    items = [{"p": 1, "n": "b"}, {"n": "a"}, {"p": 2, "n": "c"}, {"p": 1, "n": "a"}, {"p": None, "n": "z"}]
    header = f'{JSON_FILE}\nsort_by: ["-item.p", item.n]'
    assert [(one.get("p"), one["n"]) for one in chosen(header, *items)] == [
        (2, "c"), (1, "a"), (1, "b"), (None, "a"), (None, "z"),
    ]  # fmt: skip


def test_at_most_max_items_after_the_filter_and_in_order():
    assert chosen(f"{JSON_FILE}\nfilter: ${{item}} > 1\nsort_by: -item\nmax_items: 2", 3, 1, 9, 2, 5) == [
        9,
        5,
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, -2.5]) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)
sort_keys = st.builds(
    ir.SortKey, st.lists(st.sampled_from(["a", "b", "0"]), max_size=2).map(tuple), st.booleans()
)


@given(st.lists(json_values, max_size=8), st.lists(sort_keys, max_size=3))
def test_sorting_keeps_every_item_and_is_stable(items, keys):
    marked = [{"number": number, "it": item} for number, item in enumerate(items)]
    inside = [ir.SortKey(("it", *key.path), key.descending) for key in keys]
    found = sorted_items(marked, inside)
    assert sorted(one["number"] for one in found) == [*range(len(items))]
    assert sorted_items(found, inside) == found
    for key in inside[:1]:
        lacks = [value_in(one, key.path) is None for one in found]
        assert lacks == sorted(lacks), "what has no value comes last"
    same = [[value_in(one, key.path) for key in inside] for one in found]
    for (one, mine), (other, its) in zip(
        zip(found, same, strict=True), zip(found[1:], same[1:], strict=False), strict=False
    ):
        if json.dumps(mine) == json.dumps(its):
            assert one["number"] < other["number"]


@given(st.lists(json_values, max_size=8), st.integers(1, 9))
def test_no_more_than_max_items_and_those_in_order(items, most):
    header = ir.MapHeader(LISTED, max_items=most)
    assert list(chosen_items(header, items)) == items[:most]


# --- where they are ---


def test_files_of_several_patterns_none_twice(tmp_path):
    for name in ("b.md", "a.md", "c.txt"):
        (tmp_path / name).write_text("")
    over = ir.GlobItems(("*.md", "a*", "missing*"))
    assert items_here(str(tmp_path), over) == ("a.md", "b.md")
    assert items_here(str(tmp_path), ir.ListedItems(('{"a":1}', '"x"'))) == ({"a": 1}, "x")


def test_a_file_that_holds_items(tmp_path):
    (tmp_path / "work.txt").write_bytes(b"one\n\ntwo\n")
    assert items_here(str(tmp_path), ir.FileItems("work.txt")) == ("one", "two")
    for path, says in (
        ("none.txt", "there is no file `none.txt`"),
        ("../out", "outside"),
        (".", "cannot be read"),
    ):
        with pytest.raises(ItemsRefused) as refused:
            items_here(str(tmp_path), ir.FileItems(path))
        assert says in str(refused.value)


def test_the_command_line_takes_the_place_of_over(tmp_path):
    (tmp_path / "a.md").write_text("")
    written = header_of('over: "*.py"\nmax_items: 3\nsort_by: item')
    given_items = with_given_items(written, ("*.md",), ("text",))
    assert given_items is not None
    assert (given_items.max_items, given_items.sort_by) == (3, written.sort_by)
    assert items_here(str(tmp_path), given_items.over) == ("a.md", "text")
    assert "FILE" in variables_of_item(given_items, "a.md", 1, 2)
    assert "FILE" not in variables_of_item(given_items, "text", 2, 2)
    assert with_given_items(written, (), ()) is written
    assert with_given_items(None, (), ()) is None
    alone = with_given_items(None, (), ("x",))
    assert alone is not None
    assert items_here(str(tmp_path), alone.over) == ("x",)
    nothing = with_given_items(None, ("*.rs",), ())
    assert nothing is not None
    with pytest.raises(ItemsRefused, match=r"no file matches `--map \*\.rs`"):
        items_here(str(tmp_path), nothing.over)


# --- what runs ---


def test_variables_of_a_file_and_of_json():
    files = ir.MapHeader(ir.GlobItems(("*",)))
    assert variables_of_item(files, "docs/a.b.md", 2, 3) == {
        "item": '"docs/a.b.md"',
        "ARG": "docs/a.b.md",
        "FILE": "docs/a.b.md",
        "FILE_NAME": "a.b.md",
        "FILE_STEM": "a.b",
        "INDEX": "2",
        "TOTAL": "3",
    }
    inside = variables_of_item(ir.MapHeader(LISTED), {"path": "ü"}, 1, 1)
    assert (inside["item"], inside["ARG"]) == ('{"path":"ü"}', '{"path":"ü"}')
    assert "FILE" not in inside


@given(json_values)
def test_the_variable_item_is_the_item(item):
    assert json.loads(variables_of_item(ir.MapHeader(LISTED), item, 1, 1)["item"]) == item


@given(json_values | st.text())
def test_a_label_is_one_line_that_disturbs_no_terminal(item):
    label = label_of(item)
    assert 0 < len(label) <= LABEL_WIDTH
    assert visible(label) == label
    assert "\n" not in label


def test_an_object_is_called_by_what_names_it():
    assert label_of({"score": 3, "path": "src/a.py"}) == "src/a.py"
    assert label_of({"score": 3}) == '{"score":3}'
