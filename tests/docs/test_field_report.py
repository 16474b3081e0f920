"""docs/field-report.md says what the checker says of the corpus today."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from mmm_lang.analysis.check import analyse
from mmm_lang.source import Source

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "field-report.md").read_text(encoding="utf-8")
CORPUS = sorted(PROJECT.glob("tests/corpus/*/*.yml"))


def said(*presets):
    """Every diagnostic about the corpus, with its file."""
    for path in CORPUS:
        source = Source(str(path.relative_to(PROJECT / "tests" / "corpus")), path.read_text(encoding="utf-8"))
        for one in analyse(source, presets).diagnostics:
            yield source, one


def test_the_table_is_true():
    files = defaultdict(list)
    for source, one in said("default"):
        files[one.rule, one.severity].append(source.path)
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (\d+) \| (\d+) \|$", PAGE, flags=re.MULTILINE)
    assert {(rule, severity): (int(found), int(where)) for rule, severity, found, where in rows} == {
        key: (len(paths), len(set(paths))) for key, paths in files.items()
    }


def test_the_places_it_names_are_found():
    places = {
        f"{source.path}:{source.position(one.primary.span.start).line}" for source, one in said("default")
    }
    named = set(re.findall(r"(?:examples|readme)/[\w-]+\.yml:\d+", PAGE))
    assert len(named) == 3
    assert named <= places


def test_its_other_numbers_are_true():
    assert len(CORPUS) == 28
    clean = {path.name for path in CORPUS} - {Path(source.path).name for source, _ in said("default")}
    assert f"{len(clean)} of the 28 playbooks give no diagnostic" in PAGE
    pedantic = defaultdict(set)
    for source, one in said("default", "pedantic"):
        pedantic[one.rule].add((source.path, one.primary.span))
    assert len(pedantic["missing-timeout"]) == 28
    assert len(pedantic["missing-success-criterion"]) == 10
    assert len(pedantic["ignored-failure"]) == 6
