"""Configurations: what they set, and what is said about what is wrong in them."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmm_lang.analysis.configuration.programs import AgentProgram
from mmm_lang.analysis.configuration.reading import Configuration, read_configuration
from mmm_lang.analysis.configuration.settings import PathRules, Settings
from mmm_lang.source import Source

YAML = """\
select: [raw-filter, undefined-step]
ignore:
  - implied-commit
level:
  raw-filter: error
  shadowed-field: off
per_file:
  "examples/*.yml": {ignore: [raw-filter]}
  "*.old.yml": {ignore: []}
preset: pedantic
fail_on: warning
agents: {codex: {argv: [codex, "{prompt}"], answer: $.text}}
permissions: {}
"""

TOML = """\
[project]
name = "x"

[tool.mmm]
select = ["raw-filter", "undefined-step"]
ignore = ['implied-commit']
preset = "pedantic"
fail_on = "warning"
permissions = {}

[tool.mmm.level]
raw-filter = "error"
shadowed-field = "off"

[tool.mmm.per_file]
"examples/*.yml" = {ignore = ["raw-filter"]}
"*.old.yml".ignore = []

[tool.mmm.agents.codex]
argv = ["codex", "{prompt}"]
answer = "$.text"
"""


def read(text: str, path: str = ".mmm/config.yml") -> Configuration:
    configuration = read_configuration(Source(path, dedent(text)), "/root")
    assert configuration is not None
    return configuration


def said(text: str, path: str = ".mmm/config.yml") -> list[tuple[str, str, str]]:
    """Rule, what is underlined, and the help."""
    return [(one.rule, one.source.slice(one.primary.span), *one.help) for one in read(text, path).diagnostics]


@pytest.mark.parametrize(("text", "path"), [(YAML, ".mmm/config.yml"), (TOML, "pyproject.toml")])
def test_every_setting(text, path):
    configuration = read(text, path)
    assert configuration.diagnostics == ()
    assert configuration.settings == Settings(
        folder="/root",
        select=frozenset({"raw-filter", "undefined-step"}),
        ignore=frozenset({"implied-commit"}),
        level={"raw-filter": "error", "shadowed-field": "off"},
        per_file=(
            PathRules("examples/*.yml", frozenset({"raw-filter"})),
            PathRules("*.old.yml", frozenset()),
        ),
        preset="pedantic",
        fail_on="warning",
        agents={"codex": AgentProgram(("codex", "{prompt}"), answer="$.text")},
    )
    placed = {
        name: configuration.source.slice(span).strip("\"'") for name, span in configuration.places.items()
    }
    assert placed["preset"] == "preset"
    assert placed["level.raw-filter"] == "raw-filter"
    assert placed["per_file.examples/*.yml"] == "examples/*.yml"


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}\n", "preset:\n".replace("preset:", "# x")])
def test_nothing_is_set(text):
    assert read(text).settings == Settings(folder="/root")
    assert read(text).diagnostics == ()


def test_a_pyproject_without_our_table_says_nothing():
    assert read_configuration(Source("pyproject.toml", "[tool.other]\nmmm = 1\n"), "/") is None
    assert read_configuration(Source("pyproject.toml", "tool = 1\n"), "/") is None
    assert read("[tool.mmm]\n", "pyproject.toml").settings == Settings(folder="/root")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "preset: strict\n",
            [("invalid-config", "strict", "write `preset` with one of these, or leave it out")],
        ),
        ("preset: Pedantic\n", [("invalid-config", "Pedantic", "replace with `pedantic`")]),
        ("fail_on: off\n", [("invalid-config", "off", "write `fail_on` with one of these, or leave it out")]),
        ("fail_on: 1\n", [("invalid-config", "1", "write `fail_on` with one of these, or leave it out")]),
        ("fail-on: error\n", [("unknown-config-key", "fail-on", "replace with `fail_on`")]),
        ("ingore: []\n", [("unknown-config-key", "ingore", "replace with `ignore`")]),
        ("ignore: raw-filter\n", [("invalid-config", "raw-filter", "write it as `[raw-filter]`")]),
        ("ignore: [3]\n", [("invalid-config", "3", "`mmm rules` lists all there are")]),
        ("ignore: [raw-filtre]\n", [("unknown-rule", "raw-filtre", "replace with `raw-filter`")]),
        (
            "level: [raw-filter]\n",
            [
                (
                    "invalid-config",
                    "[raw-filter]",
                    "write rules with their levels, such as `raw-filter: error`",
                )
            ],
        ),
        ("level: {raw-filter: warn}\n", [("invalid-config", "warn", "replace with `warning`")]),
        ("level: {raw-filtre: note}\n", [("unknown-rule", "raw-filtre", "replace with `raw-filter`")]),
        (
            "level: {yaml-syntax: note}\n",
            [
                (
                    "invalid-config",
                    "yaml-syntax",
                    "leave it out; a text that is not sound YAML cannot be checked for anything else",
                )
            ],
        ),
        (
            "per_file: {/x: {ignore: []}}\n",
            [
                (
                    "invalid-config",
                    "/x",
                    "a pattern is relative to the folder of the configuration, such as `examples/*.yml`",
                )
            ],
        ),
        ("per_file: {x: {ignored: []}}\n", [("unknown-config-key", "ignored", "replace with `ignore`")]),
        ("- preset\n", [("invalid-config", "- preset", "write keys such as `preset: pedantic`")]),
    ],
)
def test_mistakes(text, found):
    assert said(text) == found


def test_mistakes_in_toml_have_their_places_there():
    text = "[tool.mmm]\npreset = 'strict' # x\nlevel.raw-filter = \"warn\"\nfoo-bar = 1\n"
    assert [(rule, where) for rule, where, _ in said(text, "pyproject.toml")] == [
        ("invalid-config", "'strict'"),
        ("invalid-config", '"warn"'),
        ("unknown-config-key", "foo-bar"),
    ]


def test_what_is_not_yaml_or_toml():
    assert [rule for rule, *_ in said("preset: 'x\n")] == ["yaml-syntax"]
    broken = read("[tool.mmm]\npreset = \n", "pyproject.toml")
    assert [one.message for one in broken.diagnostics] == ["this is not TOML: invalid value"]


def test_one_mistake_leaves_the_rest():
    configuration = read("preset: strict\nfail_on: note\nignore: [raw-filtre, raw-filter]\n")
    assert configuration.settings.fail_on == "note"
    assert configuration.settings.ignore == {"raw-filter"}
    assert configuration.settings.preset == "default"
    assert set(configuration.places) == {"fail_on", "ignore"}


@given(
    st.recursive(
        st.sampled_from(["", "raw-filter", "x", "pedantic", "off", "1", "{", "- a"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["level", "ignore", "select", "per_file", "x", "preset"]), inner, max_size=3
            )
        ),
    )
)
@settings(max_examples=80, deadline=None)
def test_whatever_it_holds_it_is_read(document):
    import yaml

    text = yaml.safe_dump(document)
    configuration = read_configuration(Source("config.yml", text), "/")
    assert configuration is not None
    assert all(one.primary.span.end <= len(text) for one in configuration.diagnostics)


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ("[codex]", "`agents` is a table, found a list"),
        ("{claude: {argv: [x]}}", "`claude` is an agent of mmm's own"),
        ("{2x: {argv: [x]}}", "`2x` cannot be the name of an agent"),
        ("{a: {}}", "the agent `a` has no `argv`"),
        ("{a: {argv: x}}", "`argv` is a list of texts, found `x`"),
        ("{a: {argv: []}}", "`argv` begins with no program"),
        ("{a: {argv: ['{prompt}']}}", "`argv` begins with no program"),
        ("{a: {argv: [x, 1]}}", "an argument is a text, found `1`"),
        ("{a: {argv: [x], env: {A: 1}}}", "`A` is a text, found `1`"),
        ("{a: {argv: [x], answer: text}}", "`answer` is a path into JSON, found `text`"),
        ("{a: {argv: [x], arg: 1}}", "the configuration has no key `arg`"),
    ],
)
def test_mistakes_about_agents_have_their_place(agents, said):
    configuration = read(f"preset: default\nagents: {agents}\n", ".mmm/config.yml")
    (one,) = configuration.diagnostics
    assert one.message == said
    assert configuration.source.position(one.primary.span.start).line == 2
