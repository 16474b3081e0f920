"""Suppressions and configurations in ``mmm check``, and ``mmm config show``."""

from __future__ import annotations

import json

import jsonschema
import pytest

from mmm_lang.cli.main import main
from tests.diagnostics.test_render_json import SCHEMA

RAW = '- shell: "true"\n  id: a\n- shell: "${a.output | raw}"\n'
WRONG = '- shell: "echo ${nope.output}"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".mmm").mkdir()
    (tmp_path / "raw.yml").write_text(RAW)
    (tmp_path / "wrong.yml").write_text(WRONG)
    return tmp_path


def rules(capsys, *arguments) -> tuple[int, list[tuple[str, str, str | None]]]:
    """Exit code, and rule, severity and ``suppressed`` of everything."""
    code = main(["check", "--format=json", *arguments])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    return code, [(one["rule"], one["severity"], one["suppressed"]) for one in document["diagnostics"]]


class TestComments:
    def test_what_is_silenced_is_for_tools_only(self, folder, capsys):
        (folder / "wrong.yml").write_text(WRONG.rstrip() + " # mmm: ignore[undefined-step] a sample\n")
        assert main(["check", "wrong.yml"]) == 0
        assert capsys.readouterr() == ("", "1 playbook checked: nothing to report (1 suppressed)\n")
        assert rules(capsys, "wrong.yml") == (0, [("undefined-step", "error", "comment")])

    def test_a_playbook_with_silenced_errors_is_not_run(self, folder, capsys):
        (folder / "wrong.yml").write_text(WRONG.rstrip() + " # mmm: ignore[undefined-step] a sample\n")
        assert main(["compile", "wrong.yml"]) == 1
        assert "error[undefined-step]" in capsys.readouterr().err


class TestConfiguration:
    def test_levels_and_fail_on(self, folder, capsys):
        (folder / ".mmm/config.yml").write_text("level: {raw-filter: error, undefined-step: warning}\n")
        assert rules(capsys, "raw.yml") == (1, [("raw-filter", "error", None)])
        assert rules(capsys, "wrong.yml") == (0, [("undefined-step", "warning", None)])
        (folder / ".mmm/config.yml").write_text("level: {undefined-step: warning}\nfail_on: warning\n")
        assert rules(capsys, "wrong.yml") == (1, [("undefined-step", "warning", None)])
        assert rules(capsys, "wrong.yml", "--fail-on=error")[0] == 0

    def test_what_is_ignored_stays_for_tools(self, folder, capsys):
        (folder / "pyproject.toml").write_text("[tool.mmm]\nignore = ['undefined-step']\n")
        assert rules(capsys, "wrong.yml") == (0, [("undefined-step", "error", "config")])
        assert rules(capsys, "wrong.yml", "--no-config")[0] == 1

    def test_patterns_start_from_the_folder_of_the_configuration(self, folder, capsys, monkeypatch):
        (folder / ".mmm/config.yml").write_text("per_file: {sub/*.yml: {ignore: [undefined-step]}}\n")
        (folder / "sub").mkdir()
        (folder / "sub/wrong.yml").write_text(WRONG)
        monkeypatch.chdir(folder / "sub")
        assert rules(capsys, "wrong.yml", "../wrong.yml") == (
            1,
            [("undefined-step", "error", None), ("undefined-step", "error", "config")],
        )

    def test_each_file_has_the_nearest(self, folder, capsys):
        (folder / "sub/.mmm").mkdir(parents=True)
        (folder / "sub/.mmm/config.yml").write_text("fail_on: warning\n")
        (folder / "sub/raw.yml").write_text(RAW)
        assert rules(capsys, "raw.yml")[0] == 0
        assert rules(capsys, "raw.yml", "sub/raw.yml")[0] == 1

    def test_standard_input_has_that_of_the_name_it_is_given(self, folder):
        from tests.cli.processes import mmm

        (folder / "sub/.mmm").mkdir(parents=True)
        (folder / "sub/.mmm/config.yml").write_text("ignore: [undefined-step]\n")
        assert mmm("check", "-", cwd=folder, stdin=WRONG).returncode == 1
        assert mmm("check", "-", "--stdin-filename=sub/x.yml", cwd=folder, stdin=WRONG).returncode == 0

    def test_its_mistakes_are_told_once_and_fail(self, folder, capsys):
        (folder / "pyproject.toml").write_text("[tool.mmm]\npreset = 'strict'\n")
        assert main(["check", "raw.yml", "raw.yml", "--format=concise"]) == 1
        out = capsys.readouterr().out.splitlines()
        assert [line.split(" ")[:2] for line in out] == [
            ["pyproject.toml:2:10:", "error[invalid-config]"],
            ["raw.yml:3:24:", "warning[raw-filter]"],
        ]

    def test_two_in_one_folder(self, folder, capsys):
        (folder / "pyproject.toml").write_text("[tool.mmm]\nignore = ['raw-filter']\n")
        (folder / ".mmm/config.yml").write_text("level: {raw-filter: note}\n")
        assert rules(capsys, "raw.yml") == (
            1,
            [("invalid-config", "error", None), ("raw-filter", "note", None)],
        )

    def test_one_that_a_flag_names(self, folder, capsys):
        (folder / ".mmm/config.yml").write_text("level: {raw-filter: note}\n")
        (folder / "ci.yml").write_text("ignore: [raw-filter]\n")
        assert rules(capsys, "raw.yml", "--config", "ci.yml") == (0, [("raw-filter", "warning", "config")])

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("nowhere.yml", "there is no such file"),
            ("raw.json", "its name ends in"),
            ("empty.toml", "has no table `[tool.mmm]`"),
        ],
    )
    def test_a_flag_that_leads_nowhere(self, folder, capsys, name, words):
        (folder / "empty.toml").write_text("")
        (folder / "raw.json").write_text("{}")
        assert main(["check", "raw.yml", "--config", name]) == 2
        assert words in capsys.readouterr().err

    def test_presets(self, folder, capsys):
        for flag in ("--pedantic", "--audit"):
            assert main(["check", "raw.yml", flag]) == 0
        capsys.readouterr()
        assert main(["check", "raw.yml", "--audit", "--pedantic"]) == 2

    def test_a_pyproject_of_others_costs_no_parser(self, folder):
        from tests.cli.test_imports import imported

        (folder / "pyproject.toml").write_text("[project]\nname = 'mmm'\n[project.scripts]\nmmm = 'a:b'\n")
        (folder / "clean.yml").write_text('- shell: "true"\n')
        modules = imported("check", "clean.yml", cwd=folder)
        assert "tomllib" not in modules
        assert not {name for name in modules if name.startswith("mmm_lang.analysis.configuration.")} - {
            "mmm_lang.analysis.configuration.discovery"
        }
        (folder / "pyproject.toml").write_text("[tool.mmm]\n")
        assert "tomllib" in imported("check", "clean.yml", cwd=folder)


class TestShow:
    def shown(self, capsys, *arguments) -> tuple[int, dict]:
        code = main(["config", "show", "--format=json", *arguments])
        return code, json.loads(capsys.readouterr().out)

    def values(self, capsys, *arguments) -> dict:
        _, document = self.shown(capsys, *arguments)
        return {one["name"]: (one["value"], one["source"], one["line"]) for one in document["values"]}

    def test_without_one(self, folder, capsys):
        code, document = self.shown(capsys)
        assert (code, document["version"], document["file"]) == (0, 1, None)
        assert document["values"] == [
            {"name": "preset", "value": "default", "source": None, "line": None},
            {"name": "fail_on", "value": "error", "source": None, "line": None},
            {"name": "select", "value": None, "source": None, "line": None},
            {"name": "ignore", "value": [], "source": None, "line": None},
            {"name": "baseline", "value": None, "source": None, "line": None},
        ]

    def test_where_each_value_comes_from(self, folder, capsys):
        (folder / "pyproject.toml").write_text(
            "[tool.mmm]\nignore = ['raw-filter']\n\n[tool.mmm.level]\nundefined-step = 'note'\n"
        )
        (folder / ".mmm/baseline.json").write_text("{}")
        values = self.values(capsys, "raw.yml", "--audit")
        assert values["ignore"] == (["raw-filter"], "pyproject.toml", 2)
        assert values["level.undefined-step"] == ("note", "pyproject.toml", 5)
        assert values["preset"] == ("audit", "command line", None)
        assert values["fail_on"] == ("error", None, None)
        assert values["baseline"][0] == ".mmm/baseline.json"
        assert "level.undefined-step" not in self.values(capsys, "--no-config")

    def test_for_people(self, folder, capsys):
        (folder / ".mmm/config.yml").write_text(
            "preset: pedantic\nper_file:\n  x/*.yml: {ignore: [raw-filter]}\n"
        )
        assert main(["config", "show"]) == 0
        assert capsys.readouterr().out == (
            "configuration: .mmm/config.yml\n\n"
            "preset            pedantic                 .mmm/config.yml:1\n"
            "fail_on           error                    (default)\n"
            "select            all rules of the preset  (default)\n"
            "ignore            nothing                  (default)\n"
            "per_file.x/*.yml  raw-filter               .mmm/config.yml:3\n"
            "baseline          none                     (default)\n"
        )

    def test_mistakes(self, folder, capsys):
        (folder / ".mmm/config.yml").write_text("preset: strict\n")
        assert main(["config", "show"]) == 1
        assert "error[invalid-config]" in capsys.readouterr().err
        (folder / ".mmm/config.yml").write_text("prest: audit\n")
        assert main(["config", "show"]) == 0
        assert main(["config", "show", "nowhere"]) == 2
