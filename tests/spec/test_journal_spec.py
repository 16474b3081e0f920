"""`spec/journal.md` and the code say the same, event by event and field by field."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args, get_type_hints

import attrs
import pytest

from mmm_lang.runtime import events
from mmm_lang.runtime.decide import PROCESS_FAULTS
from mmm_lang.runtime.events import (
    EVENT_NAMES,
    JOURNAL_VERSION,
    Base,
    Fault,
    RolledBack,
    Status,
    StepFinished,
    StepRan,
)
from mmm_lang.runtime.fold import fold
from mmm_lang.runtime.journal import Journal, journal_path, read_journal
from tests.spec.documents import names, read, sections, table

DOCUMENT = "journal.md"
EXAMPLE = re.search(r"^```json\n(.*?)^```$", sections(DOCUMENT)["An example"], re.MULTILINE | re.DOTALL)[1]


def documented(rows: list[list[str]]) -> dict[str, object]:
    """Field and default (as JSON text, or `required`) of a table; a row may speak of several fields."""
    found: dict[str, object] = {}
    for fields, default, _ in rows:
        defaults = names(default) or [default] * len(names(fields))
        found.update(zip(names(fields), defaults, strict=True))
    return found


def built(cls: type) -> dict[str, object]:
    """The same of a class."""
    found: dict[str, object] = {}
    for attribute in attrs.fields(cls):
        default = attribute.default
        if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
            default = default.factory()
        written = "required" if default is attrs.NOTHING else json.dumps(default)
        found[attribute.name.rstrip("_")] = written
    return found


def test_the_events_are_those_of_the_code() -> None:
    headings = [names(heading)[0] for heading in sections(DOCUMENT) if heading.startswith("`")]
    assert headings == list(EVENT_NAMES.values())


@pytest.mark.parametrize(("cls", "name"), EVENT_NAMES.items(), ids=EVENT_NAMES.values())
def test_fields_and_defaults(cls: type, name: str) -> None:
    assert documented(table(DOCUMENT, f"`{name}`", "field")) == built(cls)


def test_a_base() -> None:
    assert documented(table(DOCUMENT, "Values", "field")) == built(Base)


def test_faults_and_which_of_them_are_tried_again() -> None:
    rows = table(DOCUMENT, "Faults", "fault")
    assert {names(row[0])[0] for row in rows} == set(get_args(Fault))
    assert {names(row[0])[0] for row in rows if row[2] == "yes"} == PROCESS_FAULTS
    assert {row[2] for row in rows} == {"yes", "no"}


def test_reasons_to_roll_back_and_statuses() -> None:
    why = get_type_hints(RolledBack, vars(events))["why"]
    assert {names(row[0])[0] for row in table(DOCUMENT, "`rolled_back`", "why")} == set(get_args(why))
    [status] = [row for row in table(DOCUMENT, "`step_finished`", "field") if row[0] == "`status`"]
    assert set(names(status[2])) == set(get_args(Status))


def test_the_version() -> None:
    assert f"`version` of the journal, which is {JOURNAL_VERSION}." in read(DOCUMENT)


def test_keys_of_every_line_and_of_one_whose_event_lies_elsewhere(tmp_path: Path) -> None:
    common = {names(row[0])[0] for row in table(DOCUMENT, "Lines", "key")}
    elsewhere = {names(row[0])[0] for row in table(DOCUMENT, "Events that are too long", "key")}
    journal = Journal(str(tmp_path), lambda: 1.0)
    short = StepRan("a", (), 1)
    journal.append(short)
    journal.append(StepFinished("a", (), 1, "succeeded", files=("x" * 5000,)))
    journal.close()
    first, second = map(json.loads, Path(journal_path(str(tmp_path))).read_text().splitlines())
    assert set(first) == common | {"step", "path", "attempt"}
    assert set(second) == common | elsewhere
    assert list(first)[-1] == list(second)[-1] == "check"


def test_how_names_and_keys_are_written(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path), lambda: 1.0)
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")
    journal.append(StepFinished("a", (), 1, "succeeded", outputs={"event": "x", "event_": "y"}, files=(odd,)))
    journal.close()
    line = Path(journal_path(str(tmp_path))).read_text()
    assert '"event_":"x"' in line
    assert '"event__":"y"' in line
    assert '"caf\\udce9"' in line


def test_the_example_is_a_journal(tmp_path: Path) -> None:
    Path(journal_path(str(tmp_path))).write_text(EXAMPLE)
    entries = read_journal(str(tmp_path))
    state = fold(entry.event for entry in entries)
    assert all(len(line) <= 4000 for line in EXAMPLE.splitlines())
    assert [one.step for one in state.latest.values()] == ["review", "tests"]
    assert state.finished is entries[-1].event
    assert (state.finished.reason, state.finished.exit_code, state.total_commits) == ("step-failed", 1, 0)
    assert len(state.rescues) == 1
