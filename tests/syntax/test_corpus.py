"""Real playbooks, of people who did not know this parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmm_lang.syntax.nodes import Broken, templates_of, walk
from mmm_lang.syntax.parser import parse_playbook
from mmm_lang.syntax.reading import read_source
from tests.syntax.places import place_of

CORPUS = Path(__file__).parent.parent / "corpus"
FILES = sorted(CORPUS.glob("*/*.yml"))
STEPS_OF_README = {
    "01": 3,
    "02": 3,
    "03": 4,
    "04": 3,
    "05": 5,
    "06": 5,
    "07": 3,
    "08": 2,
    "09": 5,
    "10": 5,
    "11": 3,
    "12": 4,
}


def test_the_corpus_is_there():
    assert len(FILES) == 28


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_read_without_an_error(path):
    playbook, diagnostics = parse_playbook(read_source(path))
    errors = [place_of(diagnostic) for diagnostic in diagnostics if diagnostic.severity == "error"]
    if path.stem == "implement-with-tests":
        assert errors == ["yaml-syntax 66:1 config"]
    else:
        assert errors == []
    assert playbook.steps
    assert not any(isinstance(step.action, Broken) for step in walk(playbook.steps))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_reference_stands_where_it_is_said_to(path):
    source = read_source(path)
    playbook, _ = parse_playbook(source)
    for step in walk(playbook.steps):
        for template in templates_of(step):
            for hole in template.holes:
                assert source.slice(hole.span) in ("${" + hole.written + "}", f"${hole.written}")


@pytest.mark.parametrize("path", sorted((CORPUS / "readme").glob("*.yml")), ids=lambda path: path.stem)
def test_the_blocks_of_the_readme_are_whole(path):
    playbook, diagnostics = parse_playbook(read_source(path))
    assert len(playbook.steps) == STEPS_OF_README[path.stem[:2]]
    assert not diagnostics


def test_keys_that_never_worked_get_a_warning_that_helps():
    path = CORPUS / "examples" / "product-enhancement-workflow.yml"
    _, diagnostics = parse_playbook(read_source(path))
    assert [place_of(diagnostic) for diagnostic in diagnostics] == [
        "ignored-key 9:3 options",
        "ignored-key 15:3 args",
        "ignored-key 19:3 options",
        "ignored-key 21:3 metadata",
    ]
    assert all(diagnostic.severity == "warning" and diagnostic.help for diagnostic in diagnostics)
