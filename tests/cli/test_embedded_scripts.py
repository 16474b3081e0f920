"""Scripts read by the real shellcheck, and by the real shell where there is none."""

from __future__ import annotations

import json

import pytest

from mmm_lang.analysis.check import analyse
from mmm_lang.cli import embedded_scripts
from mmm_lang.cli.embedded_scripts import EmbeddedScripts
from mmm_lang.cli.main import main
from mmm_lang.source import Source
from tests.analysis.verdict import mended

SHELLCHECK = EmbeddedScripts(wants_shellcheck=True).program()
needs_shellcheck = pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")

TEXT = """\
- {claude: "/mmm-a", id: a}
- shell: |
    cd "${a.output}"
    ls ${a.output} $ARG
    # shellcheck disable=SC2034
    unused=1
    other=2
- shell_program: bash
  shell: "[[ ${a.output} == x ]] && cd $HOME"
"""


def judged(text, scripts, *, closely=False):
    judge = scripts.judge_closely if closely else scripts.judge
    return [
        one
        for one in analyse(Source("p.yml", text), judge_scripts=judge).diagnostics
        if one.rule in ("shellcheck", "script-syntax")
    ]


def placed(found):
    return [
        (one.message.rpartition("(")[2].rstrip(")"), one.source.position(one.primary.span.start).line)
        for one in found
    ]


@needs_shellcheck
class TestShellcheck:
    def test_says_what_it_knows_and_nothing_about_references(self):
        found = judged(TEXT, EmbeddedScripts(wants_shellcheck=True), closely=True)
        assert placed(found) == [("SC2164", 3), ("SC2034", 7), ("SC2164", 9), ("SC2086", 9)]
        less = judged(TEXT, EmbeddedScripts(wants_shellcheck=True))
        assert placed(less) == [("SC2164", 3), ("SC2034", 7), ("SC2164", 9)]

    def test_its_fix_fits_the_playbook(self):
        (found,) = judged(
            "- shell: |\n    make\n    cd build\n    ls\n", EmbeddedScripts(wants_shellcheck=True)
        )
        assert mended(found) == "- shell: |\n    make\n    cd build || exit\n    ls\n"

    def test_one_process_reads_the_scripts_of_all_playbooks(self, tmp_path, monkeypatch, capsys):
        calls = []
        ask = embedded_scripts._ask
        monkeypatch.setattr(embedded_scripts, "_ask", lambda *given: calls.append(given) or ask(*given))
        for name in "abc":
            (tmp_path / f"{name}.yml").write_text(f"- shell: |\n    cd {name}\n    ls\n")
        assert main(["check", "--no-config", "--format", "concise", str(tmp_path)]) == 0
        assert capsys.readouterr().out.count("warning[shellcheck]") == 3
        assert [len(scripts) for _, scripts, _ in calls] == [3]

    def test_reads_what_runs_after_a_merge_and_the_rest_once(self):
        merge, steps = (
            f"{key}:\n  - shell: |\n      cd {folder}\n      ls\n"
            for key, folder in (("merge", "a"), ("steps", "b"))
        )
        text = f"{merge}{steps}until: {{shell: cd c; ls}}\n"
        found = judged(text, EmbeddedScripts(wants_shellcheck=True))
        assert sorted(placed(found)) == [("SC2164", 3), ("SC2164", 7), ("SC2164", 9)]

    def test_can_be_silenced_by_a_comment(self):
        text = "- shell: |  # mmm: ignore[shellcheck] the folder is there\n    cd build\n    ls\n"
        analysis = analyse(Source("p.yml", text), judge_scripts=EmbeddedScripts(wants_shellcheck=True).judge)
        assert [(one.rule, one.suppressed) for one in analysis.diagnostics] == [("shellcheck", "comment")]

    def test_can_be_left_out(self, tmp_path, capsys):
        (tmp_path / "a.yml").write_text("- shell: |\n    cd a\n    ls\n")
        assert main(["check", "--no-config", "--no-shellcheck", str(tmp_path)]) == 0
        assert capsys.readouterr().out == ""


def test_an_answer_that_does_not_come_is_said_and_nothing_fails(tmp_path, monkeypatch, capsys):
    broken = tmp_path / "shellcheck"
    broken.write_text("#!/bin/sh\nexit 4\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (tmp_path / "a.yml").write_text("- shell: 'cd a; ls'\n")
    assert main(["check", "--no-config", "--format", "sarif", str(tmp_path / "a.yml")]) == 0
    out, err = capsys.readouterr()
    assert "note: shellcheck was left out: it ended with exit code 4\n" in err
    (notification,) = json.loads(out)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "shellcheck was left out: it ended with exit code 4"


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("if true; then echo a", 1),
        ("echo 'a", 1),
        ("for x in a; do echo $x; done", 0),
        ("echo ${a.output} )", 1),
    ],
)
def test_without_shellcheck_the_shell_is_asked(script, count):
    text = f'- {{claude: "/mmm-a", id: a}}\n- shell: |\n    {script}\n'
    found = judged(text, EmbeddedScripts(wants_shellcheck=False))
    assert [one.rule for one in found] == ["script-syntax"] * count


def test_sarif_lists_rules_and_leaves_the_verdict_to_its_reader(tmp_path, capsys):
    (tmp_path / "a.yml").write_text('- claude: "/mmm-a ${x.spec}"\n')
    assert main(["check", "--no-config", "--format", "sarif", str(tmp_path / "a.yml")]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "undefined-step"
    assert (
        main(["check", "--no-config", "--format", "sarif", "--fail-on", "error", str(tmp_path / "a.yml")])
        == 1
    )


def slow(folder, seconds):
    """A program that answers nothing for a while."""
    program = folder / "shellcheck"
    program.write_text(f"#!/bin/sh\nexec sleep {seconds}\n")
    program.chmod(0o755)


def test_reading_that_takes_too_long_is_cut_off_and_said(tmp_path, monkeypatch):
    slow(tmp_path, 60)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    scripts = EmbeddedScripts(wants_shellcheck=True, patience=0.2)
    assert judged("- shell: 'cd a; ls'\n", scripts) == []
    assert scripts.problems == ("shellcheck was left out: it did not answer within 0 s",)
    assert judged("- shell: 'cd b; ls'\n", scripts) == []


@needs_shellcheck
def test_what_was_read_in_time_counts():
    scripts = EmbeddedScripts(wants_shellcheck=True)
    assert [one.rule for one in judged("- shell: 'cd a; ls'\n", scripts)] == ["shellcheck"]
    scripts._left = 0.0
    assert judged("- shell: 'cd b; ls'\n- shell: 'cd c; ls'\n", scripts) == []
    said = "2 scripts were not read by shellcheck: reading the others took all the time there is"
    assert scripts.problems == (said,)


def test_a_shell_that_does_not_answer_is_said(tmp_path, monkeypatch):
    program = tmp_path / "bash"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    scripts = EmbeddedScripts(wants_shellcheck=False)
    assert judged("- {shell_program: bash, shell: 'if true; then'}\n", scripts) == []
    assert scripts.problems == ("1 script was not read by the shell: `bash -n` was ended by signal 11",)
