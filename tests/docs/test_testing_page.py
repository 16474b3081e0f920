"""docs/testing.md: what it shows is what one gets."""

from __future__ import annotations

from tests.docs.executed import DOCS, Reader, assert_links_lead_somewhere, assert_playbooks_are_right

PAGE = DOCS / "testing.md"


def test_it_can_be_followed(tmp_path):
    reader = Reader.at(tmp_path)
    reader.scenario.on(
        "/mmm-code-review", times=1, writes={"specs/a.md": "# Spec"}, commits="review: specify"
    )
    reader.scenario.on("/mmm-code-review", text="Nothing found.")
    reader.scenario.on("/mmm-implement-spec", writes={"src/app.py": "x = 1"})
    reader.scenario.on("/mmm-fix-test", writes={"src/app.py": "x = 2"})
    reader.follow(PAGE)
    assert len(reader.scenario.prompts()) == 4


def test_its_playbooks_are_right():
    assert_playbooks_are_right(PAGE)


def test_its_links_lead_somewhere():
    assert_links_lead_somewhere(PAGE)
