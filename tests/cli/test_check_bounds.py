"""`mmm check` and the worst case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from mmm_lang.cli.main import main
from tests.support.cooking import IDENTITY

PLAYBOOK = """\
max_iterations: 2
steps:
  - claude: "/mmm-code-review"
  - shell: "cargo test"
    on_failure: {claude: "/mmm-fix-test --error ${shell.output}"}
"""


def check(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mmm_lang", "check", *arguments]
    env = {**os.environ, **IDENTITY, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_bounds_are_printed_for_every_playbook(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    (tmp_path / "q.yml").write_text("- claude: '/mmm-implement-spec $ARG'\n")
    done = check(tmp_path, "--bounds", "p.yml", "q.yml")
    assert done.returncode == 0, done
    assert "p.yml: at most 8 agent calls and 8 shell runs in 2 iterations\n" in done.stdout
    per_item = "q.yml: at most 1 agent call and 0 shell runs in 1 iteration per item of `--map` or `--args`"
    assert f"{per_item}: in all |items| agent calls and 0 shell runs\n" in done.stdout


def test_a_ceiling_fails_the_check_at_the_key_that_states_it(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    assert check(tmp_path, "--max-calls", "8", "p.yml").returncode == 0
    done = check(tmp_path, "--max-calls", "7", "--format", "json", "p.yml")
    assert done.returncode == 1
    [found] = json.loads(done.stdout)["diagnostics"]
    assert found["rule"] == "bound-exceeded"
    assert found["message"] == "the worst case is 8 agent calls, and `--max-calls` allows 7"
    assert found["span"]["start"]["line"] == 1
    assert [label["span"]["start"]["line"] for label in found["labels"] if not label["primary"]] == [5]


def test_what_nothing_bounds_is_above_every_ceiling(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    done = check(tmp_path, "--max-cost", "1000", "--max-duration", "100h", "p.yml")
    assert done.returncode == 1
    assert "nothing bounds what it can spend, and `--max-cost` allows $1,000.00" in done.stdout
    assert "give every step a `timeout`" in done.stdout


def test_limits_of_the_playbook_count(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text("limits: {agent_calls: 3, cost_usd: 2, duration: 1h}\n" + PLAYBOOK)
    done = check(tmp_path, "--max-calls", "3", "--max-cost", "2", "--max-duration", "1h", "p.yml")
    assert done.returncode == 0, done.stdout


def git(cwd: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", *arguments], cwd=cwd, env={**os.environ, **IDENTITY}, check=True, capture_output=True
    )


def test_since_says_how_a_change_moves_them(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")
    assert "p.yml: the worst case is the same" in check(tmp_path, "--since", "HEAD", "p.yml").stdout
    (tmp_path / "p.yml").write_text(PLAYBOOK.replace("max_iterations: 2", "max_iterations: 5"))
    (tmp_path / "new.yml").write_text(PLAYBOOK)
    done = check(tmp_path, "--since", "HEAD", "p.yml", "new.yml")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "p.yml: agent calls: 8 → 20",
        "p.yml: shell runs: 8 → 20",
        "new.yml: new since HEAD",
    ]
    unknown = check(tmp_path, "--since", "nowhere", "p.yml")
    assert unknown.returncode == 2
    assert "git does not know `nowhere`" in unknown.stderr


def test_since_reads_called_playbooks_as_they_were_too(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    called, caller = tmp_path / "lib" / "called.yml", tmp_path / "caller.yml"
    called.write_text("- claude: x\n")
    caller.write_text("max_iterations: 1\nsteps:\n- playbook: lib/called.yml\n- playbook: kept.yml\n")
    (tmp_path / ".gitignore").write_text("kept.yml\n")
    (tmp_path / "kept.yml").write_text("- shell: make\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")
    called.write_text("- claude: x\n- claude: y\n")
    assert "caller.yml: agent calls: 1 → 2\n" in check(tmp_path, "--diff", "HEAD", "caller.yml").stdout
    # its name may have changed too, and the folder be gone
    called.rename(tmp_path / "other.yml")
    (tmp_path / "lib").rmdir()
    caller.write_text("max_iterations: 1\nsteps:\n- playbook: other.yml\n- playbook: kept.yml\n")
    assert "caller.yml: agent calls: 1 → 2\n" in check(tmp_path, "--diff", "HEAD", "caller.yml").stdout
    # a file that has come since was not found then: this name was another playbook's
    shared = tmp_path / ".mmm" / "playbooks"
    shared.mkdir(parents=True)
    (tmp_path / "other.yml").rename(shared / "other.yml")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "shared")
    (tmp_path / "other.yml").write_text("- shell: make\n")
    git(tmp_path, "add", "other.yml")
    assert "caller.yml: agent calls: 2 → 0\n" in check(tmp_path, "--diff", "HEAD", "caller.yml").stdout


def test_a_playbook_with_errors_has_no_worst_case(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text("- shel: x\n")
    done = check(tmp_path, "--bounds", "--max-calls", "1", "p.yml")
    assert done.returncode == 1
    assert "p.yml: no worst case, it has errors" in done.stdout


def test_diff_with_a_revision_says_how_a_change_moves_them(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(PLAYBOOK)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "start")
    (tmp_path / "p.yml").write_text(PLAYBOOK.replace("max_iterations: 2", "max_iterations: 5"))
    for words in (("--diff", "HEAD", "p.yml"), ("p.yml", "--diff=HEAD"), ("--diff", "HEAD", ".")):
        done = check(tmp_path, *words)
        assert done.returncode == 0, done
        assert "p.yml: agent calls: 8 → 20\n" in done.stdout
    # a path stays a path, and without a word fixes are shown
    (tmp_path / "HEAD").write_text('- claude: "/mmm-lint"\n  timeout: 5 m\n')
    shown = check(tmp_path, "--diff", "--unsafe-fixes", "HEAD")
    assert shown.stdout == check(tmp_path, "--unsafe-fixes", "HEAD", "--diff").stdout
    assert "→" not in shown.stdout
    neither = check(tmp_path, "--diff", "p.yaml")
    assert neither.returncode == 2
    assert "`p.yaml` is neither a playbook nor a git revision" in neither.stderr
    both = check(tmp_path, "--diff", "HEAD~0", "--since", "HEAD", "p.yml")
    assert both.returncode == 2
    for_tools = check(tmp_path, "--diff", "HEAD~0", "--format", "json", "p.yml")
    assert for_tools.returncode == 2
    assert "`mmm plan PLAYBOOK --format json` has the figures" in for_tools.stderr


def test_comments_settings_and_a_baseline_reach_what_is_above_a_ceiling(tmp_path, monkeypatch, capsys):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".mmm").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    config, playbook = tmp_path / ".mmm" / "config.yml", tmp_path / "p.mmm.yml"

    def checked(*arguments: str) -> tuple[int, str]:
        code = main(["check", *arguments])
        return code, capsys.readouterr().out

    playbook.write_text(PLAYBOOK)
    config.write_text("level: {bound-exceeded: warning}\n")
    code, out = checked("--max-calls", "7")
    assert code == 0
    assert out.startswith("warning[bound-exceeded]")
    config.write_text("ignore: [bound-exceeded]\n")
    assert checked("--max-calls", "7") == (0, "")
    config.unlink()
    assert checked("--max-calls", "7", "--write-baseline") == (0, "")
    assert checked("--max-calls", "7") == (0, "")
    (tmp_path / ".mmm" / "baseline.json").unlink()
    playbook.write_text("# mmm: ignore[bound-exceeded] agreed on\n" + PLAYBOOK)
    assert checked("--max-calls", "7") == (0, "")
    assert checked("--max-calls", "8")[1].startswith("warning[useless-suppression]")
    assert checked() == (0, "")


MAP = """\
map: {over: "specs/*.md"}
steps:
  - claude: "/mmm-implement-spec $ARG"
reduce:
  - shell: "make report"
"""


def test_a_map_is_bounded_by_how_many_items_there_are(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text(MAP)
    done = check(tmp_path, "--bounds", "p.yml")
    all_of_it = "at most |specs/*.md| agent calls and 1 shell run in 1 iteration an item of `map:`"
    assert f"p.yml: {all_of_it}\n" in done.stdout, done.stdout
    done = check(tmp_path, "--max-calls", "100", "p.yml")
    assert done.returncode == 1
    assert "the worst case is |specs/*.md| agent calls, and `--max-calls` allows 100" in done.stdout
    assert "write `max_items:` under `map:`" in done.stdout
    (tmp_path / "p.yml").write_text(MAP.replace('md"}', 'md", max_items: 100}'))
    assert check(tmp_path, "--max-calls", "100", "p.yml").returncode == 0
    (tmp_path / "p.yml").write_text("limits: {agent_calls: 100}\n" + MAP)
    assert check(tmp_path, "--max-calls", "100", "p.yml").returncode == 0


def test_a_map_that_grew_is_said_by_its_figures(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(
            ("git", *words), cwd=tmp_path, env={**os.environ, **IDENTITY}, check=True, capture_output=True
        )

    git("init")
    (tmp_path / "p.yml").write_text(MAP)
    git("add", "p.yml")
    git("commit", "-m", "a map")
    (tmp_path / "p.yml").write_text(MAP.replace("steps:", "steps:\n  - claude: /mmm-lint"))
    done = check(tmp_path, "--since", "HEAD", "p.yml")
    assert "p.yml: agent calls: |specs/*.md| → 2·|specs/*.md|\n" in done.stdout, done.stdout
