"""docs/rules is what the rules' own pages say, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mmm_lang.analysis.registry import all_rules
from mmm_lang.analysis.rule_pages import INDEX, rule_pages
from tests.cli.processes import mmm

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
RULES = all_rules()
PAGES = rule_pages(RULES)


def test_the_folder_is_current():
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    stale = sorted(name for name in {*there, *PAGES} if there.get(name) != PAGES.get(name))
    assert stale == [], "make docs"


def test_the_index_has_every_rule_once():
    assert sorted(re.findall(r"^\| \[([a-z-]+)\]", PAGES[INDEX], flags=re.MULTILINE)) == [
        rule.name for rule in RULES
    ]


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#:]+\.md)\)", PAGES[name]):
        assert target in PAGES or (FOLDER / target).exists()


def test_explain_writes_them(tmp_path):
    done = mmm("explain", "--all", "pages", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, f"{len(PAGES)} pages written to pages\n")
    assert {path.name for path in (tmp_path / "pages").iterdir()} == set(PAGES)


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    done = mmm("explain", "--all", "file/pages", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`file/pages` cannot be written (not a directory); name another folder" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["undefined-step", "--all", "pages"]])
def test_either_a_rule_or_all(tmp_path, arguments):
    done = mmm("explain", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "wants the name of a rule, or `--all DIR`" in done.stderr
