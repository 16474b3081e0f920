"""Baselines in ``mmm check``: written, found, applied, stale."""

from __future__ import annotations

import json

import pytest

from mmm_lang.cli.main import main

WRONG = '- shell: "echo ${nope.output}"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.yml").write_text(WRONG)
    (tmp_path / "b.yml").write_text(WRONG)
    return tmp_path


def entries(path) -> list[str]:
    return [one["path"] for one in json.loads(path.read_text())["entries"]]


def test_from_writing_to_stale(folder, capsys):
    assert main(["check", "a.yml", "b.yml", "--write-baseline"]) == 0
    assert capsys.readouterr().err == (
        "2 known diagnostics written to `.mmm/baseline.json`\n2 playbooks checked: nothing to report (2 suppressed)\n"
    )
    assert main(["check", "a.yml", "b.yml"]) == 0
    assert main(["check", "a.yml", "--no-baseline"]) == 1
    (folder / "a.yml").write_text(WRONG + WRONG.replace("nope", "none"))
    capsys.readouterr()
    assert main(["check", "a.yml", "--format=concise"]) == 1
    assert capsys.readouterr().out.startswith("a.yml:2:18: error[undefined-step]")
    (folder / "a.yml").write_text('- shell: "true"\n')
    assert main(["check", "a.yml", "--format=concise"]) == 0
    assert capsys.readouterr().out.startswith(".mmm/baseline.json:4:5: note[stale-baseline] ")
    assert main(["check", "a.yml", "--fail-on=note"]) == 1


def test_what_is_known_of_other_playbooks_is_kept(folder):
    main(["check", "a.yml", "b.yml", "--write-baseline"])
    (folder / "a.yml").write_text('- shell: "true"\n')
    main(["check", "--write-baseline", "a.yml"])
    assert entries(folder / ".mmm/baseline.json") == ["b.yml"]
    (folder / "b.yml").unlink()
    main(["check", "--write-baseline", "a.yml"])
    assert entries(folder / ".mmm/baseline.json") == []


def test_a_playbook_behind_the_flag_is_no_baseline(folder, capsys):
    assert main(["check", "--write-baseline", "a.yml"]) == 0
    assert (folder / "a.yml").read_text() == WRONG
    assert entries(folder / ".mmm/baseline.json") == ["a.yml"]


def test_in_a_file_of_another_name(folder, capsys):
    assert main(["check", "a.yml", "--write-baseline", "ci/known.json"]) == 0
    assert entries(folder / "ci/known.json") == ["../a.yml"]
    assert not (folder / ".mmm").exists()
    assert main(["check", "a.yml"]) == 1
    assert main(["check", "a.yml", "--baseline", "ci/known.json"]) == 0


def test_from_another_folder(folder, monkeypatch):
    main(["check", "a.yml", "--write-baseline"])
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    assert main(["check", "../a.yml"]) == 0


def test_mistakes_of_yaml_stay(folder, capsys):
    (folder / "a.yml").write_text("- shell: x\n  timeout: 1m\n  timeout: 2m\n")
    assert main(["check", "a.yml", "--write-baseline"]) == 1
    assert "error[duplicate-key]" in capsys.readouterr().out
    assert entries(folder / ".mmm/baseline.json") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file"),
        ("{", "is no baseline: it is not JSON"),
        ("{}", "no list of `entries`"),
    ],
)
def test_one_that_cannot_be_used(folder, capsys, content, words):
    if content is not None:
        (folder / "known.json").write_text(content)
    assert main(["check", "a.yml", "--baseline", "known.json"]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "known.json" in err


def test_for_tools(folder, capsys):
    main(["check", "a.yml", "--write-baseline"])
    capsys.readouterr()
    assert main(["check", "a.yml", "--format=json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["suppressed"] for one in document["diagnostics"]] == ["baseline"]
    assert document["summary"]["suppressed"] == 1
