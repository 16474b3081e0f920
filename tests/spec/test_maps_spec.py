"""`spec/maps.md` and the code say the same: events, fields, reasons, keys."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from mmm_lang.maps.decide import Open, Reduce, RunItem
from mmm_lang.maps.events import (
    MAP_EVENT_NAMES,
    MAP_VERSION,
    ItemFinished,
    ItemStarted,
    MapFinished,
    MapReason,
    Verdict,
)
from mmm_lang.maps.folders import item_session, map_of, session_of
from mmm_lang.maps.journal import CODEC, MapJournal, read_map
from mmm_lang.maps.record import map_json, read_map_record, results_json
from mmm_lang.runtime.events import Reason
from mmm_lang.sessions.folders import SessionFolder
from tests.maps.stage import BAD, GOOD, Stage, first_of_all, started
from tests.spec.documents import names, read, sections, table, tables
from tests.spec.test_journal_spec import built, documented

DOCUMENT = "maps.md"


def keys(heading: str) -> list[str]:
    first = next(tables(sections(DOCUMENT)[heading]))
    return [name for row in first[1:] for name in names(row[0])]


def test_the_events_are_those_of_the_code() -> None:
    headings = [names(heading)[0] for heading in sections(DOCUMENT) if heading.startswith("`")]
    assert headings == list(MAP_EVENT_NAMES.values())


@pytest.mark.parametrize(("cls", "name"), MAP_EVENT_NAMES.items(), ids=MAP_EVENT_NAMES.values())
def test_fields_and_defaults(cls: type, name: str) -> None:
    assert documented(table(DOCUMENT, f"`{name}`", "field")) == built(cls)


def test_a_verdict() -> None:
    assert documented(table(DOCUMENT, "The journal of a map", "field")) == built(Verdict)
    assert f"its `version`, which is {MAP_VERSION}." in read(DOCUMENT)


def test_the_reasons_are_those_of_sessions_and_these() -> None:
    said = [names(row[0])[0] for row in table(DOCUMENT, "The end", "reason")]
    assert {*said, *get_args(Reason)} == _flat(MapReason)


def _flat(kind: object) -> set[object]:
    return {one for each in get_args(kind) for one in (_flat(each) or {each})}


def test_what_a_journal_keeps_is_read_again(tmp_path: Path) -> None:
    stage = Stage(first_of_all, lambda index, attempt: BAD if index == 2 else GOOD)
    stage.run(started(3, lanes=2, worktrees="mmm-p-1", merges=True, reduces=True))
    journal = MapJournal(str(tmp_path), lambda: 1.0)
    entries = [journal.append(event) for event in stage.events]
    journal.close()
    assert read_map(str(tmp_path)) == entries
    assert {type(one.event) for one in entries} >= {ItemStarted, ItemFinished, MapFinished}
    again = MapJournal.reopen(str(tmp_path), lambda: 2.0, entries)
    again.append(ItemStarted(1, 2))
    again.close()
    assert read_map(str(tmp_path))[-1].seq == len(entries) + 1
    record = read_map_record(SessionFolder("m", str(tmp_path)), str(tmp_path))
    assert list(map_json(record)) == keys("Looking back")
    assert all(list(one) == keys("What comes of an item") for one in results_json(record.state))
    assert CODEC.encode(GOOD)["event"] == "verdict"


def test_how_its_sessions_are_called() -> None:
    known = frozenset(("20260131T235959-1a2b3c",))
    [map] = known
    made = [session_of(map, move) for move in (Open(1), RunItem(1, 1, None), RunItem(1000, 1, None))]
    made += [session_of(map, Reduce(1)), session_of(map, Reduce(1, 2)), f"{item_session(map, 2)}-2"]
    assert [str(one).removeprefix(map) for one in made] == [
        "-setup",
        "-001",
        "-1000",
        "-reduce",
        "-reduce-2",
        "-002-2",
    ]
    assert {map_of(str(one), known) for one in made} == known
    assert map_of("20260131T235959-123456", known) is None
