"""Recordings as text: what is written is read back, whatever it holds."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.agents.comparable import comparable, placed, placeless, steady
from mmm_lang.agents.errors import RecordingError
from mmm_lang.agents.model import AgentRequest
from mmm_lang.agents.recording import (
    Content,
    Delete,
    Denial,
    Patch,
    RecordedCall,
    RecordedCommit,
    Write,
)
from mmm_lang.agents.recording_file import parse_recording
from mmm_lang.agents.recording_text import call_text, recording_text, scalar

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n \t:#-\r\x85\u2028'\"|>"), max_size=60
)
PATHS = st.sampled_from(["a", "src/ä.py", "with space", "#x", "- y", "true"])
CHANGES = st.lists(
    st.builds(Patch, TEXTS)
    | st.builds(Delete, PATHS)
    | st.builds(Write, PATHS, TEXTS, st.none() | st.booleans())
    | st.builds(Content, PATHS, st.binary(max_size=20), st.none() | st.booleans()),
    max_size=3,
).map(tuple)
MESSAGES = TEXTS.filter(str.strip)
COMMITS = st.builds(RecordedCommit, MESSAGES, CHANGES.filter(bool), st.lists(PATHS, max_size=2).map(tuple))
JSON = st.none() | st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=2).map(
    lambda one: json.dumps(one, sort_keys=True)
)


@st.composite
def calls(draw: st.DrawFn) -> RecordedCall:
    failed = draw(st.booleans())
    return RecordedCall(
        step=draw(st.sampled_from(["review", "step-3.on_failure.1", "yes"])),
        item=draw(st.none() | st.integers(1, 9)),
        asked=draw(TEXTS),
        answer=draw(TEXTS),
        cost_usd=draw(st.none() | st.sampled_from([0.0, 0.25, 1e-05, 3.0])),
        turns=draw(st.integers(1, 99)),
        json=draw(JSON),
        denied=tuple(draw(st.lists(st.builds(Denial, TEXTS, JSON.map(lambda one: one or "{}")), max_size=1))),
        commits=tuple(draw(st.lists(COMMITS, max_size=2))),
        changes=draw(CHANGES),
        error=draw(TEXTS) if failed else None,
        ending=draw(st.sampled_from(["failed", "quota", "auth", "budget"])) if failed else None,
        exit_code=draw(st.none() | st.integers(0, 255)),
        tools=tuple(
            draw(st.dictionaries(st.sampled_from(["Edit", "mcp__x y", "#"]), st.integers(1, 9))).items()
        ),
        moves_head=draw(st.booleans()),
    )


@settings(max_examples=50)
@given(st.lists(calls(), max_size=2), TEXTS)
def test_what_is_written_is_read_back(given_calls, description):
    text = recording_text(map(call_text, given_calls), description)
    read = parse_recording("r.yml", text).calls
    assert read == tuple(given_calls)
    assert recording_text(map(call_text, read), description) == text


@given(TEXTS, st.sampled_from([0, 4, 8]))
def test_every_text_is_a_value(text, column):
    written = f"{' ' * column}key: {scalar(text, column)}\n{' ' * column}next: 1\n"
    assert yaml.safe_load(written) == {"key": text, "next": 1}


def test_long_texts_are_blocks_that_one_can_read():
    assert scalar("one\n  two \n\nthree\n", 4) == "|2\n      one\n        two \n\n      three"
    assert scalar("plain words", 4) == '"plain words"'
    assert scalar("review", 4) == "review"
    assert scalar("yes", 4) == '"yes"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 failed in 0.12s", "3 failed in 12.40s"),
        ("at 2026-01-31 23:59:59", "at 2025-12-01T10:00:00Z"),
        ("[main 1a2b3c4] fix", "[main 9f8e7d6] fix"),
        ("/tmp/pytest-1/x failed", "/tmp/pytest-22/x failed"),
        ("/here/src/a.py", "/there/src/a.py"),
        ("/sessions/1/steps/3/log", "/sessions/2/steps/3/log"),
        ("<x.Cart object at 0x7fcb73a018d0>", "<x.Cart object at 0x7f1112223334>"),
        ("/tmp/pytest-of-root/pytest-0/test_a0/x", "/tmp/pytest-of-root/pytest-1/test_a0/x"),
        ("3 failed in 61.20s (0:01:01)", "3 failed in 62.03s (0:01:02)"),
        ("3 failed in 59.90s", "3 failed in 61.20s (0:01:01)"),
        ("===== 1 failed in 9.99s =====", "===== 1 failed in 10.01s ===="),
        ("==== 1 failed in 59.99s =====", "= 1 failed in 61.20s (0:01:01) ="),
        ("on Sun Nov 22 23:01:02 UTC 2026", "on Mon Nov 30 01:10:42 UTC 2026"),
        ("on Sun Nov  1 23:01:02 CET 2026", "on Mon Dec 21 01:10:42 CEST 2027"),
        ("Date: Sun, 22 Nov 2026 23:01:02 +0100", "Date: Tue, 1 Dec 2026 03:01:09 +0100"),
        ("on 2026-11-22, again", "on 2026-12-01, again"),
        ("took 1m 05s", "took 2m 11s"),
        ("took 59s", "took 1h 2m 11s"),
        ("real\t0m1.234s", "real\t1m0.002s"),
        ("thread 'main' (1234) panicked", "thread 'main' (98765) panicked"),
        ("pid 1234 ended, PID: 77", "pid 98765 ended, PID: 1234"),
    ],
)
def test_what_differs_from_run_to_run_is_the_same(one, other):
    told = comparable(one, "/here", "/sessions/1")
    assert told == comparable(other, "/there", "/sessions/2")
    assert told == steady(told)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 failed", "4 failed"),
        ("a.py", "b.py"),
        ("/hereafter", "/thereafter"),
        ("=== 3 failed in 9.99s ===", "=== 4 failed in 9.99s ==="),
        ("=== FAILED test_a in 1s ===", "=== FAILED test_b in 1s ==="),
        ("FAILED t.py::test_a - 1s", "FAILED t.py::test_b - 1s"),
        ("/tmp/pytest-of-root/pytest-0/test_a0/x", "/tmp/pytest-of-root/pytest-0/test_b0/x"),
        ("src/a.py:12:34: error", "src/a.py:13:34: error"),
        ("a.c:5:10: error in 1s", "a.c:5:11: error in 1s"),
        ("Nov 22 23:01:02 ERROR x", "Nov 22 23:01:02 WARN x"),
        ("Nov 22 23:01:02 app: 3 failed", "Nov 22 23:01:02 app: 4 failed"),
        ("assert 0x1f == 0", "assert 0x2f == 0"),
        ("thread 'main' (1) panicked at a.rs:3:5", "thread 'main' (1) panicked at a.rs:4:5"),
        ("thread 'one' (1) panicked", "thread 'two' (1) panicked"),
        ("specs/2026-01-02-fix.md", "specs/2026-01-03-fix.md"),
        ("line 1234", "line 1235"),
        ("====", "====="),
    ],
)
def test_what_says_something_is_not(one, other):
    assert comparable(one, "/here", "/s") != comparable(other, "/there", "/s")


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        ("in <duration> (0:01:01)", "in 75.00s (0:01:15)"),
        ("<temporary>/pytest-0/test_a0", "/tmp/pytest-of-root/pytest-7/test_a0"),
        ("real 0m1.<duration>, 1m <duration>", "real 0m9.876s, 2m 10s"),
        ("Sun Nov 22 <time> UTC 2026", "Mon Nov 30 01:10:42 UTC 2026"),
        ("<x object at 0x7fcb73a018d0>", "<x object at 0x7f1112223334>"),
    ],
)
def test_a_recording_of_an_earlier_version_still_answers(recorded, now):
    request = AgentRequest(prompt=now, cwd="/here", step="a", session="s")
    assert RecordedCall(step="a", asked=recorded).answers(request, comparable(now, "/here", ""))


def test_paths_come_back_where_the_work_tree_is():
    assert placed(placeless("see /a/b/c and /a/bc", "/a/b", "/s"), "/new", "/t") == "see /new/c and /a/bc"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("{step: a, asked: x, sha256: y}", "`sha256` is not that of `asked`"),
        ("{step: a, ending: quota}", "comes with `error`"),
        ("{step: a, ending: odd, error: x}", "failed, quota, auth or budget"),
        ("{step: a, exit_code: 300}", "from 0 to 255"),
        ("{step: a, tools: [x]}", "how often each tool"),
        ("{step: a, moves_head: 1}", "true or false"),
        ("{step: a, item: 0}", "at least 1"),
        ("{step: a, changes: [{write: x, base64: '!'}]}", "is not base64"),
        ("{step: a, commits: [{message: x, paths: [../y]}]}", "not a path inside the work tree"),
    ],
)
def test_mistakes_name_the_call(call, said):
    with pytest.raises(RecordingError, match=said):
        parse_recording("r.yml", f"version: 1\ncalls: [{call}]\n")
