"""CONTRIBUTING.md names every room and only targets that there are."""

from __future__ import annotations

import re

from tests.docs.executed import PROJECT

PAGE = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_room_is_in_the_table():
    rooms = {path.parent.name for path in PROJECT.glob("mmm_lang/*/__init__.py")} - {"assets"}
    assert sorted(re.findall(r"^\| `mmm_lang/(\w+)/` \|", PAGE, re.MULTILINE)) == sorted(rooms)


def test_every_target_is_in_the_makefile():
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^make (\w+)|`make (\w+)`", PAGE, re.MULTILINE))
    targets = {first or second for first, second in named}
    assert targets >= {"check", "test", "demo", "lock"}
    assert targets <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
