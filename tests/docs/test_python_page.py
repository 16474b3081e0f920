"""The examples of docs/python.md are run as they stand."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import mmm_lang

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_its_examples_are_true():
    done = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert done.attempted >= 10
    assert done.failed == 0


def test_it_names_everything_public():
    table = re.findall(r"^\| (.+?) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = set(re.findall(r"[A-Za-z_]\w*", " ".join(table)))
    assert set(mmm_lang.__all__) - {"__version__"} <= named
