"""Every YAML block of the documents is what it says: a playbook without an error, or exactly the error it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.source import Source

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("spec/language.md", "README.md", "examples/README.md", "CONTRIBUTING.md")

_BLOCK = re.compile(r"^```yaml(?P<marks>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(document: str) -> Iterator[tuple[str, str, str]]:
    """Place, marks and text of every YAML block of a document."""
    content = (PROJECT / document).read_text(encoding="utf-8")
    for match in _BLOCK.finditer(content):
        place = f"{document}:{content.count(chr(10), 0, match.start()) + 1}"
        yield place, match["marks"].strip(), match["text"]


BLOCKS = [block for document in DOCUMENTS for block in blocks_of(document)]


@pytest.mark.parametrize(("place", "marks", "text"), BLOCKS, ids=[place for place, _, _ in BLOCKS])
def test_a_block_is_what_it_says(place, marks, text):
    assert marks == "" or re.fullmatch(r"error=[a-z-]+", marks), f"unknown mark: {marks}"
    expected = [marks.removeprefix("error=")] if marks else []
    found = [one for one in analyse(Source(place, text)).diagnostics if one.severity == "error"]
    assert [one.rule for one in found] == expected, [one.message for one in found]


def test_the_reference_has_right_and_wrong_examples():
    marks = [marks for _, marks, _ in blocks_of("spec/language.md")]
    assert marks.count("") > 20
    assert sum(mark.startswith("error=") for mark in marks) > 5


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_inside_a_document_lead_somewhere(document):
    content = (PROJECT / document).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", content, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", content)) <= anchors


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_to_files_lead_somewhere(document):
    content = (PROJECT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", content)
    missing = [target for target in targets if not (PROJECT / document).parent.joinpath(target).exists()]
    assert missing == []
