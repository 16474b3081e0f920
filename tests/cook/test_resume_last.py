"""`mmm resume` without a name: a session that runs, or cannot be read, is not passed over."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

from mmm_lang.runtime.events import JOURNAL_VERSION
from tests.cook.living import end
from tests.cook.maps import mmm
from tests.cook.test_resume import resume, resuming
from tests.process.programs import eventually
from tests.process.test_leftovers import linux
from tests.support.cooking import Kitchen, playbook

pytestmark = linux

ASKS = '- {id: ok, approve: "Really?"}\n- shell: "echo x >> ../published"\n'


def asked_twice(tmp_path: Path) -> tuple[Kitchen, Path]:
    """Two sessions that wait for a yes, and the journal of the newer one."""
    kitchen = playbook(tmp_path, ASKS)
    for _ in range(2):
        assert kitchen.cook("-n", "1").exit_code == 5
    return kitchen, kitchen.sessions()[-1] / "journal.jsonl"


def of_version(line: bytes, version: int) -> bytes:
    """A line of a journal as an mmm of another version has written it."""
    event = json.loads(line)
    del event["check"]
    text = json.dumps({**event, "version": version}, separators=(",", ":"))
    return f'{text[:-1]},"check":"{zlib.crc32(text.encode()):08x}"}}\n'.encode()


def test_an_older_session_is_not_approved_in_the_place_of_a_damaged_one(tmp_path: Path) -> None:
    kitchen, journal = asked_twice(tmp_path)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:2], b"garbage\n", *lines[3:]]))
    refused = resume(kitchen, "--approve", "ok")
    assert refused.exit_code == 2, refused
    assert f"the journal of session {journal.parent.name} is damaged: line 3" in refused.stderr
    journal.write_bytes(b"garbage\n" + b"".join(lines))
    assert "is damaged: line 1" in resume(kitchen, "--approve", "ok").stderr
    assert not (tmp_path / "published").exists()
    for step in ("nope", "step-2"):
        unasked = resume(kitchen, kitchen.sessions()[0].name, "--approve", step)
        assert unasked.exit_code == 2, unasked
        assert f"no step `{step}` asks for anything" in unasked.stderr
        assert "these ask: `ok`" in unasked.stderr
    assert resume(kitchen, kitchen.sessions()[0].name, "--approve", "ok").exit_code == 0


def test_an_older_session_does_not_go_on_in_the_place_of_one_of_another_version(tmp_path: Path) -> None:
    kitchen, journal = asked_twice(tmp_path)
    first, *others = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([of_version(first, JOURNAL_VERSION + 1), *others]))
    refused = resume(kitchen, "--yes")
    assert refused.exit_code == 2, refused
    said = f"session {journal.parent.name} cannot be resumed: its journal has version {JOURNAL_VERSION + 1}"
    assert said in refused.stderr
    assert not (tmp_path / "published").exists()


def test_a_session_that_goes_on_elsewhere_is_named(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    kitchen = playbook(tmp_path, f'- {{id: ok, approve: "Go?"}}\n- shell: "touch at-work; read x < {gate}"\n')
    os.mkfifo(gate)
    assert kitchen.cook("-n", "1").exit_code == 5
    with resuming(kitchen, "--approve", "ok") as process:
        eventually((kitchen.repo / "at-work").exists)
        refused = mmm(kitchen, "resume")
        gate.write_text("go\n")
        resumed = end(process)
    assert resumed.exit_code == 0, resumed.stderr
    assert refused.exit_code == 2, refused
    assert f"session {kitchen.sessions()[0].name} is running" in refused.stderr
