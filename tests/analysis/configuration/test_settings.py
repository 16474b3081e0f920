"""What becomes of diagnostics under settings, and which files a pattern fits."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.configuration.patterns import fits
from mmm_lang.analysis.configuration.settings import PathRules, Settings
from mmm_lang.source import Source
from tests.diagnostics.writing import finding, label

SOURCE = Source("a.yml", "x")


def applied(settings: Settings, rule: str = "raw-filter", path: str = "/root/examples/a.yml", **rest):
    (one,) = settings.apply([finding(SOURCE, label(SOURCE, "x"), rule=rule, **rest)], path)
    return one.severity, one.suppressed


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        (Settings(), ("error", None)),
        (Settings(ignore=frozenset({"raw-filter"})), ("error", "config")),
        (Settings(ignore=frozenset({"other-rule"})), ("error", None)),
        (Settings(level={"raw-filter": "note"}), ("note", None)),
        (Settings(level={"raw-filter": "off"}), ("error", "config")),
        (Settings(select=frozenset({"raw-filter"})), ("error", None)),
        (Settings(select=frozenset({"other-rule"})), ("error", "config")),
        (Settings(select=frozenset(), level={"raw-filter": "warning"}), ("warning", None)),
        (
            Settings("/root", per_file=(PathRules("examples/", frozenset({"raw-filter"})),)),
            ("error", "config"),
        ),
        (Settings("/root", per_file=(PathRules("other/", frozenset({"raw-filter"})),)), ("error", None)),
        (
            Settings("/elsewhere", per_file=(PathRules("examples/", frozenset({"raw-filter"})),)),
            ("error", None),
        ),
    ],
)
def test_table(settings, result):
    assert applied(settings) == result


def test_a_comment_counts_first():
    assert applied(Settings(ignore=frozenset({"raw-filter"})), suppressed="comment") == ("error", "comment")


def test_mistakes_of_yaml_stay_as_they_are():
    everything = Settings(select=frozenset(), ignore=frozenset({"yaml-syntax"}), level={"yaml-syntax": "off"})
    assert applied(everything, "yaml-syntax") == ("error", None)


def test_which_rules_are_asked():
    assert Settings().presets == ("default",)
    assert Settings(preset="audit").presets == ("default", "pedantic", "audit")
    settings = Settings(select=frozenset({"a-b"}), level={"c-d": "note", "e-f": "off"})
    assert settings.also == {"a-b", "c-d"}


@pytest.mark.parametrize(
    ("pattern", "path", "result"),
    [
        ("a.yml", "a.yml", True),
        ("a.yml", "x/y/a.yml", True),
        ("a.yml", "x/ba.yml", False),
        ("*.yml", "x/a.yml", True),
        ("x/*.yml", "x/a.yml", True),
        ("x/*.yml", "x/y/a.yml", False),
        ("x/*.yml", "y/x/a.yml", False),
        ("./x/*.yml", "x/a.yml", True),
        ("x/**/a.yml", "x/a.yml", True),
        ("x/**/a.yml", "x/y/z/a.yml", True),
        ("**/a.yml", "x/y/a.yml", True),
        ("**/a.yml", "a.yml", True),
        ("x/**", "x/y/z.yml", True),
        ("x/**", "x", False),
        ("x", "x/y/a.yml", True),
        ("x/", "x/y/a.yml", True),
        ("x", "yx/a.yml", False),
        ("x/y", "x/y/a.yml", True),
        ("?.yml", "a.yml", True),
        ("?.yml", "ab.yml", False),
        ("[ab].yml", "b.yml", True),
        ("[!ab].yml", "b.yml", False),
        ("[a-c].yml", "b.yml", True),
        ("x[/]a.yml", "x/a.yml", False),
        ("[.yml", "[.yml", True),
        ("a+(b).yml", "a+(b).yml", True),
        ("**", "x/a.yml", True),
        ("*", "x/a.yml", True),
        ("../x", "x", False),
    ],
)
def test_patterns(pattern, path, result):
    assert fits(pattern, path) is result


@pytest.mark.parametrize("pattern", ["[z-a]", "[]", "[!]", "[^]", "[\\]", "[a-]", "[[:alpha:]]", "(", "\\"])
def test_odd_patterns_fit_something_or_nothing(pattern):
    assert fits(pattern, "x/a.yml") in (True, False)
