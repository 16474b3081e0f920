"""Real playbooks: those of the README the project started from, and those that stood beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmm_lang.analysis.check import Analysis, analyse
from mmm_lang.source import Source

CORPUS = Path(__file__).parent.parent / "corpus"
README = sorted(CORPUS.glob("readme/*.yml"))
EXAMPLES = sorted(path for path in CORPUS.glob("examples/*.yml") if path.name != "implement-with-tests.yml")


def analysis_of(path: Path) -> Analysis:
    return analyse(Source(path.name, path.read_text(encoding="utf-8")))


def test_the_corpus_is_there():
    assert (len(README), len(EXAMPLES)) == (12, 15)


@pytest.mark.parametrize("path", [*README, *EXAMPLES], ids=lambda path: path.stem)
def test_no_errors(path: Path):
    analysis = analysis_of(path)
    assert [one.message for one in analysis.diagnostics if one.severity == "error"] == []


@pytest.mark.parametrize("path", README, ids=lambda path: path.stem)
def test_the_readme_has_not_even_warnings_about_references(path: Path):
    rules = {one.rule for one in analysis_of(path).diagnostics}
    assert rules.isdisjoint({"unset-captured-output", "shadowed-variable", "unreachable-exit-code"})


def test_captured_output_that_nothing_set_is_a_warning_where_it_is_read():
    analysis = analysis_of(CORPUS / "examples" / "complex-build-pipeline.yml")
    unset = [one for one in analysis.diagnostics if one.rule == "unset-captured-output"]
    assert [analysis.source.position(one.primary.span.start).line for one in unset] == [13]


def test_what_the_command_line_must_give():
    assert analysis_of(CORPUS / "examples" / "implement.yml").variables_needed == ("ARG",)
    assert analysis_of(CORPUS / "readme" / "01-what-is-mmm.yml").variables_needed == ()


NOTED = {"implied-commit"}
"""Notes about what these playbooks really hold."""
FOUND = {"ignored-key", "unset-captured-output"}
"""Warnings about what never worked in them."""


@pytest.mark.parametrize("path", [*README, *EXAMPLES], ids=lambda path: path.stem)
def test_no_false_alarm(path: Path):
    expected = NOTED if path in README else NOTED | FOUND
    assert {one.rule for one in analysis_of(path).diagnostics} <= expected
