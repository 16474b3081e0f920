"""What a repository is made of: languages, folders, and manifests that say nothing sensible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmm_lang.commands.survey import MOST
from mmm_lang.commands.toolchain import Task
from tests.commands.repositories import KINDS, MONOREPO, NOTHING, RUST, surveyed

MANIFESTS = (
    "Cargo.toml",
    "pyproject.toml",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
    "package.json",
    "go.mod",
)


def languages(files):
    return [(one.language, one.folder) for one in surveyed(files).toolchains]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("rust", [("Rust", ".")]),
        ("python", [("Python", ".")]),
        ("typescript", [("TypeScript", ".")]),
        ("go", [("Go", ".")]),
        ("make", [("make", ".")]),
        ("nothing", []),
    ],
)
def test_one_language(kind, found):
    assert languages(KINDS[kind]) == found


def test_several_languages_in_their_folders():
    assert languages(MONOREPO) == [("Rust", "crates"), ("Python", "tools"), ("JavaScript", "web")]


def test_a_manifest_below_one_of_its_language_belongs_to_it():
    members = {"package.json": "{}", "packages/a/package.json": "{}", "packages/a/sub/package.json": "{}"}
    assert languages(members) == [("JavaScript", ".")]


def test_a_go_module_below_another_is_its_own():
    assert languages({"go.mod": "", "tools/go.mod": ""}) == [("Go", "."), ("Go", "tools")]


@pytest.mark.parametrize(
    "folder", ["tests/fixtures/app", "examples/web", "vendor/x", "node_modules/y", "a/testdata"]
)
def test_manifests_that_are_not_the_repositorys_own_do_not_count(folder):
    assert languages({f"{folder}/package.json": "{}", f"{folder}/Cargo.toml": ""}) == []


def test_a_makefile_speaks_only_where_nothing_else_does():
    assert languages({**RUST, "Makefile": "test:\n"}) == [("Rust", ".")]
    assert languages({"Makefile": "install:\n\ttrue\n"}) == []


def test_of_very_many_the_nearest_are_described_and_the_rest_named():
    many = {f"services/s{number:02}/go.mod": "" for number in range(MOST + 3)} | {"go.mod": ""}
    found = surveyed(many)
    assert len(found.toolchains) == MOST
    assert found.toolchains[0].folder == "."
    assert found.unlisted == ("services/s11", "services/s12", "services/s13", "services/s14")


@pytest.mark.parametrize("folder", ["a`b", "a\nb", "-rf", "$(x)", "a;b", "a'b"])
def test_a_folder_whose_name_is_no_plain_word_is_left_out(folder):
    assert languages({f"{folder}/go.mod": ""}) == []


@pytest.mark.parametrize("manifest", MANIFESTS)
@pytest.mark.parametrize(
    "text",
    ["", "{", "[[[", '{"scripts": 1, "devDependencies": []}', "[tool]\nruff = 1\n", "\0", "null", "[" * 5000],
)
def test_a_broken_manifest_says_nothing(manifest, text):
    found = surveyed({manifest: text})
    assert [one.folder for one in found.toolchains] == ["."]
    assert found.toolchains[0].of("test") or manifest == "package.json"


@given(st.sampled_from(MANIFESTS), st.text())
def test_any_text_is_a_manifest_that_can_be_read(manifest, text):
    for one in surveyed({manifest: text}).toolchains:
        assert all(task.line.startswith(task.rule) for task in one.tasks)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["scripts", "devDependencies", "packageManager", "test", "lint", "vitest", "prettier"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_a_package_of_any_shape(document):
    import json

    found = surveyed({"package.json": json.dumps(document)})
    assert [one.kind for one in found.toolchains] == ["javascript"]


def test_the_same_tools_are_one_rule():
    found = surveyed({"go.mod": "", "tools/go.mod": ""})
    assert found.rules("test", "bench") == ("go test",)
    assert surveyed(NOTHING).rules("test") == ()


def test_a_task_begins_with_its_rule():
    with pytest.raises(ValueError, match="does not begin with its rule"):
        Task("test", "cargo test", "cargo build")
    with pytest.raises(ValueError, match="rule"):
        Task("test", "rm -rf $(x)", "rm -rf $(x)")
