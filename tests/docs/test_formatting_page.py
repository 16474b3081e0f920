"""The examples of docs/formatting.md are what `mmm fmt` does, and docs/schema.md names what there is."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import jsonschema
import yaml

from mmm_lang.cli.main import main
from mmm_lang.syntax.json_schema import playbook_schema
from tests.docs.executed import DOCS, blocks


def texts(page: str, kind: str, *marks: str) -> list[str]:
    """The texts of the blocks of that language with exactly these marks."""
    return [block.text for block in blocks(DOCS / page, kind) if tuple(block.marks) == marks]


def formatted(tmp_path: Path, text: str, *flags: str) -> str:
    playbook = tmp_path / "p.yml"
    playbook.write_text(text)
    assert main(["fmt", *flags, str(playbook)]) == 0
    return playbook.read_text()


def test_what_formatting_does(tmp_path):
    (before,), (after,) = texts("formatting.md", "yaml", "before"), texts("formatting.md", "yaml", "after")
    assert formatted(tmp_path, before) == after


def test_what_an_upgrade_does(tmp_path):
    (before,) = texts("formatting.md", "yaml", "upgrade-before")
    (after,) = texts("formatting.md", "yaml", "upgrade-after")
    assert formatted(tmp_path, before, "--upgrade") == after


def test_how_an_older_map_is_upgraded(tmp_path):
    (before,), (after,) = (
        texts("formatting.md", "yaml", "older-map"),
        texts("formatting.md", "yaml", "newer-map"),
    )
    assert formatted(tmp_path, before, "--upgrade") == after


def test_the_page_names_every_flag_of_its_command(capsys):
    page = (DOCS / "formatting.md").read_text(encoding="utf-8")
    with contextlib.suppress(SystemExit):
        main(["fmt", "--help"])
    flags = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--color", "--colour"}
    assert flags <= set(re.findall(r"--[a-z-]+", page))


def test_the_example_of_the_schema_fits_it():
    (playbook,) = texts("schema.md", "yaml")
    jsonschema.Draft7Validator(playbook_schema()).validate(yaml.safe_load(playbook))
    (settings,) = texts("schema.md", "json")
    assert json.loads(settings)["yaml.schemas"]
