"""docs/README.md names every page once, and its links and those of the README lead somewhere."""

from __future__ import annotations

import re

import pytest

from tests.docs.executed import DOCS, PROJECT, assert_links_lead_somewhere

INDEX = DOCS / "README.md"


def test_it_names_every_page_once():
    pages = sorted(path.name for path in DOCS.glob("*.md") if path != INDEX)
    named = sorted(re.findall(r"\]\(([a-z-]+\.md)\)", INDEX.read_text(encoding="utf-8")))
    assert named == pages


@pytest.mark.parametrize(
    "page", [INDEX, PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"], ids=lambda page: page.name
)
def test_links_lead_somewhere(page):
    assert_links_lead_somewhere(page)
