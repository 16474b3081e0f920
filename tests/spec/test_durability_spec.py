"""`spec/durability.md` and the code say the same: the protocol of a step, the record of a program; its links lead on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from mmm_lang.process.client import Keeper
from mmm_lang.process.model import Cause, Command
from mmm_lang.runtime.events import EVENT_NAMES
from tests.spec.documents import SPEC, anchors, names, read, sections, table
from tests.support.memory import Deed, fate_of, live
from tests.support.plans import plan_of

DOCUMENT = "durability.md"


def test_the_protocol_of_a_step(tmp_path: Path) -> None:
    [arrows] = re.findall(
        r"^`step_started` →.*?\n\n", sections(DOCUMENT)["The protocol of a step"], re.MULTILINE | re.DOTALL
    )
    life = live(
        plan_of("- {shell: x, id: x}\n"), fate_of(x=Deed(writes={"a": "b"})), str(tmp_path), max_iterations=1
    )
    told = [EVENT_NAMES[type(event)] for event in life.events]
    assert [name for name in told if name.startswith("step_")] == [
        name for name in names(arrows) if name.startswith("step_")
    ]


def test_every_event_of_a_run_is_in_the_table_of_what_it_means_to_be_the_last() -> None:
    rows = table(DOCUMENT, "The protocol of a step", "last event of a run")
    documented = {name for row in rows for name in names(row[0])}
    assert documented == {name for name in EVENT_NAMES.values() if name.startswith("step_")} | {
        "agent_called",
        "backed_off",
    }


def test_the_record_of_a_program(tmp_path: Path) -> None:
    rows = table(DOCUMENT, "The keeper", "key")
    with Keeper.start("spec") as keeper:
        run = keeper.launch(
            Command(("true",), str(tmp_path), {"PATH": "/usr/bin:/bin"}, str(tmp_path / "out"))
        )
        keeper.wait(run)
    record = json.loads((tmp_path / "out" / "rc").read_text())
    assert {name for row in rows for name in names(row[0])} == set(record)
    [cause] = [row for row in rows if row[0] == "`cause`"]
    assert set(names(cause[1])) == set(get_args(Cause))


@pytest.mark.parametrize("document", ["runtime.md", "journal.md", "durability.md", "sessions.md"])
def test_links_lead_somewhere(document: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", read(document)):
        target, _, anchor = link.partition("#")
        assert (SPEC / (target or document)).exists(), link
        assert not anchor or anchor in anchors(target or document), link
