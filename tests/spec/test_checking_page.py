"""The page about checking: its examples are read as it says."""

from __future__ import annotations

import re
from pathlib import Path

from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.configuration.reading import Configuration, read_configuration
from mmm_lang.diagnostics.ordering import unsuppressed
from mmm_lang.source import Source

PAGE = (Path(__file__).parents[2] / "docs" / "checking.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(yaml|toml)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def configuration(kind: str, start: str) -> Configuration:
    (text,) = [text for other, text in BLOCKS if other == kind and text.startswith(start)]
    read = read_configuration(Source(f"config.{kind}", text), "/")
    assert read is not None
    return read


def test_the_configurations():
    yaml = configuration("yaml", "preset:")
    assert yaml.diagnostics == ()
    assert set(yaml.places) == {
        *("preset", "select", "ignore", "level", "level.raw-filter"),
        *("per_file", "per_file.examples/*.yml", "fail_on"),
    }
    toml = configuration("toml", "[tool.mmm]")
    assert toml.diagnostics == ()
    assert toml.settings.level == yaml.settings.level == {"raw-filter": "error"}


def test_the_exception():
    (step,) = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith("- shell")]
    source = Source("p.yml", f'- shell: "cat advice"\n  id: advice\n{step}')
    analysis = analyse(source)
    assert unsuppressed(analysis.diagnostics) == ()
    assert [one.suppressed for one in analysis.diagnostics] == ["comment"]


def test_every_flag_is_one():
    from mmm_lang.cli.arguments import parse_arguments
    from mmm_lang.cli.check_arguments import configure

    flags = set(re.findall(r"`mmm check ([^`]*)`", PAGE))
    assert len(flags) >= 5
    for written in flags:
        parse_arguments("check", "", configure, written.split())
