"""What a session's folder says, however much of it is left: nothing that lies on a disk can make the list fail."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.runtime.events import RolledBack, SessionFinished
from mmm_lang.runtime.journal import Journal
from mmm_lang.runtime.undone import Undone, UndoneUnreadable, read_undone, write_undone
from mmm_lang.sessions.folders import SessionFolder, session_folders
from mmm_lang.sessions.record import read_record
from mmm_lang.sessions.running import running_sessions
from mmm_lang.sessions.story_json import story_json
from mmm_lang.sessions.summary import summarise, summary_json
from mmm_lang.sessions.telling import told
from tests.sessions.test_story import NOW, local
from tests.support.happenings import begun, run

LONG = "x" * 5000
STORY = [
    *begun(variables={"ARG": LONG}),
    *run("tests", 1, commits=("c1",), notes=(LONG,)),
    SessionFinished("failed", "step-failed", "it failed", 1),
]


def write(folder, events=STORY):
    journal = Journal(str(folder), lambda: 1_700_000_000.0)
    try:
        for event in events:
            journal.append(event)
    finally:
        journal.close()
    return Path(folder) / "journal.jsonl"


def record(folder):
    return read_record(SessionFolder("s1", str(folder)), frozenset())


@given(st.integers(0, 10_000), st.binary(max_size=3), st.booleans())
@settings(deadline=None, max_examples=150)
def test_whatever_becomes_of_a_journal_it_can_be_listed_and_told(place, junk, cut):
    with tempfile.TemporaryDirectory() as folder:
        journal = write(folder)
        content = journal.read_bytes()
        place %= len(content) + 1
        journal.write_bytes(content[:place] + junk + (b"" if cut else content[place + len(junk) :]))
        one = record(folder)
        summary = summarise(one)
        assert json.dumps(summary_json(summary))
        assert told(one, {}, NOW, local)
        assert json.loads(story_json(one, {}))
        assert summary.status in ("failed", "died", "damaged", "unreadable")
        if summary.status == "damaged":
            assert f"line {len(one.entries) + 1} of " in summary.message


def test_an_event_whose_file_is_gone_is_damage_at_its_line(tmp_path):
    write(tmp_path)
    os.unlink(tmp_path / "event-1.json")
    assert summarise(record(tmp_path)).message.startswith(f"line 1 of {tmp_path}/journal.jsonl")


@pytest.mark.parametrize(
    ("version", "advice"), [(99, "update mmm"), (0, "read it with the mmm that wrote it")]
)
def test_another_version_is_told_apart_from_damage(tmp_path, version, advice):
    (tmp_path / "journal.jsonl").write_text(json.dumps({"seq": 1, "version": version}) + "\n")
    one = record(tmp_path)
    assert (one.version, one.entries, one.damage) == (version, (), None)
    assert summarise(one).message.endswith(advice)


@pytest.mark.parametrize(
    ("events", "line"),
    [
        (STORY[1:], 1),
        ([*begun(), RolledBack("a", "b", None, "asked", "never-begun")], 3),
        ([*begun(), *begun()], 3),
    ],
)
def test_events_that_do_not_fit_together_are_damage(tmp_path, events, line):
    write(tmp_path, events)
    one = record(tmp_path)
    assert one.damage == f"line {line} of {tmp_path}/journal.jsonl does not fit what stands before it"
    assert len(one.entries) == line - 1
    assert told(one, {}, NOW, local)


def test_a_version_in_a_file_of_its_own_is_found(tmp_path):
    journal = write(tmp_path)
    spilled = tmp_path / "event-1.json"
    assert b'"file":"event-1.json"' in journal.read_bytes()
    data = json.loads(spilled.read_text())
    spilled.write_text(json.dumps({**data, "version": 99}))
    assert record(tmp_path).version == 99


def test_a_folder_that_may_not_be_read(tmp_path):
    (tmp_path / "journal.jsonl").mkdir()
    assert "is a directory" in summarise(record(tmp_path)).message
    assert session_folders(str(tmp_path / "nowhere")) == ()


UNDONE = Undone(1_700_000_000.5, "c" * 40, "h" * 40, None, "refs/mmm/rescue/s1/1", 3, True)


def test_a_session_that_was_taken_back(tmp_path):
    write(tmp_path)
    write_undone(str(tmp_path), UNDONE)
    assert read_undone(str(tmp_path)) == UNDONE
    one = summarise(record(tmp_path))
    assert (one.status, one.reason) == ("undone", "step-failed")
    assert "kept in refs/mmm/rescue/s1/1" in one.message


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "from": "x"}'])
def test_a_record_of_an_undo_that_cannot_be_read(tmp_path, content):
    write(tmp_path)
    (tmp_path / "undone.json").write_text(content)
    with pytest.raises(UndoneUnreadable, match=r"undone\.json` cannot be read: .*; move it away"):
        read_undone(str(tmp_path))
    assert summarise(record(tmp_path)).status == "damaged"


@pytest.mark.parametrize(
    "content", ["", "x", "[]", "{}", '{"pid": "x", "session": 1}', '{"pid": 0, "session": "s"}']
)
def test_a_lock_file_that_says_nothing(tmp_path, content):
    (tmp_path / "mmm").mkdir()
    (tmp_path / "mmm" / "lock").write_text(content)
    assert running_sessions(str(tmp_path)) == frozenset()
