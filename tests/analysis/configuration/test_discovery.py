"""Where a file's configuration and baseline are."""

from __future__ import annotations

import pytest

from mmm_lang.analysis.configuration.discovery import Nearby, Neighbourhood, root_of

TABLE = "[tool.mmm]\npreset = 'audit'\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    return tmp_path


def found(folder) -> Nearby:
    return Neighbourhood().of(str(folder))


def write(path, text="") -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


def test_nothing(project):
    assert found(project / "a" / "b") == Nearby(None, None, None, str(project))


def test_the_nearest_counts(project):
    upper = write(project / ".mmm" / "config.yml")
    assert found(project / "a" / "b").config == upper
    lower = write(project / "a" / "pyproject.toml", TABLE)
    assert found(project / "a" / "b")[:2] == (lower, None)
    assert found(project)[:2] == (upper, None)


def test_two_in_one_folder(project):
    config, rival = write(project / ".mmm" / "config.yml"), write(project / "pyproject.toml", TABLE)
    assert found(project / "a")[:2] == (config, rival)


def test_the_root_of_the_repository_is_the_end(project):
    write(project / ".mmm" / "config.yml")
    write(project / ".mmm" / "baseline.json")
    (project / "a" / ".git").write_text("gitdir: elsewhere\n")
    assert found(project / "a" / "b") == Nearby(None, None, None, str(project / "a"))


def test_configuration_and_baseline_are_looked_for_apart(project):
    config = write(project / "pyproject.toml", TABLE)
    baseline = write(project / "a" / ".mmm" / "baseline.json")
    assert found(project / "a" / "b") == Nearby(config, None, baseline, str(project))


def test_each_folder_is_looked_at_once(project, monkeypatch):
    neighbourhood = Neighbourhood()
    first = neighbourhood.of(str(project / "a" / "b"))
    monkeypatch.setattr("os.path.lexists", lambda path: pytest.fail(f"looked at {path}"))
    assert neighbourhood.of(str(project / "a" / "b")) is first
    assert neighbourhood.of(str(project / "a")) is not None


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("[tool.mmm]\n", True),
        (" [ tool . 'mmm' ] # x\r\n", True),
        ("[tool.mmm.level]\n", True),
        ("[[tool.mmm]]\n", True),
        ("tool.mmm.preset = 'audit'\n", True),
        ("[tool]\nmmm = {}\n", True),
        ("tool = {mmm = {}}\n", True),
        ("[tool.mmm-lang]\n", False),
        ("[project.scripts]\nmmm = 'mmm:main'\n", False),
        ("# [tool.mmm]\n", False),
        ("[tool.ruff]\n", False),
        ("[tool]\nruff = {}\n", False),
    ],
)
def test_a_pyproject_is_read_only_where_it_may_speak_of_us(project, text, has):
    write(project / "pyproject.toml", text)
    assert (found(project).config is not None) is has


def test_what_a_file_speaks_of():
    assert root_of("/x/.mmm/config.yml") == "/x"
    assert root_of("/x/pyproject.toml") == "/x"
    assert root_of("/x/ci/baseline.json") == "/x/ci"
