"""Everyday mistakes of YAML, in a playbook's words, and what is read beside them."""

from __future__ import annotations

import pytest
import yaml

from mmm_lang.source import Source
from mmm_lang.syntax.yaml_tree import read_tree
from tests.syntax.places import diagnose, mended, parse, place_of, places, the_only

MISTAKES = [
    ("- shell: echo a: b\n", "yaml-syntax 1:16 :", "inside text without quotes"),
    ("- shell: x\n  id: a b: c\n", "yaml-syntax 2:10 :", "inside text without quotes"),
    ("- shell: x\n\tid: y\n", "yaml-syntax 2:1", "indented with a tab"),
    ("- shell: x\n  on_failure:\n\t\tclaude: y\n", "yaml-syntax 3:1", "indented with a tab"),
    ("- shell: |\n\techo\n", "yaml-syntax 2:1", "indented with a tab"),
    ("- claude: x\n\nconfig:\n  x: 1\n", "yaml-syntax 3:1 config", "begins as a list of steps"),
    ("name: a\n- claude: x\n", "yaml-syntax 2:1 - claude: x", "an item of a list stands where a key"),
    ("-claude: x\n- shell: y\n", "yaml-syntax 1:1 -", "needs a space after `-`"),
    ("- claude:x\n  id: a\n", "yaml-syntax 1:3 claude:", "needs a space after it"),
    ("- shell: |\necho hi\n  id: a\n", "yaml-syntax 2:1 echo hi", "must be indented further"),
    ("- shell: |\n echo\n\necho hi\n  id: a\n", "yaml-syntax 2:2 echo", "must be indented further"),
    ("- shell: |\necho: hi\n\n  id: a\n", "yaml-syntax 2:1 echo: hi", "must be indented further"),
    ("steps:\n  - shell: >-\n    echo hi\n  - claude: x\n", "yaml-syntax 3:5 echo hi", "must be indented further"),
    ("- claude: > text\n    more\n", "yaml-syntax 1:13 text", "nothing but `>` may stand"),
    ('- claude: "x\n- shell: y\n', 'yaml-syntax 1:11 "x', "this quote is not closed"),
    ('- claude: "x\n- shell: "y"\n', 'yaml-syntax 1:11 "x', "this quote is not closed"),
    ("- claude: 'it's'\n", "yaml-syntax 1:15 s'", "after the closing quote"),
    ('- claude: "a" b\n', "yaml-syntax 1:15 b", "after the closing quote"),
    ("- shell: x\n  ok_exit_codes: [0, 1\n- claude: y\n", "yaml-syntax 2:18 [", "`[` is not closed"),
    ("env: {A: b\nsteps: [x]\n", "yaml-syntax 1:6 {", "`{` is not closed"),
    ("env: {A: b", "yaml-syntax 1:6 {", "`{` is not closed"),
    ("env: {A: b] }\n", "yaml-syntax 1:11 ]", "`,` or `}` is expected"),
    ("protect: [a]]\n", "yaml-syntax 1:13 ]", "does not belong to anything"),
    ("protect: [a,, b]\n", "yaml-syntax 1:13 ,", "a value is missing"),
    ("- claude: @x\n", "yaml-syntax 1:11 @x", "cannot begin with `@`"),
    ("- claude: `x`\n", "yaml-syntax 1:11 `x`", "cannot begin with a backquote"),
    ("- claude: %x\n", "yaml-syntax 1:11 %x", "cannot begin with `%`"),
    ("- shell: *.md\n", "yaml-syntax 1:10 *.md", "cannot begin with `*`"),
    ("- shell: & x\n", "yaml-syntax 1:10 & x", "cannot begin with `&`"),
    ("- claude: a\n  b\n  id: c\n", "yaml-syntax 2:3 b", "neither a key nor part of the text"),
    ("- claude: a\n   id: x\n", "yaml-syntax 2:4 id:", "indented further than the keys"),
    ("- claude: a\n id: x\n", "yaml-syntax 2:2 id", "indented with 1 space, as no key above it is"),
    ('- claude: "a\\d"\n', "yaml-syntax 1:13 \\d", "means nothing inside double quotes"),
    ("- steps: - claude: x\n", "yaml-syntax 1:10 - claude: x", "cannot begin on the line of its key"),
    ("version: 1\n...\nsteps: []\n", "yaml-syntax 3:1 steps: []", "after the end of the document"),
    ("a title\n- claude: x\n- shell: y\n", "yaml-syntax 1:1 a title", "neither a key nor an item"),
    ("- claude x\n  id: a\n", "yaml-syntax 1:3 claude", "needs a `:` after it"),
    ("- claude = x\n  id: a\n", "yaml-syntax 1:3 claude", "needs a `:` after it"),
    (
        "- shell: x\n  on_failure:\n    claude y\n    max_attempts: 1\n",
        "yaml-syntax 3:5 claude",
        "needs a `:` after it",
    ),
    ("- when: true\n  steps:\n    -shell: x\n      id: a\n", "yaml-syntax 3:5 -", "needs a space after `-`"),
    ("- claude:/x\n  id: a\n", "yaml-syntax 1:3 claude:", "needs a space after it"),
    ("steps:\n    - a\n  - b\n", "yaml-syntax 3:3 -", "does not stand below those of its list"),
    ("- x: y\n  z:\n    - a\n    b: c\n", "yaml-syntax 4:5 b", "stands below the `-` of a list"),
    ("- x:\n    y: z\n      a: b\n", "yaml-syntax 3:7 a:", "indented further than the keys"),
    ("a: b\n  c: d\n", "yaml-syntax 2:3 c:", "indented further than the keys"),
    ("- when: !(${x} == 1)\n", "yaml-syntax 1:9 !(${x} == 1)", "cannot begin with `!`"),
    ("- claude: [a] b\n", "yaml-syntax 1:11 [a] b", "cannot begin with `[`, which begins a list"),
    ("- claude: {{ a }}\n", "yaml-syntax 1:11 {{ a }}", "cannot begin with `{{`"),
    ('{\n  "a": 3\n  "b": 4\n}\n', 'yaml-syntax 3:3 "b"', 'a comma is missing before `"b"`'),
    ('{\n  // a\n  "b": 4\n}\n', "yaml-syntax 2:3 // a", "`//` begins no comment"),
    ("- claude: x\n\u00a0\u00a0id: y\n", "yaml-syntax 2:1", "only looks like a space (U+00A0)"),
    ("steps:\n\u00a0 - shell: x\n\u00a0 - claude: y\n", "yaml-syntax 2:1", "only looks like a space (U+00A0)"),
    ("max_iterations: 1\nsteps:\n \u2003- shell: x\n", "yaml-syntax 3:1", "(U+2003)"),
    ("steps:\n  * claude: x\n  * shell: y\n", "yaml-syntax 2:3 *", "begins with `-`, not with `*`"),
    ("version = 1\nsteps: [x]\n", "yaml-syntax 1:1 version = 1", "neither a key nor an item"),
    ('- claude: "x",\n- shell: y\n', "yaml-syntax 1:14 ,", "no place at the end of a line"),
    ("```yaml\n- claude: x\n```\n", "yaml-syntax 1:1 ```yaml", "a fence of Markdown"),
    (": x\n", "yaml-syntax 1:1 : x", "a key is missing before `:`"),
]  # fmt: skip


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader], ids=["libyaml", "pure"])
@pytest.mark.parametrize(("text", "place", "words"), MISTAKES, ids=[f"{n}" for n in range(len(MISTAKES))])
def test_a_mistake_is_one_diagnostic_at_its_place(text, place, words, loader):
    (diagnostic,) = read_tree(Source("p.yml", text), loader).diagnostics
    assert place_of(diagnostic) == place
    assert words in diagnostic.message
    assert diagnostic.help


def test_libyaml_alone_refuses_halves_of_characters():
    assert places('- claude: "\\ud83d\\ude00"\n') == ["yaml-syntax 1:12 \\ud83d"]


def test_a_list_then_a_key_says_how_to_write_it():
    diagnostic = the_only("- claude: x\nconfig:\n  max_iterations: 3\n")
    assert diagnostic.help == ("put the list under `steps:`, and keys such as `max_iterations:` beside it",)
    assert diagnostic.secondary[0].span.start == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- shell: echo a: b\n", "- shell: 'echo a: b'\n"),
        ("- shell: echo it's a: b\n", '- shell: "echo it\'s a: b"\n'),
        ("- claude: @x\n", "- claude: '@x'\n"),
        ("- claude:x\n  id: a\n", "- claude: x\n  id: a\n"),
        ("-claude: x\n- shell: y\n", "- claude: x\n- shell: y\n"),
        ('- claude: "a\\d"\n', '- claude: "a\\\\d"\n'),
        ("steps:\n\u00a0 - shell: x\n\u00a0 - claude: y\n", "steps:\n  - shell: x\n  - claude: y\n"),
        (
            "steps:\n\u00a0 - claude: |\n      a\n      \u00a0- b\n\u00a0   id: c\n",
            "steps:\n  - claude: |\n      a\n      \u00a0- b\n    id: c\n",
        ),
    ],
)
def test_fixes_make_the_text_whole(text, expected):
    result = mended(text)
    assert result == expected
    parse(result)


def test_texts_may_begin_with_any_blank():
    assert places("- claude: |\n    \u00a0- x: y\n- claude: a\n    \u00a0- b\n- claude:\n    \u00a0c\n") == []


def test_a_mistake_does_not_hide_the_next_one():
    found = places(
        """
        - shell: echo a: b
          id: one
          tiemout: 5
        - claude: "open
          comit: no
        - shell: @x
        - claude: [a
        - shell: x
          ok_exit_codes: many
        - name: 'it's'
        """
    )
    assert found == [
        "yaml-syntax 1:16 :",
        "unknown-key 3:3 tiemout",
        'yaml-syntax 4:11 "open',
        "unknown-key 5:3 comit",
        "yaml-syntax 6:10 @x",
        "yaml-syntax 7:11 [",
        "wrong-type 9:18 many",
        "yaml-syntax 10:13 s'",
    ]


def test_what_could_not_be_read_is_not_reported_twice():
    assert places("steps: [a\nname: b\n") == ["yaml-syntax 1:8 ["]
    assert places("- shell: x\n  timeout: @x\n  on_failure: %\n") == [
        "yaml-syntax 2:12 @x",
        "yaml-syntax 3:15 %",
    ]
    assert places("- shell: x\n  outputs: {a: {json: @}}\n") == ["yaml-syntax 2:23 @}}"]


def test_the_work_for_a_hopeless_text_is_bounded():
    assert len(diagnose("- 'a' b\n" * 5000)) <= 20
    assert diagnose("\t" * 100_000)
