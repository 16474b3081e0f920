"""The command ``mmm``: help, unknown commands, exit codes, and what happens when things go wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

import mmm_lang
from mmm_lang.cli import registry
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.main import main
from mmm_lang.cli.registry import ALIASES, COMMANDS
from tests.cli.processes import environment, mmm


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command(capsys, arguments):
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {command.name} " in said for command in COMMANDS)


def test_version(capsys):
    assert main(["--version"]) == main(["-V"]) == 0
    assert capsys.readouterr().out == f"mmm {mmm_lang.__version__}\n" * 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["chek"], "error: mmm has no command `chek`; write `mmm check`\n"),
        (["frobnicate"], "error: mmm has no command `frobnicate`; `mmm --help` lists all there are\n"),
        (["--verson"], "error: mmm has no option `--verson`; write `mmm --version`\n"),
        (["a\x1b[2J"], "error: mmm has no command `a\\x1b[2J`; `mmm --help` lists all there are\n"),
        (["help", "grpah"], "error: mmm has no command `grpah`; write `mmm graph`\n"),
    ],
)
def test_what_mmm_does_not_know(capsys, arguments, sentence):
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", sentence)


def test_names_are_given_once():
    names = [command.name for command in COMMANDS]
    assert len({*names, *ALIASES}) == len(names) + len(ALIASES)
    assert set(ALIASES.values()) <= set(names)


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_of_a_command(capsys, flag):
    assert main(["check", flag]) == main(["help", "check"]) == 0
    assert "usage: mmm check" in capsys.readouterr().out


def test_wrong_arguments(capsys):
    assert main(["check", "--fromat=json"]) == 2
    assert capsys.readouterr().err.startswith(
        "error: `mmm check` does not know `--fromat=json`; write `--format`\nusage: mmm check"
    )
    assert main(["check", "--format", "xml"]) == 2
    assert "invalid choice: 'xml'" in capsys.readouterr().err


@pytest.fixture
def command(monkeypatch):
    """Make a function the whole of a command named ``it``."""

    def install(run):
        module = SimpleNamespace(configure=lambda parser: None, run=run)
        monkeypatch.setitem(sys.modules, "mmm_it", module)
        monkeypatch.setattr(registry, "COMMANDS", (registry.Command("it", "do it", "mmm_it"),))

    return install


def test_the_exit_code_is_that_of_the_command(command):
    command(lambda arguments: 3)
    assert main(["it"]) == 3


def test_a_bug_is_said_to_be_one_and_written_down(capsys, command, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command(lambda arguments: {}["no such key"])
    assert main(["it"]) == 70
    out, err = capsys.readouterr()
    (report,) = tmp_path.iterdir()
    assert out == ""
    assert err == (
        f"error: this is a bug in mmm {mmm_lang.__version__}, not in your playbook; "
        f"please report it with the file {report}\n"
    )
    text = report.read_text()
    assert text.startswith(f"mmm {mmm_lang.__version__}\npython ")
    assert "KeyError: 'no such key'" in text
    assert "command: it\n" in text
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_bug_where_nothing_can_be_written(capsys, command, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    command(lambda arguments: 1 // 0)
    assert main(["it"]) == 70
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_command_that_returns_no_exit_code_is_a_bug(capsys, command, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command(lambda arguments: None)
    assert main(["it"]) == 70


def test_endless_recursion_is_a_bug_too(capsys, command, monkeypatch, tmp_path):
    def forever(arguments):
        return forever(arguments)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command(forever)
    assert main(["it"]) == 70
    assert "RecursionError" in next(tmp_path.iterdir()).read_text()


def test_wrong_usage_is_one_sentence_and_cannot_forge_output(capsys, command):
    def fail(arguments):
        raise UsageFailure("there is no `\x1b[2J`; look elsewhere")

    command(fail)
    assert main(["it"]) == 2
    assert capsys.readouterr() == ("", "error: there is no `\\x1b[2J`; look elsewhere\n")


def test_an_interrupt(capsys, command):
    def interrupted(arguments):
        raise KeyboardInterrupt

    command(interrupted)
    assert main(["it"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_as_a_process(tmp_path):
    assert mmm("--version", cwd=tmp_path).stdout == f"mmm {mmm_lang.__version__}\n"
    unknown = mmm("chek", cwd=tmp_path)
    assert (unknown.returncode, unknown.stdout) == (2, "")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"]])
def test_a_reader_that_went_away(tmp_path, arguments):
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mmm_lang", *arguments],
            cwd=tmp_path,
            stdout=write,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    finally:
        os.close(write)
    assert done.stderr == b""
    assert done.returncode in (0, 141)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mmm_lang", "--help"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment(),
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        2,
        "error: standard output cannot be written (no space left on device); make room or send it elsewhere\n",
    )
