"""The journal: what is appended is read again, whatever is in it, and what is wrong with it is said."""

from __future__ import annotations

import json
import os
import tempfile
import types
import zlib
from itertools import count
from pathlib import Path
from typing import Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.runtime import events
from mmm_lang.runtime.events import EVENT_NAMES, Base, Event, HandlerStarted, SessionStarted, StepFinished
from mmm_lang.runtime.journal import Entry, Journal, JournalDamaged, journal_path, read_journal, write_whole
from tests.support.happenings import begun, run

STORY = [*begun(), *run("tests", 1, commits=("c1",))]


def written(folder: Path | str, story: list[Event]) -> list[Entry]:
    ticks = count(1_700_000_000)
    journal = Journal(str(folder), lambda: next(ticks) + 0.1239)
    try:
        return [journal.append(event) for event in story]
    finally:
        journal.close()


def line_of(**fields: object) -> bytes:
    """A line as the specification says it, made without the code under test."""
    content = json.dumps(fields, separators=(",", ":")).encode()
    return (
        json.dumps({**fields, "check": f"{zlib.crc32(content):08x}"}, separators=(",", ":")).encode() + b"\n"
    )


def damage(folder: Path) -> str:
    with pytest.raises(JournalDamaged) as caught:
        read_journal(str(folder))
    return str(caught.value)


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    entries = written(tmp_path, STORY)
    assert read_journal(str(tmp_path)) == entries
    assert [entry.seq for entry in entries] == list(range(1, len(STORY) + 1))
    assert [entry.at for entry in entries][:2] == [1_700_000_000.124, 1_700_000_001.124]


def test_an_event_is_on_disk_when_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    monkeypatch.setattr(os, "fdatasync", lambda file: synced.append(os.fstat(file).st_size), raising=False)
    journal = Journal(str(tmp_path), lambda: 0.0)
    for number, event in enumerate(STORY, start=1):
        journal.append(event)
        assert len(read_journal(str(tmp_path))) == number
        assert synced[-1] == os.path.getsize(journal_path(str(tmp_path)))
    journal.close()


def test_a_line_is_as_specified(tmp_path: Path) -> None:
    [entry] = written(tmp_path, [HandlerStarted("tests.on_failure", (2,), 1)])
    fields = {
        "seq": 1,
        "at": entry.at,
        "event": "handler_started",
        "handler": "tests.on_failure",
        "path": [2],
        "round": 1,
    }
    assert Path(journal_path(str(tmp_path))).read_bytes() == line_of(**fields)
    assert entry.to_json() == fields


def test_there_is_one_writer_of_one_journal(tmp_path: Path) -> None:
    written(tmp_path, STORY)
    with pytest.raises(FileExistsError):
        Journal(str(tmp_path), lambda: 0.0)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    written(tmp_path, STORY)
    assert os.stat(journal_path(str(tmp_path))).st_mode & 0o777 == 0o600


def test_wherever_the_end_is_torn_off_the_whole_lines_before_it_count(tmp_path: Path) -> None:
    entries = written(tmp_path, STORY)
    path = Path(journal_path(str(tmp_path)))
    content = path.read_bytes()
    for end in {*range(0, len(content), 5), content.rindex(b"\n"), content.index(b"\n") + 1}:
        path.write_bytes(content[:end])
        assert read_journal(str(tmp_path)) == entries[: content[:end].count(b"\n")]


def test_any_changed_byte_is_noticed_and_its_line_named(tmp_path: Path) -> None:
    entries = written(tmp_path, STORY)
    path = Path(journal_path(str(tmp_path)))
    content = path.read_bytes()
    for place in range(0, len(content) - 1, 7):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        line = content[:place].count(b"\n") + 1
        assert f"line {line} of {path} cannot be read: " in damage(tmp_path)
    path.write_bytes(content)
    assert read_journal(str(tmp_path)) == entries


def test_a_line_that_is_missing_or_twice_is_damage(tmp_path: Path) -> None:
    written(tmp_path, STORY)
    path = Path(journal_path(str(tmp_path)))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    assert "line 3" in damage(tmp_path)
    assert "number 4" in damage(tmp_path)
    path.write_bytes(b"".join([*lines[:2], *lines[1:]]))
    assert "line 3" in damage(tmp_path)


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"7\n", b"null\n", b'"x"\n', b"{}\n", b"\xff\xfe\n", b"not json\n"]
)
def test_what_is_no_line_of_a_journal(tmp_path: Path, line: bytes) -> None:
    Path(journal_path(str(tmp_path))).write_bytes(line)
    assert "line 1 of" in damage(tmp_path)


STARTED = {"session": "s", "playbook": "p", "name": "n", "max_iterations": 1}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"event": "step_dreamt"}, "no event that this mmm knows: 'step_dreamt'"),
        ({"event": "base", "head": "h", "tree": "t"}, "no event that this mmm knows"),
        ({}, "no event that this mmm knows: None"),
        ({"event": "budget", "step": "a"}, "message"),
        ({"event": "budget", "step": "a", "message": "m", "colour": "red"}, "unknown field 'colour'"),
        (
            {"event": "session_started", **STARTED, "version": 2, "colour": "red"},
            "version 2, this mmm reads version 1",
        ),
        ({"event": "session_started", **STARTED}, "version None"),
    ],
)
def test_what_this_version_does_not_know_is_refused(
    tmp_path: Path, fields: dict[str, object], reason: str
) -> None:
    Path(journal_path(str(tmp_path))).write_bytes(line_of(seq=1, at=1.5, **fields))
    assert reason in damage(tmp_path)


def test_no_file_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_journal(str(tmp_path))
    written(tmp_path, [])
    assert read_journal(str(tmp_path)) == []


LONG = StepFinished("a", (), 1, "succeeded", files=tuple(f"folder/file-{number}" for number in range(1000)))


def test_a_long_event_lies_in_a_file_of_its_own(tmp_path: Path) -> None:
    entries = written(tmp_path, [*STORY, LONG])
    last = Path(journal_path(str(tmp_path))).read_bytes().splitlines()[-1]
    assert len(last) < 4096
    assert set(json.loads(last)) == {"seq", "at", "event", "file", "sha256", "check"}
    assert json.loads(last)["file"] == f"event-{len(entries)}.json"
    assert json.loads(last)["event"] == "step_finished"
    assert read_journal(str(tmp_path)) == entries
    assert sorted(os.listdir(tmp_path)) == [f"event-{len(entries)}.json", "journal.jsonl"]


@pytest.mark.parametrize("length", [3700, 3800, 3900, 4000, 4100])
def test_no_line_reaches_4096_bytes(tmp_path: Path, length: int) -> None:
    entries = written(tmp_path, [HandlerStarted("x" * length, (), 1)])
    assert len(Path(journal_path(str(tmp_path))).read_bytes()) < 4096
    assert read_journal(str(tmp_path)) == entries


def test_a_long_event_that_was_changed_or_lost_is_damage(tmp_path: Path) -> None:
    written(tmp_path, [LONG])
    spilled = tmp_path / "event-1.json"
    spilled.write_bytes(spilled.read_bytes().replace(b"file-7", b"file-8", 1))
    assert "is not what the journal says" in damage(tmp_path)
    spilled.unlink()
    assert "line 1 of" in damage(tmp_path)


def test_a_line_does_not_reach_outside_the_session(tmp_path: Path) -> None:
    (tmp_path / "session").mkdir()
    written(tmp_path, [LONG])
    stolen = json.loads(Path(journal_path(str(tmp_path))).read_bytes())
    fields = {**{key: stolen[key] for key in ("seq", "at", "event", "sha256")}, "file": "../event-1.json"}
    Path(journal_path(str(tmp_path / "session"))).write_bytes(line_of(**fields))
    assert "line 1 of" in damage(tmp_path / "session")


def test_a_disk_that_takes_half_a_line_stops_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(str(tmp_path), lambda: 0.0)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:10]))
    with pytest.raises(OSError, match="only 10 of"):
        journal.append(STORY[0])
    journal.close()
    assert read_journal(str(tmp_path)) == []


def test_a_whole_file_or_none(tmp_path: Path) -> None:
    write_whole(str(tmp_path / "state"), b"one")
    write_whole(str(tmp_path / "state"), b"two")
    assert (tmp_path / "state").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["state"]


# --- whatever is in them ---

NAMES = st.one_of(
    st.text(max_size=20),
    st.binary(max_size=8).map(lambda name: name.decode("utf-8", "surrogateescape")),
    st.sampled_from(["event", "event_", "seq", "at", "check", "file", "sha256", "kind"]),
)
"""Names of files (in any encoding), of variables and of outputs."""


def value_of(kind: object) -> st.SearchStrategy[object]:
    """Any value of an annotation as the events have them."""
    simple = {
        str: NAMES,
        int: st.integers(0, 2**40),
        bool: st.booleans(),
        float: st.floats(0, 1e12),
        types.NoneType: st.none(),
    }
    if kind in simple:
        return simple[kind]
    if kind is Base:
        return event_of(Base)
    inner = get_args(kind)
    if get_origin(kind) is Literal:
        return st.sampled_from(inner)
    if get_origin(kind) is tuple:
        return st.lists(value_of(inner[0]), max_size=4).map(tuple)
    if get_origin(kind) is dict:
        return st.dictionaries(value_of(inner[0]), value_of(inner[1]), max_size=3)
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of(*map(value_of, inner))
    raise AssertionError(f"no values of {kind}")


def event_of(cls: type) -> st.SearchStrategy[object]:
    hints = get_type_hints(cls, vars(events))
    fields = {name.rstrip("_"): value_of(kind) for name, kind in hints.items() if name != "version"}
    fixed = {"version": st.just(events.JOURNAL_VERSION)} if cls is SessionStarted else {}
    arguments = {
        f"{name}_" if f"{name}_" in hints else name: one for name, one in {**fields, **fixed}.items()
    }
    return st.builds(lambda **given: cls(**given), **arguments)


ANY_EVENT = st.one_of(*(event_of(cls) for cls in EVENT_NAMES))


@given(st.lists(ANY_EVENT, max_size=5))
@settings(deadline=None, max_examples=150)
def test_any_event_is_read_as_it_was_written(story: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        entries = written(folder, story)
        assert [entry.event for entry in entries] == story
        assert read_journal(folder) == entries


def test_every_kind_of_event_has_a_name_of_its_own() -> None:
    assert set(EVENT_NAMES) == set(get_args(Event))
    assert len(set(EVENT_NAMES.values())) == len(EVENT_NAMES)
