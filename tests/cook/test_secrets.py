"""Secrets: masked wherever mmm writes or shows something, and never committed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cook.test_resume import resume
from tests.support.cooking import Cooked, Kitchen, playbook

SECRET = 'hunter2/"Zwölf"+x&y'
GITHUB = "ghp_" + "a1B2" * 9
"""A token that nobody declares."""
HEADER = "secrets: [DEPLOY_TOKEN]\n"


def everything_of(kitchen: Kitchen, cooked: Cooked) -> bytes:
    """All that mmm wrote and showed: the session's folder, the state file, the console, the messages of commits."""
    files = [path for session in kitchen.sessions() for path in session.rglob("*") if path.is_file()]
    files += [path for path in (kitchen.repo / ".mmm").rglob("*") if path.is_file()]
    log = kitchen.git("log", "--all", "--format=%B")
    texts = [path.read_bytes() for path in files if path.name not in ("index", "index.exclude")]
    return b"\n".join([*texts, cooked.stdout.encode(), cooked.stderr.encode(), log.encode()])


def cook(kitchen: Kitchen, *flags: str, secret: str = SECRET) -> Cooked:
    """Cook with the secret in the environment, and see that it is nowhere."""
    cooked = kitchen.cook("-n", "1", *flags, DEPLOY_TOKEN=secret)
    told = everything_of(kitchen, cooked)
    forms = {
        secret,
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
    }
    assert not [form for form in forms | {GITHUB} if form.encode() in told]
    assert "Traceback" not in cooked.stderr
    return cooked


SAYS = f"""
secrets: [DEPLOY_TOKEN]
steps:
  - id: say
    shell: |
      printf '%s\\n%s%s\\n' "$DEPLOY_TOKEN" ghp_ {GITHUB.removeprefix("ghp_")}
      printf '%s' "$DEPLOY_TOKEN" | base64 >&2
      printf '%s' "user:$DEPLOY_TOKEN" | base64
      python3 -c 'import json, os, urllib.parse; t = os.environ["DEPLOY_TOKEN"]; print(json.dumps({{"t": t}}))
      print(urllib.parse.quote(t, safe=""))'
  - shell: "echo got ${{say.output}}; test \\"$(printenv DEPLOY_TOKEN | wc -c)\\" -gt 8; echo x > made"
    commit_message: "used ${{say.output}}"
"""


@pytest.mark.parametrize("flags", [(), ("--verbose",), ("--format", "json")], ids=" ".join)
def test_what_a_step_prints(tmp_path: Path, flags: tuple[str, ...]) -> None:
    kitchen = playbook(tmp_path, SAYS)
    cooked = cook(kitchen, *flags)
    assert cooked.exit_code == 0, cooked.stderr + cooked.stdout
    [session] = kitchen.sessions()
    lines = (session / "steps" / "1" / "stdout").read_text().splitlines()
    assert lines[:2] == ["***DEPLOY_TOKEN***", "***"]
    assert lines[3:] == ['{"t": "***DEPLOY_TOKEN***"}', "***DEPLOY_TOKEN***"]
    assert (session / "steps" / "1" / "stderr").read_text() == "***DEPLOY_TOKEN***\n"
    assert "got ***DEPLOY_TOKEN*** ***" in (session / "steps" / "2" / "log").read_text().replace("\n", " ")
    [subject] = kitchen.subjects()
    assert subject.startswith("used ***DEPLOY_TOKEN*** *** ")


def test_a_secret_that_comes_in_pieces(tmp_path: Path) -> None:
    script = (
        "printf hunter; sleep 0.05; printf 2hunter2; sleep 0.05; printf 'ghp_'; sleep 0.05; printf 'end\\n'"
    )
    kitchen = playbook(tmp_path, f'secrets: [DEPLOY_TOKEN]\nsteps: [{{shell: "{script}"}}]\n')
    assert cook(kitchen, secret="hunter2hunter2").exit_code == 0
    [session] = kitchen.sessions()
    for name in ("stdout", "log"):
        assert (session / "steps" / "1" / name).read_text() == "***DEPLOY_TOKEN***ghp_end\n"


def test_what_an_agent_says(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, HEADER + "steps:\n  - {claude: /mmm-say, id: say}\n  - shell: 'echo ${say.output}'\n"
    )
    kitchen.with_agent("/mmm-say", text=f'the token is "{SECRET}"\nand {GITHUB}')
    cooked = cook(kitchen, "--verbose")
    assert cooked.exit_code == 0, cooked.stderr + cooked.stdout
    [session] = kitchen.sessions()
    said = 'the token is "***DEPLOY_TOKEN***"\nand ***'
    assert (session / "steps" / "1" / "answer").read_text() == said
    assert (session / "steps" / "2" / "stdout").read_text() == f"{said}\n"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "the playbook declares the secret `DEPLOY_TOKEN`, and the environment variable is not set"),
        ({"DEPLOY_TOKEN": ""}, "the environment variable is empty"),
        ({"DEPLOY_TOKEN": "1234567"}, "the secret `DEPLOY_TOKEN` has 7 bytes"),
    ],
)
def test_secrets_that_cannot_be_masked(tmp_path: Path, environment: dict[str, str], sentence: str) -> None:
    kitchen = playbook(tmp_path, HEADER + "steps: [{shell: 'echo x > x'}]\n")
    cooked = kitchen.cook("-n", "1", **environment)
    assert cooked.exit_code == 2
    assert sentence in cooked.stderr
    assert "help: " in cooked.stderr
    assert "1234567" not in cooked.stderr
    assert kitchen.sessions() == []
    assert not (kitchen.repo / "x").exists()


@pytest.mark.parametrize("secret", ["hunter2hunter2", GITHUB], ids=["declared", "of known shape"])
def test_secrets_on_the_command_line(tmp_path: Path, secret: str) -> None:
    text = HEADER + "inputs: {token: {default: ''}}\nsteps: [{shell: 'echo ${inputs.token} > x'}]\n"
    kitchen = playbook(tmp_path, text)
    cooked = kitchen.cook("-n", "1", "--set", f"token={secret}", DEPLOY_TOKEN="hunter2hunter2")
    assert cooked.exit_code == 2
    assert "the input `token` holds " in cooked.stderr
    assert secret not in cooked.stderr
    assert kitchen.sessions() == []


def test_a_secret_in_the_playbook(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, HEADER + "steps: [{shell: 'echo hunter2hunter2 > x'}]\n")
    cooked = kitchen.cook("-n", "1", DEPLOY_TOKEN="hunter2hunter2")
    assert cooked.exit_code == 2
    assert "the value of `DEPLOY_TOKEN`, a secret, is written into the playbook" in cooked.stderr
    assert kitchen.sessions() == []


# --- what is to be committed ---

LEAKS = HEADER + 'steps:\n  - {id: leak, shell: \'printf "a\\n%s\\n" "$DEPLOY_TOKEN" > config.py\'}\n'


def test_a_file_with_a_secret_is_not_committed(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, LEAKS)
    cooked = cook(kitchen)
    assert cooked.exit_code == 1
    reason = "it left a secret in `config.py` (line 2: the value of `DEPLOY_TOKEN`), so nothing was committed"
    assert reason in cooked.stdout
    [verdict] = kitchen.of_kind("step_finished")
    assert (verdict["fault"], verdict["reason"]) == ("secret", reason)
    assert kitchen.subjects() == []
    assert not (kitchen.repo / "config.py").exists()


def test_a_handler_repairs_it(tmp_path: Path) -> None:
    text = (
        LEAKS
        + "    on_failure: {shell: 'echo ${leak.output} > told; echo safe > config.py', fail_workflow: false}\n"
    )
    kitchen = playbook(
        tmp_path,
        text.replace("> config.py'}\n", "> config.py; test ! -e told || echo safe > config.py'\n").replace(
            "- {id: leak, shell: ", "- id: leak\n    shell: "
        ),
    )
    cooked = cook(kitchen)
    assert cooked.exit_code == 0, cooked.stdout
    assert "config.py` (line 2" in (kitchen.repo / "told").read_text()
    assert (kitchen.repo / "config.py").read_text() == "safe\n"
    assert [one["status"] for one in kitchen.of_kind("step_finished")] == ["failed", "succeeded", "succeeded"]


def test_commits_of_the_agent_with_a_secret_are_taken_back(tmp_path: Path) -> None:
    one = 'printf "%s" "$DEPLOY_TOKEN" > a && git add a && git commit -qm one'
    commit = f"{one} && git rm -qf a && echo b > b && git add b && git commit -qm two"
    kitchen = playbook(tmp_path, "").with_file("commit.sh", f"{commit}\n")
    kitchen.playbook.write_text(HEADER + "steps: [{shell: 'sh commit.sh'}]\n")
    before = kitchen.git("rev-parse", "HEAD")
    cooked = cook(kitchen, "--on-failure", "keep")
    assert cooked.exit_code == 1
    assert (
        "it left a secret in `a` (line 1: the value of `DEPLOY_TOKEN`); its commits were taken back"
        in cooked.stdout
    )
    assert kitchen.git("rev-parse", "HEAD") == before
    assert (kitchen.repo / "b").read_text() == "b\n"
    [back] = kitchen.of_kind("rolled_back")
    assert back["why"] == "secret"
    assert kitchen.git("log", "--format=%s", f"{before}..{back['rescue']}").splitlines()[-2:] == [
        "two",
        "one",
    ]
    assert kitchen.of_kind("step_committed") == []


def test_a_secret_in_the_message_of_a_commit(tmp_path: Path) -> None:
    kitchen = playbook(
        tmp_path, HEADER + "steps: [{shell: 'git commit -q --allow-empty -m \"$DEPLOY_TOKEN\"'}]\n"
    )
    cooked = kitchen.cook("-n", "1", DEPLOY_TOKEN="hunter2hunter2")
    assert cooked.exit_code == 1
    assert "the message of a commit (the value of `DEPLOY_TOKEN`)" in cooked.stdout
    assert kitchen.subjects() == []


def test_what_was_there_before_and_what_is_made_up_is_no_leak(tmp_path: Path) -> None:
    script = f"echo more >> old; echo 'key = AKIAIOSFODNN7EXAMPLE' > doc; echo '{GITHUB} # gitleaks:allow' > fixture"
    kitchen = playbook(tmp_path, "").with_file("old", f"{GITHUB}\n")
    kitchen.playbook.write_text(f"- shell: |\n    {script}\n")
    cooked = kitchen.cook("-n", "1")
    assert cooked.exit_code == 0, cooked.stdout
    assert kitchen.git("show", "--format=", "--name-only", "HEAD").splitlines() == ["doc", "fixture", "old"]


def test_what_a_hook_says_is_masked(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, HEADER + "steps: [{shell: 'echo x > x'}]\n")
    hook = kitchen.repo / ".git" / "hooks" / "pre-commit"
    hook.write_text('#!/bin/sh\necho "cannot log in with $DEPLOY_TOKEN"\nexit 1\n')
    hook.chmod(0o755)
    cooked = cook(kitchen)
    assert cooked.exit_code == 1
    assert "cannot log in with ***DEPLOY_TOKEN***" in cooked.stdout


def test_the_value_that_env_gives_is_a_secret_too(tmp_path: Path) -> None:
    step = '{shell: "echo $DEPLOY_TOKEN; exit 1", env: {DEPLOY_TOKEN: "other-${STAGE}-secret"}}'
    text = f"{HEADER}steps: [{step}]\n"
    kitchen = playbook(tmp_path, text)
    cooked = kitchen.cook("-n", "1", DEPLOY_TOKEN="hunter2hunter2", STAGE="beta")
    assert "| ***DEPLOY_TOKEN***" in cooked.stdout
    assert b"other-beta-secret" not in everything_of(kitchen, cooked)


def test_no_process_has_a_secret_among_its_arguments(tmp_path: Path) -> None:
    text = """
    secrets: [DEPLOY_TOKEN]
    steps:
      - shell: |
          cat /proc/[0-9]*/cmdline > all 2> /dev/null
          grep -q keeper.py all && ! grep -q 'hunter2hunter[2]' all
    """
    kitchen = playbook(tmp_path, text)
    assert cook(kitchen, secret="hunter2hunter2").exit_code == 0


def test_a_session_that_goes_on_needs_them_again(tmp_path: Path) -> None:
    kitchen = playbook(tmp_path, HEADER + "steps: [{shell: 'test -e $FLAG && echo $DEPLOY_TOKEN'}]\n")
    assert kitchen.cook("-n", "1", DEPLOY_TOKEN="hunter2hunter2", FLAG="/nowhere").exit_code == 1
    refused = resume(kitchen)
    assert refused.exit_code == 2
    assert "the secret `DEPLOY_TOKEN`, and the environment variable is not set" in refused.stderr
    resumed = resume(kitchen, DEPLOY_TOKEN="hunter2hunter2", FLAG=str(kitchen.repo))
    assert resumed.exit_code == 0, resumed.stderr
    assert b"hunter2hunter2" not in everything_of(kitchen, resumed)
