"""spec/testing.md: its tables are those that the reader of test files has, its flags those of the command."""

from __future__ import annotations

import argparse

import pytest

from mmm_lang.cli.test import configure
from mmm_lang.testing.keys import AT_MOST, CASE, EXPECT, FILE, OUTCOME
from tests.spec.documents import names, sections, table, tables

DOCUMENT = "testing.md"


@pytest.mark.parametrize(
    ("section", "number", "keys"),
    [
        ("Files", 0, FILE),
        ("What is given", 0, CASE),
        ("What is given", 1, OUTCOME),
        ("What is expected", 0, EXPECT),
        ("What is expected", 1, AT_MOST),
    ],
)
def test_keys(section, number, keys):
    rows = [*tables(sections(DOCUMENT)[section])][number][1:]
    assert [names(row[0])[0] for row in rows] == [key.name for key in keys]
    assert all(row[1].startswith(key.meaning) for row, key in zip(rows, keys, strict=True))


def test_flags():
    parser = argparse.ArgumentParser(add_help=False)
    configure(parser)
    known = {option for action in parser._actions for option in action.option_strings}
    written = [name.split()[0] for row in table(DOCUMENT, "The command", "flag") for name in names(row[0])]
    assert set(written) <= known
    assert all(
        set(action.option_strings) & set(written) for action in parser._actions if action.option_strings
    )
