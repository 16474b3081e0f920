"""Places in TOML, against what ``tomllib`` says the text means."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.configuration.toml_text import NotToml, read_toml
from mmm_lang.analysis.configuration.tree import Array, Node, Table, Word
from mmm_lang.source import Source, Span


def plain(node: Node) -> object:
    match node:
        case Table():
            return {entry.key: plain(entry.value) for entry in node.entries}
        case Array():
            return [plain(item) for item in node.items]
        case Word():
            return node.value


def written(text: str) -> dict[str, str]:
    """Every word of a text, as it is written, by its path."""
    found: dict[str, str] = {}

    def visit(node: Node, path: str) -> None:
        match node:
            case Table():
                for entry in node.entries:
                    visit(entry.value, f"{path}.{text[entry.key_span.start : entry.key_span.end]}")
            case Array():
                for index, item in enumerate(node.items):
                    visit(item, f"{path}.{index}")
            case Word():
                found[path[1:]] = text[node.span.start : node.span.end]

    visit(read_toml(Source("pyproject.toml", text)), "")
    return found


def test_every_way_to_write_it():
    text = """\
a.b = 1 # c
[tool . "mmm"]
select = ["x", 'y', # one
  # two
  \'\'\'z\'\'\', ]
'quoted # key' = 1979-05-27 07:32:00 # d
level = {a-b = "off", c.d = true}
[[tool.mmm.x]]
p = \"\"\"a""b\\"\\
   q\"\"\"\"\"
[[tool.mmm.x]]
q = \'\'\'x'y\'\'\'\'
[tool.mmm.x.z]
w=-1.5e3
e = []
f = {}
"""
    assert written(text) == {
        "a.b": "1",
        'tool."mmm".select.0': '"x"',
        'tool."mmm".select.1': "'y'",
        'tool."mmm".select.2': "'''z'''",
        "tool.\"mmm\".'quoted # key'": "1979-05-27 07:32:00",
        'tool."mmm".level.a-b': '"off"',
        'tool."mmm".level.c.d': "true",
        'tool."mmm".x.0.p': '"""a""b\\"\\\n   q"""""',
        'tool."mmm".x.1.q': "'''x'y''''",
        'tool."mmm".x.1.z.w': "-1.5e3",
    }


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a = [1,\nb = 2", 8, "invalid value"),
        ("a = 1\na = 2\n", 11, "cannot overwrite a value"),
        ("a", 1, "expected"),
        ("[x]\n[x]\n", 6, "cannot declare"),
    ],
)
def test_what_is_not_toml(text, place, words):
    with pytest.raises(NotToml) as caught:
        read_toml(Source("pyproject.toml", text))
    assert words in str(caught.value)
    assert "line" not in str(caught.value)
    assert abs(caught.value.span.start - place) <= 2
    assert caught.value.span.end <= len(text)


def test_deep_nesting_is_refused():
    with pytest.raises(NotToml):
        read_toml(Source("pyproject.toml", f"a = {'[' * 5000}"))


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=5)
WORDS = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), KEYS)


def as_toml(value: object, draw: st.DataObject) -> str:
    """A value on one line or several, in one of the ways that TOML has."""
    blank = draw.draw(st.sampled_from(["", " ", "\n", " # x ]}\n  "]))
    match value:
        case bool():
            return str(value).lower()
        case int():
            return f"{value:_}"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            literal = "'" not in value
            forms = [f'"{escaped}"', f'"""{escaped}"""', *([f"'{value}'"] if literal else [])]
            return draw.draw(st.sampled_from(forms))
        case list():
            return f"[{blank}" + f"{blank},{blank}".join(as_toml(one, draw) for one in value) + f"{blank}]"
        case dict():
            return (
                "{" + ", ".join(f"{as_key(key)} = {as_toml(one, draw)}" for key, one in value.items()) + "}"
            )
    raise TypeError(value)


def as_key(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


VALUES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=3), max_size=4), st.data())
@settings(max_examples=150, deadline=None)
def test_the_meaning_is_that_of_tomllib_and_each_word_is_where_it_is_said_to_be(document, data):
    lines = [
        f"{as_key(key)} = {as_toml(one, data)}" for key, one in document.items() if not isinstance(one, dict)
    ]
    for key, table in document.items():
        if isinstance(table, dict):
            lines.append(f" [ {as_key(key)} ] # table")
            lines += [f"{as_key(inner)}={as_toml(one, data)}" for inner, one in table.items()]
    text = "\n".join(lines)
    root = read_toml(Source("pyproject.toml", text))
    assert plain(root) == tomllib.loads(text) == document
    nodes: list[Node] = [root]
    while nodes:
        node = nodes.pop()
        match node:
            case Word(value, Span(start, end)):
                assert tomllib.loads(f"x = {text[start:end]}")["x"] == value
            case Array():
                assert text[node.span.start] + text[node.span.end - 1] == "[]"
                nodes += node.items
            case Table():
                for entry in node.entries:
                    key = text[entry.key_span.start : entry.key_span.end]
                    assert tomllib.loads(f"{key} = 1") == {entry.key: 1}
                    nodes.append(entry.value)
