"""docs/context.md does what it says."""

from __future__ import annotations

from tests.docs.executed import (
    DOCS,
    PROJECT,
    Reader,
    assert_links_lead_somewhere,
    assert_playbooks_are_right,
    command_lines,
)

PAGE = DOCS / "context.md"


def test_the_page_can_be_followed(tmp_path):
    reader = Reader.at(tmp_path)
    reader.follow(PAGE)
    assert [line.removeprefix("mmm ") for line in reader.ran if line.startswith("mmm ")] == command_lines(
        PAGE
    )


def test_its_playbooks_and_links_and_those_of_the_specification():
    for page in (PAGE, PROJECT / "spec" / "context.md"):
        assert_playbooks_are_right(page)
        assert_links_lead_somewhere(page)
