"""Agents of the project's own: any program that the settings name, through `mmm cook`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cooking import Cooked, Kitchen, playbook

CODEX = """\
#!{python} -IS
import json, os, sys
prompt = sys.argv[2] if len(sys.argv) > 2 else sys.stdin.read()
with open(os.environ["CODEX_LOG"], "a") as log:
    log.write(json.dumps([sys.argv[1:], prompt, os.environ.get("QUIET")]) + "\\n")
if "fail" in prompt:
    sys.stderr.write("no such model\\n")
    sys.exit(3)
with open("made-by-codex", "a") as file:
    file.write(prompt + "\\n")
print(json.dumps({{"result": {{"text": "did " + prompt}}, "usage": [{{"usd": 0.5}}]}}))
"""

ARGUMENT = 'agents:\n  codex: {argv: [codex, exec, "{prompt}"], env: {QUIET: "1"}, answer: $.result.text}\n'
STDIN = "agents:\n  codex: {argv: [codex, exec], answer: $.result.text, cost_usd: '$.usage[0].usd'}\n"


def kitchen(folder: Path, text: str, settings: str) -> Kitchen:
    """A repository with settings, and a scripted `codex` on PATH."""
    made = playbook(folder, text).with_file(".mmm/config.yml", settings)
    program = folder / "programs" / "codex"
    program.parent.mkdir()
    program.write_text(CODEX.format(python=sys.executable))
    program.chmod(0o755)
    return made


def cook(made: Kitchen, *flags: str) -> Cooked:
    path = f"{made.folder / 'programs'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        made.command(*flags),
        env=made.env(PATH=path, CODEX_LOG=str(made.folder / "log")),
        cwd=made.repo,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Cooked(done.returncode, done.stdout, done.stderr)


def log(made: Kitchen) -> list[object]:
    return [json.loads(line) for line in (made.folder / "log").read_text().splitlines()]


def test_a_program_answers_by_argument_and_its_work_is_committed(tmp_path):
    made = kitchen(tmp_path, "- id: one\n  claude: Mend it\n- claude: 'Then ${one.output}'\n", ARGUMENT)
    cooked = cook(made, "--agent", "codex", "-n", "1")
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    assert log(made) == [
        [["exec", "Mend it"], "Mend it", "1"],
        [["exec", "Then did Mend it"], "Then did Mend it", "1"],
    ]
    assert made.subjects() == ["mmm: Mend it", "mmm: Then did Mend it"]
    assert made.of_kind("session_finished")[-1].get("cost_usd", 0) is None


def test_a_step_chooses_its_agent_and_a_cost_that_it_prints_counts(tmp_path):
    made = kitchen(tmp_path, "- claude: Mend it\n  agent: codex\n", STDIN)
    cooked = cook(made, "-n", "1")
    assert cooked.exit_code == 0, cooked.stderr
    assert log(made) == [[["exec"], "Mend it", None]]
    assert made.of_kind("session_finished")[-1]["cost_usd"] == 0.5


def test_a_call_of_unknown_cost_counts_at_its_cap(tmp_path):
    text = "limits: {cost_usd: 1.00}\nsteps:\n  - claude: one\n    max_cost_usd: 1.00\n  - claude: two\n"
    made = kitchen(tmp_path, text, ARGUMENT)
    cooked = cook(made, "--agent", "codex", "-n", "1")
    assert cooked.exit_code == 4
    assert len(log(made)) == 1
    assert made.of_kind("session_finished")[-1]["charged_usd"] == 1.0


def test_a_program_that_fails_is_a_failed_call_with_its_words(tmp_path):
    made = kitchen(tmp_path, "- claude: fail now\n", ARGUMENT)
    cooked = cook(made, "--agent", "codex")
    assert cooked.exit_code == 1
    assert "the agent `codex` ended with exit code 3: no such model" in cooked.stdout


def test_a_program_that_is_missing_is_told_before_anything_runs(tmp_path):
    made = kitchen(tmp_path, "- claude: Mend it\n", "agents: {gone: {argv: [no-such-program-here]}}\n")
    cooked = cook(made, "--agent", "gone")
    assert cooked.exit_code == 2
    assert "the program `no-such-program-here` of the agent `gone` was not found on PATH" in cooked.stderr
    assert made.sessions() == []


@pytest.mark.parametrize(
    ("flag", "said"), [("codx", "write `codex`"), ("xyz", "there are `claude`, `replay` and `codex`")]
)
def test_an_unknown_agent_is_told_before_anything_runs(tmp_path, flag, said):
    cooked = cook(kitchen(tmp_path, "- claude: Mend it\n", ARGUMENT), "--agent", flag)
    assert cooked.exit_code == 2
    assert f"there is no agent `{flag}`" in cooked.stderr
    assert said in cooked.stderr


def test_an_unknown_agent_of_a_step_is_a_mistake_with_its_place(tmp_path):
    cooked = cook(kitchen(tmp_path, "- claude: Mend it\n  agent: codx\n", ARGUMENT))
    assert cooked.exit_code == 1
    assert "unknown-agent" in cooked.stderr
    assert "replace with `codex`" in cooked.stderr


def test_a_mistake_in_the_settings_is_told_with_its_place(tmp_path):
    cooked = cook(
        kitchen(tmp_path, "- claude: Mend it\n", "agents:\n  codex: {argv: codex}\n"), "--agent", "codex"
    )
    assert cooked.exit_code == 2
    assert ".mmm/config.yml:2: `argv` is a list of texts, found `codex`" in cooked.stderr


def test_what_a_program_did_is_recorded_and_played(tmp_path):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    text = "- id: one\n  claude: Mend it\n- shell: test -f made-by-codex\n"
    first = kitchen(tmp_path / "first", text, ARGUMENT)
    recording = tmp_path / "r.yml"
    assert cook(first, "--agent", "codex", "--record", str(recording), "-n", "1").exit_code == 0
    second = kitchen(tmp_path / "second", text, "{}\n")
    assert cook(second, "--replay", str(recording), "-n", "1").exit_code == 0
    assert (second.repo / "made-by-codex").read_text() == "Mend it\n"
    assert "cost_usd: null" in recording.read_text()


def test_an_agent_that_a_step_names_is_recorded_and_played(tmp_path):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    text = "- claude: Mend it\n  agent: codex\n- shell: test -f made-by-codex\n"
    recording = tmp_path / "r.yml"
    first = kitchen(tmp_path / "first", text, ARGUMENT)
    assert cook(first, "--record", str(recording), "-n", "1").exit_code == 0
    second = kitchen(tmp_path / "second", text, ARGUMENT)
    (tmp_path / "second" / "programs" / "codex").unlink()
    cooked = cook(second, "--replay", str(recording), "-n", "1")
    assert cooked.exit_code == 0, cooked.stdout + cooked.stderr
    assert (second.repo / "made-by-codex").read_text() == "Mend it\n"
    assert not (second.folder / "log").exists()
