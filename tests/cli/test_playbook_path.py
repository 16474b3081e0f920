"""Names of playbooks, and which files ``mmm check`` reads."""

from __future__ import annotations

import pytest

from mmm_lang.cli import playbook_path
from mmm_lang.cli.playbook_files import Found, find_own_playbooks, find_playbooks
from mmm_lang.cli.playbook_path import PlaybookIsFolder, PlaybookNotFound, resolve_playbook


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to be in, and an installation that ships `default` and `tdd`."""
    shipped = tmp_path / "installed" / "examples"
    shipped.mkdir(parents=True)
    (shipped / "default.yml").write_text("- shell: a\n")
    (shipped / "tdd.yml").write_text("- shell: a\n")
    monkeypatch.setattr(playbook_path, "resource_path", lambda *parts: str(shipped.joinpath(*parts[1:])))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return here


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("- shell: a\n")


def test_a_file_comes_before_what_ships(folder, tmp_path):
    shipped = str(tmp_path / "installed/examples/default.yml")
    assert resolve_playbook("default") == resolve_playbook("examples/default.yml") == shipped
    make(folder, "examples/default.yml", "default")
    assert resolve_playbook("examples/default.yml") == "examples/default.yml"
    assert resolve_playbook("default") == "default"


def test_a_path_in_the_home(folder, tmp_path):
    make(tmp_path / "home", "mine.yml")
    assert resolve_playbook("~/mine.yml") == str(tmp_path / "home/mine.yml")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("revew.yml", "there is no playbook `revew.yml`; write `review.yml`"),
        ("./sub/revew.yml", "there is no playbook `./sub/revew.yml`; write `./sub/review.yml`"),
        ("defalt", "there is no playbook `defalt`; write `default`, which ships with mmm"),
        (
            "examples/tddd.yml",
            "there is no playbook `examples/tddd.yml`; write `tdd`, which ships with mmm",
        ),
        ("no/such.yml", "there is no playbook `no/such.yml`; there is no folder `no` either"),
        (
            "xyz.yml",
            "there is no playbook `xyz.yml`; give a path, or one that ships with mmm: default, tdd",
        ),
        (
            "examples/../default.yml",
            "there is no playbook `examples/../default.yml`; there is no folder `examples/..` either",
        ),
        ("", "there is no playbook ``; give a path, or one that ships with mmm: default, tdd"),
    ],
)
def test_a_name_that_leads_nowhere(folder, name, sentence):
    make(folder, "review.yml", "sub/review.yml")
    with pytest.raises(PlaybookNotFound) as caught:
        resolve_playbook(name)
    assert str(caught.value) == sentence


def test_a_folder_is_no_playbook(folder):
    make(folder, "flows/b.yml", "flows/a.yml")
    with pytest.raises(PlaybookIsFolder) as caught:
        resolve_playbook("flows")
    assert str(caught.value) == "`flows` is a folder; name a playbook inside it, such as `flows/a.yml`"


def test_files_and_folders(folder):
    make(folder, "z.yml", "a.yml", "flows/b.yaml", "flows/deep/c.yml", "flows/other.txt", "flows/.hidden.yml")
    make(
        folder,
        "flows/.git/d.yml",
        "flows/node_modules/e.yml",
        "flows/.mmm/playbooks/f.yml",
        "flows/.mmm/config.yml",
    )
    assert find_playbooks(["z.yml", "flows", "-", "./z.yml", "flows/b.yaml"]) == Found(
        ("z.yml", "flows/.mmm/playbooks/f.yml", "flows/b.yaml", "flows/deep/c.yml", "-"), ()
    )


def test_a_file_of_tests_is_sent_to_those_who_read_it(folder):
    (folder / "a.test.yml").write_text("playbook: a.yml\n")
    found = find_playbooks(["a.test.yml"])
    assert found.paths == ()
    assert found.problems == (
        "`a.test.yml` holds tests and is no playbook; `mmm test a.test.yml` reads and runs it",
    )


def test_problems_do_not_hide_the_rest(folder):
    make(folder, "a.yml", "empty/readme.txt")
    assert find_playbooks(["empty", "a.yml", "b/c.yml"]) == Found(
        ("a.yml",),
        (
            "there is no playbook (`*.yml`, `*.yaml`) in the folder `empty`",
            "there is no playbook `b/c.yml`; there is no folder `b` either",
        ),
    )


def test_the_playbooks_of_a_repository(folder):
    make(folder, ".git/HEAD", "deep/down/x.mmm.yml", "node_modules/y.mmm.yml", "other.yml")
    make(folder, ".mmm/playbooks/a.yml", "playbooks/b.yaml", "examples/c.yml", "examples/d.mmm.yml")
    expected = (
        ".mmm/playbooks/a.yml",
        "deep/down/x.mmm.yml",
        "examples/c.yml",
        "examples/d.mmm.yml",
        "playbooks/b.yaml",
    )
    assert find_own_playbooks(".") == Found(expected, ())


def test_a_subfolder_stands_for_its_repository(folder, monkeypatch):
    make(folder, ".git/HEAD", "deep/down/x.mmm.yml", "playbooks/b.yaml")
    monkeypatch.chdir(folder / "deep")
    assert find_own_playbooks(".").paths == ("../playbooks/b.yaml", "down/x.mmm.yml")


def test_a_repository_without_playbooks(folder):
    make(folder, ".git/HEAD", "other.yml")
    found = find_own_playbooks(".")
    assert found.paths == ()
    assert found.problems == (
        f"there is no playbook in `{folder}` (`*.mmm.yml`, `.mmm/playbooks/`, `playbooks/`, `examples/`); "
        "give the path of one",
    )
