"""Where the playbooks of calls are looked for on the disk."""

from __future__ import annotations

import os

import pytest

from mmm_lang.analysis.called_files import CalledFiles
from mmm_lang.analysis.check import analyse
from mmm_lang.analysis.library import Found, NotFound
from mmm_lang.source import Source
from mmm_lang.syntax.reading import read_source


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".git").mkdir()
    for path in (
        "flows/main.yml",
        "flows/lib/a.yml",
        "flows/both.yml",
        ".mmm/playbooks/own.yml",
        ".mmm/playbooks/both.yml",
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"- shell: echo {path}\n")
    return tmp_path


def found(folder, written):
    caller = Source(str(folder / "flows" / "main.yml"), "")
    return CalledFiles().find(caller, written)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("lib/a.yml", "flows/lib/a.yml"),
        ("./lib/../lib/a.yml", "flows/lib/a.yml"),
        ("../flows/lib/a.yml", "flows/lib/a.yml"),
        ("own.yml", ".mmm/playbooks/own.yml"),
        ("own", ".mmm/playbooks/own.yml"),
        ("both.yml", "flows/both.yml"),
    ],
)
def test_beside_the_caller_first_then_in_the_repositorys_own_folder(folder, written, path):
    there = found(folder, written)
    assert isinstance(there, Found)
    assert there.source.text == f"- shell: echo {path}\n"
    assert there.source.path == str(folder / path)


def test_those_that_ship_with_mmm_are_found_by_name(folder):
    for written in ("default", "examples/default.yml"):
        there = found(folder, written)
        assert isinstance(there, Found)
        assert there.source.path.endswith("examples/default.yml")


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("defualt", "default"),
        ("lib/aa.yml", "lib/a.yml"),
        ("onw.yml", "own.yml"),
        ("quite/else.yml", None),
    ],
)
def test_what_is_not_there_comes_with_what_may_be_meant(folder, written, near):
    missing = found(folder, written)
    assert isinstance(missing, NotFound)
    assert missing.reason == "there is no such file"
    assert missing.near == near


def test_what_cannot_be_read_says_why(folder):
    (folder / "flows" / "bytes.yml").write_bytes(b"\xff\xfe")
    for written, why in (("lib", "this is a folder"), ("bytes.yml", "is not UTF-8"), ("a\0b", "no NUL")):
        missing = found(folder, written)
        assert isinstance(missing, NotFound)
        assert why in missing.reason


def test_one_file_has_one_key_whatever_it_is_called(folder):
    (folder / "flows" / "link.yml").symlink_to(folder / "flows" / "main.yml")
    main = folder / "flows" / "main.yml"
    main.write_text("- playbook: link.yml\n")
    analysis = analyse(read_source(str(main)), library=CalledFiles())
    assert [one.rule for one in analysis.diagnostics] == ["recursive-playbook"]


def test_paths_are_shown_as_those_of_the_caller(folder, monkeypatch):
    monkeypatch.chdir(folder)
    library = CalledFiles()
    caller = Source("flows/main.yml", "")
    assert library.find(caller, "lib/a.yml").source.path == "flows/lib/a.yml"
    assert library.find(caller, "own").source.path == ".mmm/playbooks/own.yml"
    assert {"flows/lib/a.yml", ".mmm/playbooks/own.yml"} <= set(library.paths)


def test_advice_is_about_what_is_wrong(tmp_path):
    (tmp_path / "folder.yml").mkdir()
    (tmp_path / "latin.yml").write_bytes(b"- shell: echo \xe9\n")
    os.mkfifo(tmp_path / "pipe.yml")
    caller = Source(str(tmp_path / "main.yml"), "")
    assert CalledFiles().find(caller, "folder.yml") == NotFound(
        "this is a folder", advice="name a playbook inside it"
    )
    assert CalledFiles().find(caller, "latin.yml") == NotFound(
        "line 1, column 15 is not UTF-8 (byte 0xe9)", advice="save the file as UTF-8"
    )
    assert CalledFiles().find(caller, "pipe.yml") == NotFound(
        "this is not a regular file", advice="mend that file, or name another playbook"
    )
