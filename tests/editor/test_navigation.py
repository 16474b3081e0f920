"""Definition, references and highlights."""

from __future__ import annotations

import pytest

from mmm_lang.editor.navigation import definition, highlights, references
from tests.editor.cursor import Listed, at_cursor

PLAYBOOK = """\
inputs:
  target: {default: src}
steps:
  - shell: "make ${target}"
    id: build
    outputs: {score: {regex: "(1)"}}
    capture_output: true
  - claude: "/fix ${build.score} ${build.outputs.score} $<build.output>"
    when: ${build.exit_code} == 0
  - shell: echo $target ${inputs.target} "$CAPTURED_OUTPUT"
  - claude: ${last.output} ${shell.output}
"""


def with_cursor(marked):
    """The playbook with the cursor where ``marked`` has one."""
    plain = marked.replace("‸", "")
    assert PLAYBOOK.count(plain) == 1, plain
    return PLAYBOOK.replace(plain, marked)


def lines_of(document, spans):
    return [(document.source.position(span.start).line, document.source.slice(span)) for span in spans]


@pytest.mark.parametrize(
    ("marked", "line", "word"),
    [
        ("${bu‸ild.score}", 5, "build"),
        ("$<‸build.output>", 5, "build"),
        ("${build.sc‸ore}", 6, "score"),
        ("${build.outputs.sc‸ore}", 6, "score"),
        ("${build.exit‸_code}", 5, "build"),
        ("${inputs.tar‸get}", 2, "target"),
        ("echo $tar‸get", 2, "target"),
        ("id: bu‸ild", 5, "build"),
        ("$CAPTURED‸_OUTPUT", 7, "capture_output"),
    ],
)
def test_definition(marked, line, word):
    document, offset = at_cursor(with_cursor(marked))
    assert lines_of(document, [place.span for place in definition(document, offset)]) == [(line, word)]


def test_of_a_step_without_an_id_it_is_the_step():
    document, offset = at_cursor(with_cursor("${shell.out‸put}"))
    (place,) = definition(document, offset)
    assert document.source.position(place.span.start).line == 10


def test_of_a_slash_command_it_is_its_file():
    document, offset = at_cursor(with_cursor('"/f‸ix'), Listed.of("fix"))
    assert [place.path for place in definition(document, offset)] == ["/repo/fix.md"]
    document, offset = at_cursor(with_cursor('"/f‸ix'))
    assert definition(document, offset) == ()


def test_nothing_is_the_definition_of_nothing():
    document, offset = at_cursor(with_cursor("ma‸ke"))
    assert definition(document, offset) == ()
    assert references(document, offset, with_definition=True) == ()


def test_references_with_and_without_the_definition():
    document, offset = at_cursor(with_cursor("id: bu‸ild"))
    uses = lines_of(document, references(document, offset, with_definition=False))
    assert uses == [(8, "build"), (8, "build"), (8, "build"), (9, "build")]
    assert lines_of(document, references(document, offset, with_definition=True)) == [(5, "build"), *uses]


def test_last_and_shell_are_references_to_the_step_that_they_mean():
    document, offset = at_cursor("- shell: x\n  id: a‸\n- claude: ${last.output} ${shell.output}\n")
    assert [word for _, word in lines_of(document, references(document, offset, with_definition=False))] == [
        "last",
        "shell",
    ]


def test_highlights_tell_writing_from_reading():
    document, offset = at_cursor(with_cursor("echo $tar‸get"))
    found = [
        (document.source.position(one.span.start).line, one.is_definition)
        for one in highlights(document, offset)
    ]
    assert found == [(2, True), (4, False), (10, False), (10, False)]


def test_every_call_of_a_command():
    text = "commands:\n  - mmm-li‸nt\n  - name: mmm-lint\n  - claude: /mmm-lint --fix\n  - /mmm-lint\n  - mmm-linter\n"
    document, offset = at_cursor(text)
    assert [line for line, _ in lines_of(document, references(document, offset, with_definition=False))] == [
        2,
        3,
        4,
        5,
    ]


def test_from_an_alias_to_its_anchor():
    document, offset = at_cursor("- claude: &ask x\n- claude: *a‸sk\n")
    assert lines_of(document, [place.span for place in definition(document, offset)]) == [(1, "ask")]
    document, offset = at_cursor('- claude: &ask x\n- claude: *a‸sk\n- claude: "\n')
    assert lines_of(document, [place.span for place in definition(document, offset)]) == [(1, "ask")]
