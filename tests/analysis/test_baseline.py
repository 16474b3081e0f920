"""Baselines: what is known stays known while lines move, and what is new is not."""

from __future__ import annotations

import json

import pytest

from mmm_lang.analysis.baseline import (
    Baseline,
    NotABaseline,
    excuse,
    read_baseline,
    stale_entries,
    write_baseline,
)
from mmm_lang.analysis.check import analyse
from mmm_lang.diagnostics import Diagnostic
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.source import Source
from tests.diagnostics.writing import finding, label

PATH = "playbooks/p.yml"
TEXT = """\
- shell: "echo ${a.output}"
- shell: "echo ${b.output}"
- shell: "echo ${b.output}"
"""


def found(text: str, path: str = PATH) -> tuple[Diagnostic, ...]:
    return analyse(Source(path, text)).diagnostics


def baseline_of(text: str, path: str = PATH) -> Baseline:
    return read_baseline(Source("baseline.json", write_baseline(found(text, path), str)))


def left(text: str, baseline: Baseline, path: str = PATH) -> list[int]:
    """Lines of what the baseline does not excuse."""
    shown = unsuppressed(excuse(found(text, path), baseline, str))
    return [one.source.position(one.primary.span.start).line for one in shown]


def stale(text: str, baseline: Baseline) -> int:
    return len(stale_entries(baseline, excuse(found(text), baseline, str), str, [PATH]))


def test_everything_is_excused():
    baseline = baseline_of(TEXT)
    assert left(TEXT, baseline) == []
    assert {one.suppressed for one in excuse(found(TEXT), baseline, str)} == {"baseline"}
    assert stale(TEXT, baseline) == 0


def test_lines_may_move_and_be_indented():
    moved = "name: x\nsteps:\n" + "".join(f"  {line}\n" for line in reversed(TEXT.splitlines()))
    assert left(moved, baseline_of(TEXT)) == []


def test_what_is_new_is_reported():
    baseline = baseline_of(TEXT)
    assert left(TEXT + '- shell: "echo ${c.output}"\n', baseline) == [4]
    assert left(TEXT + '- shell: "echo ${b.output}"\n', baseline) == [4]
    assert left(TEXT.replace("echo ${a", "printf ${a"), baseline) == [1]
    assert left(TEXT, baseline, "other.yml") == [1, 2, 3]


def test_what_is_gone_is_stale():
    baseline = baseline_of(TEXT)
    fewer = "".join(TEXT.splitlines(keepends=True)[:2])
    assert stale(fewer, baseline) == 1
    assert stale("- shell: x\n", baseline) == 3
    assert stale_entries(baseline, (), str, ["another.yml"]) == ()
    (note,) = stale_entries(baseline, excuse(found(fewer), baseline, str), str, [PATH])
    entry = json.loads(baseline.source.slice(note.primary.span))
    assert (note.rule, note.severity, entry["occurrence"]) == ("stale-baseline", "note", 2)


def test_an_entry_that_is_missing_is_not_made_up_by_a_later_one():
    document = json.loads(write_baseline(found(TEXT), str))
    document["entries"] = [one for one in document["entries"] if one["occurrence"] == 2]
    baseline = read_baseline(Source("baseline.json", json.dumps(document)))
    assert left(TEXT, baseline) == [1, 2]
    assert stale(TEXT, baseline) == 0


def test_what_something_else_suppresses_is_not_known():
    text = TEXT.replace('output}"\n', 'output}" # mmm: ignore[undefined-step]\n', 1)
    assert len(baseline_of(text).entries) == 2


def test_mistakes_of_yaml_are_never_excused():
    text = "- shell: x\n  timeout: 1m\n  timeout: 2m\n"
    assert baseline_of(text).entries == {}
    source = Source(PATH, text)
    entry = {"rule": "duplicate-key", "path": PATH, "hash": "0" * 16, "occurrence": 1}
    baseline = read_baseline(Source("b.json", json.dumps({"version": 1, "entries": [entry]})))
    assert left(source.text, baseline) == [3]


def test_one_line_each_sorted_whatever_the_order():
    text = write_baseline(reversed(found(TEXT)), str)
    assert text == write_baseline(found(TEXT), str)
    lines = text.splitlines()
    assert len(lines) == 3 + 3 + 2
    assert all(json.loads(line.strip().rstrip(",")) for line in lines[3:6])
    assert write_baseline((), str) == '{\n  "version": 1,\n  "entries": []\n}\n'


def test_exact_duplicates_are_one():
    source = Source(PATH, "x y")
    twice = [finding(source, label(source, "x")), finding(source, label(source, "x"))]
    baseline = read_baseline(Source("b.json", write_baseline(twice, str)))
    assert len(baseline.entries) == 1
    assert unsuppressed(excuse(twice, baseline, str)) == ()


@pytest.mark.parametrize("indent", [None, 0, 7])
def test_places_in_any_layout(indent):
    document = {"more": [{"entries": 1}, "]"], **json.loads(write_baseline(found(TEXT), str)), "end": {}}
    text = json.dumps(document, indent=indent)
    baseline = read_baseline(Source("b.json", text))
    assert [json.loads(text[span.start : span.end]) for span in baseline.entries.values()] == document[
        "entries"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[]", "no list of `entries`"),
        ("{}", "no list of `entries`"),
        ('{"version": 2, "entries": []}', "version"),
        ('{"version": 1, "entries": [{}]}', "an entry lacks"),
        ('{"version": 1, "entries": [1]}', "an entry lacks"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_baseline(text, words):
    with pytest.raises(NotABaseline, match=words):
        read_baseline(Source("b.json", text))
