"""The simple commands of a script, read without a grammar."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.scripts import certain_exit_code, is_inert, read_script


def commands(text):
    return [(" ".join(word.text for word in one.words), one.operator) for one in read_script(text).commands]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("make test", [("make test", "")]),
        ("make build && make test\n", [("make build", "&&"), ("make test", "\n")]),
        ("a; b | c & d", [("a", ";"), ("b", "|"), ("c", "&"), ("d", "")]),
        ("CI=1 X=y make 'two words' \"and ${more}\"", [("make two words and ${more}", "")]),
        ("a \\\n  b", [("a b", "")]),
        ("a # b && c\nd", [("a", "\n"), ("d", "")]),
        ("echo a#b", [("echo a#b", "")]),
        ("make > log 2>&1 < /dev/null", [("make", "")]),
        ("make &> log", [("make", "")]),
        ("cat <<EOF\nexit 1\nEOF\ntrue", [("cat", "\n"), ("true", "")]),
        ("cat <<-'E F'\n\tx\n\tE F\ntrue", [("cat", "\n"), ("true", "")]),
        ("echo $(a; b && c)", [("echo $(a; b && c)", "")]),
        ('echo "$(a ")" b)" c', [('echo $(a ")" b) c', "")]),
        ("echo `a; b`", [("echo `a; b`", "")]),
        ("echo ${a | tail(3)} b", [("echo ${a | tail(3)} b", "")]),
        ("if a; then b; fi", [("a", ";"), ("b", ";")]),
        ("(cd x && make)", [("cd x", "&&"), ("make", "")]),
        ("! grep a b", [("grep a b", "")]),
        ("", []),
        ("\n\n# nothing\n", []),
        ("echo 'open", [("echo open", "")]),
    ],
)
def test_commands(text, found):
    assert commands(text) == found


@pytest.mark.parametrize(
    "text", ["if a; then b; fi", "(a)", "f() { a; }", "! a", "while a; do b; done", "{ a; }"]
)
def test_compound_commands_are_not_plain(text):
    assert not read_script(text).is_plain


@pytest.mark.parametrize("text", ["a; b", "a && b || c", "echo '(' \"{\"", "a | b &"])
def test_lists_are_plain(text):
    assert read_script(text).is_plain


def test_places():
    script = "  make build &&  make 'x y'"
    first, second = read_script(script).commands
    assert script[first.start : first.end] == "make build"
    assert script[second.start : second.end] == "make 'x y'"
    assert script[second.words[1].start :] == "'x y'"


@given(st.text(alphabet="ab '\"\\$(){}`<>|&;#\n=-E", max_size=40))
@settings(max_examples=500, deadline=None)
def test_every_text_is_read_and_every_place_is_in_it(text):
    for command in read_script(text).commands:
        assert 0 <= command.start <= command.end <= len(text)
        for word in command.words:
            assert command.start <= word.start <= len(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("true", 0),
        ("false", 1),
        ("exit 3", 3),
        ("echo a; exit 1\n", 1),
        ("echo a && false", 1),
        ("exit 256", 0),
        ("exit", 0),
        ("exit $code", None),
        ("make; exit 1", None),
        ("false || true", 0),
        ("echo a > file", None),
        ("echo $(make)", None),
        ("exit 1; exit 2", 1),
        ("", None),
    ],
)
def test_a_certain_end(text, code):
    assert certain_exit_code(text) == code


def test_what_writes_is_not_inert():
    assert is_inert("echo a && printf b")
    assert not is_inert("echo a > b")
    assert not is_inert("echo a | tee b")
