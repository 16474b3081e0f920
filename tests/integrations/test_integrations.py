"""What other tools read: the problem matcher, the hooks of pre-commit, the action of GitHub."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.processes import environment, mmm

PROJECT = Path(__file__).parents[2]
WRONG = '- shell: "true"\n  id: a\n- shell: "${a.output | raw} ${nope.x}"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "wrong.mmm.yml").write_text(WRONG)
    return tmp_path


class TestProblemMatcher:
    MATCHERS = json.loads((PROJECT / "editors" / "problem-matcher.json").read_text())["problemMatcher"]

    def matched(self, line: str) -> list[dict[str, str]]:
        found = []
        for matcher in self.MATCHERS:
            (pattern,) = matcher["pattern"]
            match = re.search(pattern["regexp"], line)
            if match:
                groups = {name: match[group] for name, group in pattern.items() if name != "regexp"}
                found.append({"severity": matcher.get("severity", ""), **groups})
        return found

    def test_every_line_of_the_concise_form_is_matched_once(self, folder):
        (folder / ".mmm").mkdir()
        (folder / ".mmm/config.yml").write_text("level: {raw-filter: note}\n")
        done = mmm("check", "--format=concise", cwd=folder)
        found = [self.matched(line) for line in done.stdout.splitlines()]
        assert found == [
            [
                {
                    "severity": "notice",
                    "file": "wrong.mmm.yml",
                    "line": "3",
                    "column": "24",
                    "code": "raw-filter",
                    "message": "`a.output` is run as code of the script",
                }
            ],
            [
                {
                    "severity": "error",
                    "file": "wrong.mmm.yml",
                    "line": "3",
                    "column": "31",
                    "code": "undefined-step",
                    "message": "no step named `nope` is defined before this one",
                }
            ],
        ]

    def test_the_last_line_is_no_problem(self, folder):
        done = mmm("check", "--format=concise", cwd=folder)
        assert [self.matched(line) for line in done.stderr.splitlines()] == [[]]


class TestHooks:
    HOOKS = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())

    def test_every_hook_runs(self, folder):
        for hook in self.HOOKS:
            program, *arguments = hook["entry"].split()
            assert program == "mmm"
            assert mmm(*arguments, "wrong.mmm.yml", cwd=folder).returncode == 1

    @pytest.mark.parametrize(
        ("path", "is_ours"),
        [
            ("a.mmm.yml", True),
            ("x/a.mmm.yaml", True),
            (".mmm/playbooks/x/a.yml", True),
            ("x/.mmm/playbooks/a.yml", True),
            (".mmm/config.yml", False),
            ("docker-compose.yml", False),
            ("x.mmm/playbooks/a.yml", False),
        ],
    )
    def test_which_files(self, path, is_ours):
        for hook in self.HOOKS:
            assert bool(re.search(hook["files"], path)) is is_ours


class TestAction:
    ACTION = yaml.safe_load((PROJECT / "action.yml").read_text())

    def check(self, folder, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run the step that checks, as a runner would, with these inputs."""
        (step,) = [one for one in self.ACTION["runs"]["steps"] if one["name"] == "check"]
        given = {
            name: inputs.get(name.replace("-", "_"), one["default"])
            for name, one in self.ACTION["inputs"].items()
        }
        variables = {}
        for variable, expression in step["env"].items():
            (name,) = re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", expression)
            variables[variable] = given[name]
        assert "${{" not in step["run"]
        script = f'mmm() {{ "{sys.executable}" -m mmm_lang "$@"; }}\n{step["run"]}'
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=environment(**variables, GITHUB_WORKSPACE=str(folder)),
            capture_output=True,
            text=True,
            check=False,
        )

    def test_the_playbooks_of_the_repository(self, folder):
        done = self.check(folder)
        assert done.returncode == 1
        first, second = done.stdout.splitlines()
        assert first.startswith(
            "::error file=wrong.mmm.yml,line=3,endLine=3,col=31,endColumn=35,title=mmm (undefined-step)::"
        )
        assert second.startswith("::warning file=wrong.mmm.yml,")

    def test_names_with_blanks_and_flags(self, folder):
        (folder / "a b.yml").write_text(WRONG.replace("${nope.x}", ""))
        assert self.check(folder, paths="a b.yml\n").returncode == 0
        assert self.check(folder, paths="a b.yml\n\nwrong.mmm.yml").returncode == 1
        assert self.check(folder, paths="a b.yml", fail_on="warning", preset="pedantic").returncode == 1
        assert self.check(folder, preset="strict").returncode == 2

    def test_an_input_is_never_run(self, folder):
        done = self.check(folder, paths='$(touch pwned); touch pwned "')
        assert done.returncode == 2
        assert not (folder / "pwned").exists()

    def test_paths_are_those_of_the_repository(self, folder):
        (folder / "sub").mkdir()
        (folder / "sub/p.yml").write_text(WRONG)
        done = mmm(
            "check", "p.yml", "--format=github", cwd=folder / "sub", env={"GITHUB_WORKSPACE": str(folder)}
        )
        assert done.stdout.startswith("::error file=sub/p.yml,")

    def test_every_input_is_explained(self):
        assert all(one["description"] and "default" in one for one in self.ACTION["inputs"].values())
