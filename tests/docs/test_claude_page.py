"""docs/claude.md: its commands run, and the facts that it names are those of the code."""

from __future__ import annotations

from mmm_lang.agents.claude import LONGEST_ARGUMENT
from mmm_lang.cli.doctor_findings import NEWEST_TRIED, OLDEST_TRIED, OLDEST_USABLE
from tests.docs.executed import DOCS, Reader, assert_links_lead_somewhere, command_lines
from tests.e2e.binary import VERSION

PAGE = DOCS / "claude.md"


def test_it_can_be_followed(tmp_path):
    assert len(command_lines(PAGE)) == 2
    reader = Reader.at(tmp_path)
    assert (
        reader.shell("git init --quiet && git commit --quiet --allow-empty --message start").returncode == 0
    )
    reader.follow(PAGE)


def test_its_links_lead_somewhere():
    assert_links_lead_somewhere(PAGE)


def test_its_versions_are_those_of_the_code():
    rows = [
        line.split("|")[1].split()[0] for line in PAGE.read_text().splitlines() if line.startswith("| 2.")
    ]
    assert rows == [".".join(map(str, one)) for one in (NEWEST_TRIED, OLDEST_TRIED, OLDEST_USABLE)]
    assert rows[0] == VERSION


def test_its_figures_are_those_of_the_code():
    assert f"more than {LONGEST_ARGUMENT // 1024} KiB" in PAGE.read_text()
