"""Playbooks that are called: definition, hover and completion look into the other file, and unsaved text wins."""

from __future__ import annotations

from textwrap import dedent

import pytest

from mmm_lang.editor.completion import completion
from mmm_lang.editor.document import open_document
from mmm_lang.editor.hover import hover
from mmm_lang.editor.lsp.open_files import OpenFiles
from mmm_lang.editor.navigation import definition
from mmm_lang.editor.project import project_of
from mmm_lang.syntax.reading import read_source

LEAF = """\
name: Tests
description: Run them all
inputs:
  target: {type: path, description: what to look at}
  level: {type: number, default: 2}
outputs: {report: "${tests.output}"}
steps:
  - {id: tests, shell: 'make "${inputs.target}" ${inputs.level}'}
"""
MAIN = """\
- playbook: lib/leaf.yml
  id: leaf
  inputs: {target: src}
- claude: "/fix ${leaf.outputs.report}"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "leaf.yml").write_text(LEAF)
    return tmp_path


def opened(folder, marked, before=None):
    """The document of a text with a cursor in it, in a file, and the cursor's offset."""
    text = dedent(marked)
    path = folder / "main.mmm.yml"
    judge = project_of(str(path), {}).judge
    earlier = None
    if before is not None:
        path.write_text(before)
        earlier = open_document(read_source(str(path)), None, judge)
    path.write_text(text.replace("‸", ""))
    return open_document(read_source(str(path)), earlier, judge), text.index("‸")


def at(folder, marked):
    plain = marked.replace("‸", "")
    assert MAIN.count(plain) == 1
    return opened(folder, MAIN.replace(plain, marked))


@pytest.mark.parametrize(
    ("marked", "word"),
    [("lib/le‸af.yml", ""), ("{tar‸get: src}", "target"), ("${leaf.outputs.rep‸ort}", "report")],
)
def test_definition_is_in_the_other_file(folder, marked, word):
    (place,) = definition(*at(folder, marked))
    assert place.path == str(folder / "lib" / "leaf.yml")
    assert place.source.slice(place.span) == word


def test_the_step_is_still_defined_here(folder):
    (place,) = definition(*at(folder, "${le‸af.outputs.report}"))
    assert place.path is None


def test_hover_tells_what_it_takes_and_gives(folder):
    page = hover(*at(folder, "lib/le‸af.yml")).markdown
    assert "**Tests**" in page
    assert "Run them all" in page
    assert "- `target` (a path, required): what to look at" in page
    assert "outputs: `report`" in page
    assert "what to look at" in hover(*at(folder, "{tar‸get: src}")).markdown


def labels(found):
    return [one.label for one in found]


def test_completion_of_the_names_of_its_inputs(folder):
    text = MAIN.replace("  inputs: {target: src}\n", "  inputs:\n    target: src\n    ‸\n")
    assert labels(completion(*opened(folder, text))) == ["level"]
    text = MAIN.replace("  inputs: {target: src}\n", "  inputs:\n    ta‸\n")
    assert labels(completion(*opened(folder, text, before=MAIN))) == ["target", "level"]


def test_completion_of_its_outputs(folder):
    found = labels(completion(*at(folder, "${leaf.outputs.‸report}")))
    assert found == ["report"]


def test_completion_of_references_in_what_is_passed(folder):
    text = '- {id: first, shell: make}\n- playbook: lib/leaf.yml\n  inputs:\n    target: "${first.out‸}"\n'
    assert "output" in labels(completion(*opened(folder, text)))


def test_the_text_that_is_open_wins_over_the_one_on_the_disk(folder):
    (folder / "main.mmm.yml").write_text(MAIN)
    files = OpenFiles({})
    main = files.open((folder / "main.mmm.yml").as_uri(), "yaml", MAIN, 1)
    assert [one.rule for one in main.document.diagnostics] == []
    other = files.open((folder / "lib" / "leaf.yml").as_uri(), "yaml", LEAF.replace("target", "goal"), 1)
    main.forget()
    assert [one.rule for one in main.document.diagnostics] == ["unknown-input"]
    other.change(LEAF, 2)
    assert list(files.callers(other)) == [main]
    main.forget()
    assert [one.rule for one in main.document.diagnostics] == []


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("- playbook: ‸", ["other.yml", "lib/"]),
        ("- playbook: lib/le‸a.yml", ["lib/leaf.yml", "lib/deep/"]),
        ('- {playbook: "lib/deep/‸"}', ["lib/deep/leaf.yaml"]),
        ("- shell: x\n  on_failure:\n    playbook: lib/deep/‸", ["lib/deep/leaf.yaml"]),
        ("- playbook: nowhere/‸", []),
        ("- {shell: x, cwd: lib/‸}", []),
    ],
)
def test_completion_of_the_path_of_a_playbook(folder, marked, expected):
    (folder / "other.yml").write_text("- shell: x")
    (folder / "lib" / "notes.txt").write_text("")
    (folder / "lib" / "deep").mkdir()
    (folder / "lib" / "deep" / "leaf.yaml").write_text("- shell: x")
    document, offset = opened(folder, marked)
    found = completion(document, offset)
    assert labels(found)[: len(expected)] == expected
    assert [one for one in labels(found) if one.endswith((".yml", ".yaml", "/"))] == expected
    for one in found[:1]:
        plain = document.text
        assert "playbook: " + one.text in (
            plain[: one.span.start] + one.text + plain[one.span.end :]
        ).replace('"', "")


def test_completion_of_playbooks_by_name(folder):
    (folder / ".git").mkdir()
    (folder / ".mmm" / "playbooks").mkdir(parents=True)
    (folder / ".mmm" / "playbooks" / "shared.yml").write_text("- shell: x")
    found = labels(completion(*opened(folder, "- playbook: ‸")))
    assert found.index("shared") < found.index("implement")
