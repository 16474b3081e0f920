"""``mmm check``: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import os

import pytest

from mmm_lang.cli.main import main
from tests.cli.processes import mmm

CLEAN = '- shell: "true"\n'
WRONG = '- shell: "true"\n  id: coverage\n- claude: "/mmm-write-tests ${coverge.spec}"\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to be in with a clean and a wrong playbook; no colour, wherever the tests run."""
    (tmp_path / "clean.yml").write_text(CLEAN)
    (tmp_path / "wrong.yml").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_clean(folder, capsys):
    assert main(["check", "clean.yml"]) == 0
    assert capsys.readouterr() == ("", "1 playbook checked: nothing to report\n")


def test_a_mistake_is_drawn_and_counted(folder, capsys):
    assert main(["check", "clean.yml", "wrong.yml"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("error[undefined-step]: ")
    assert "\n --> wrong.yml:3:" in out
    assert "coverge" in out
    assert "^^^^^^^" in out
    assert err.startswith("1 error in 1 file")
    assert err.endswith("; more about a rule: `mmm explain undefined-step`\n")


def test_flags_and_names_in_any_order(folder, capsys):
    assert main(["check", "wrong.yml", "--format", "concise", "clean.yml"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("wrong.yml:3:31: error[undefined-step] ")


def test_json(folder, capsys):
    assert main(["check", "--format", "json", "wrong.yml"]) == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == ""
    assert document["version"] == 1
    (diagnostic,) = document["diagnostics"]
    assert (diagnostic["rule"], diagnostic["path"]) == ("undefined-step", "wrong.yml")
    assert diagnostic["span"]["start"] == {"line": 3, "column": 31, "offset": WRONG.index("coverge")}
    assert document["summary"]["errors"] == 1


def test_json_of_a_clean_file_is_a_document_too(folder, capsys):
    assert main(["check", "--format", "json", "clean.yml"]) == 0
    assert json.loads(capsys.readouterr().out)["diagnostics"] == []


def test_jsonl(folder, capsys):
    assert main(["check", "--format", "jsonl", "wrong.yml", "clean.yml"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["rule"] == "undefined-step"


def test_standard_input(folder):
    done = mmm("check", "-", cwd=folder, stdin=WRONG)
    assert done.returncode == 1
    assert " --> <stdin>:3:31\n" in done.stdout
    named = mmm("check", "-", "--stdin-filename", "x.yml", "--format=concise", cwd=folder, stdin=WRONG)
    assert named.stdout.startswith("x.yml:3:31: error")
    assert mmm("check", "-", cwd=folder, stdin=CLEAN).returncode == 0


def test_a_missing_file_does_not_hide_the_others(folder, capsys):
    assert main(["check", "wron.yml", "wrong.yml", "no/such.yml"]) == 2
    out, err = capsys.readouterr()
    assert "error[undefined-step]" in out
    assert err.splitlines()[:2] == [
        "error: there is no playbook `wron.yml`; write `wrong.yml`",
        "error: there is no playbook `no/such.yml`; there is no folder `no` either",
    ]


def test_unreadable_files(folder, capsys):
    (folder / "binary.yml").write_bytes(b"\x89PNG\xff")
    (folder / "link.yml").symlink_to("nowhere.yml")
    os.mkfifo(folder / "pipe.yml")
    names = ["binary.yml", "link.yml", "pipe.yml"]
    if os.geteuid() != 0:
        (folder / "secret.yml").write_text(CLEAN)
        (folder / "secret.yml").chmod(0)
        names.append("secret.yml")
    assert main(["check", *names, "clean.yml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    *problems, closing = err.splitlines()
    assert [problem.split(": ")[:2] for problem in problems] == [["error", name] for name in names]
    assert closing == "1 playbook checked: nothing to report"


def test_nothing_found(folder, capsys):
    (folder / "empty").mkdir()
    assert main(["check", "empty"]) == 2
    assert capsys.readouterr() == (
        "",
        "error: there is no playbook (`*.yml`, `*.yaml`) in the folder `empty`\n",
    )
    assert main(["check"]) == 2
    assert capsys.readouterr().err.startswith(f"error: there is no playbook in `{folder}` (")


def test_without_a_path_the_playbooks_of_the_repository(folder, capsys):
    (folder / ".git").mkdir()
    (folder / "playbooks").mkdir()
    (folder / "wrong.yml").rename(folder / "playbooks/wrong.yml")
    (folder / "clean.yml").rename(folder / "clean.mmm.yml")
    assert main(["check", "--format=concise"]) == 1
    assert capsys.readouterr().out.startswith("playbooks/wrong.yml:3:31: ")


def test_a_folder(folder, capsys):
    assert main(["check", "."]) == 1
    assert " --> wrong.yml:3:31\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("severity", "level", "code"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("note", "warning", 0),
        ("note", "note", 1),
        ("error", "note", 1),
    ],
)
def test_fail_on(folder, capsys, monkeypatch, severity, level, code):
    from mmm_lang.analysis import check
    from mmm_lang.diagnostics import Diagnostic, Label
    from mmm_lang.source import Span

    def conclude(looked, **rest):
        source = looked.source
        found = Diagnostic("some-rule", severity, "it is so", source, Label(Span(0, 1)))
        hidden = Diagnostic("some-rule", "error", "hidden", source, Label(Span(0, 1)), suppressed="comment")
        return type("Analysis", (), {"diagnostics": (found, hidden)})

    monkeypatch.setattr(check, "conclude", conclude)
    assert main(["check", "clean.yml", "--fail-on", level]) == code
    out, err = capsys.readouterr()
    assert out.startswith(f"{severity}[some-rule]: it is so\n")
    assert err == f"1 {severity} in 1 file (1 suppressed); more about a rule: `mmm explain some-rule`\n"


@pytest.mark.parametrize(
    ("flags", "env", "colour"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color=auto"], {"FORCE_COLOR": "1"}, True),
        (["--colour", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(folder, flags, env, colour):
    assert ("\x1b[" in mmm("check", "wrong.yml", *flags, cwd=folder, env=env).stdout) == colour


def test_letters_that_the_output_lacks_are_escaped(folder):
    (folder / "wide.yml").write_text('- claude: "日本 ${nope.x}"\n', encoding="utf-8")
    done = mmm("check", "wide.yml", cwd=folder, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert "\\u65e5\\u672c ${nope.x}" in done.stdout


def test_names_cannot_forge_output(folder):
    (folder / "a\x1b[2J.yml").write_text(WRONG)
    done = mmm("check", "a\x1b[2J.yml", "b\x1b[2J.yml", cwd=folder)
    assert "\x1b" not in done.stdout + done.stderr
    assert " --> a\\x1b[2J.yml:3:31" in done.stdout
