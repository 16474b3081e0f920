"""What people install: the wheel holds everything, and works where nothing but its dependencies is."""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from mmm_lang import __version__
from tests.packaging.distribution import PROJECT, Distributions, build, install, run

pytestmark = pytest.mark.slow

SHIPPED = {"grammar": "mmm_lang/grammar", "examples": "mmm_lang/examples", "mmm_lang": "mmm_lang"}
"""Folders of the checkout that travel, and where they lie in the wheel."""


@pytest.fixture(scope="session")
def distributions(tmp_path_factory, worker_id):
    base = tmp_path_factory.getbasetemp()
    return build((base if worker_id == "master" else base.parent) / "distributions")


@pytest.fixture(scope="session")
def installed(distributions: Distributions, tmp_path_factory):
    return install(distributions.wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture
def environment(installed: Path, tmp_path):
    """The environment of somebody who has just installed mmm: no settings, no git identity, no claude."""
    path = os.pathsep.join((str(installed), "/usr/local/bin", "/usr/bin", "/bin"))
    return {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}


def files_below(folder: str) -> set[str]:
    files = (path for path in (PROJECT / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(PROJECT / folder)) for path in files if "__pycache__" not in path.parts}


@pytest.mark.parametrize("folder", SHIPPED)
def test_the_wheel_built_from_the_sdist_holds_every_file(distributions, folder):
    with zipfile.ZipFile(distributions.wheel) as wheel:
        names = set(wheel.namelist())
    expected = {f"{SHIPPED[folder]}/{file}" for file in files_below(folder)}
    assert expected
    assert expected - names == set()


def test_the_wheel_holds_nothing_else(distributions):
    with zipfile.ZipFile(distributions.wheel) as wheel:
        names = set(wheel.namelist())
    known = {f"{target}/{file}" for folder, target in SHIPPED.items() for file in files_below(folder)}
    strays = {name for name in names - known if not name.startswith(f"mmm_lang-{__version__}.dist-info/")}
    assert strays == set()


def test_the_sdist_holds_specification_tests_and_licence(distributions):
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"spec/language.md", "tests/packaging/test_wheel.py", "LICENSE", "README.md"} <= names


def test_the_installed_command_knows_its_version(installed, environment, tmp_path):
    assert __version__ in run([str(installed / "mmm"), "--version"], tmp_path, environment)


def test_the_package_is_the_installed_one(installed, environment, tmp_path):
    where = run(
        [str(installed / "python"), "-c", "import mmm_lang; print(mmm_lang.__file__)"], tmp_path, environment
    )
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_an_example_is_found_by_name(installed, environment, tmp_path):
    run([str(installed / "mmm"), "check", "default"], tmp_path, environment)


def test_init_works_after_installing(installed, environment, tmp_path):
    run(["git", "init", "--quiet"], tmp_path, environment)
    run([str(installed / "mmm"), "init"], tmp_path, environment)
    assert len(list((tmp_path / ".claude" / "commands").glob("mmm-*.md"))) == 21


def test_the_demo_works_after_installing(installed, environment, tmp_path):
    told = run([str(installed / "mmm"), "demo"], tmp_path, environment)
    assert "python3 -m unittest failed: exit code 1" in told
    assert "fix: apply improvements from spec iteration-1708123456-improvements" in told
    assert "fix: make the tests pass" in told
    assert "Iterations: 2/5" in told
