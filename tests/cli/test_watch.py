"""``mmm check --watch``: again after each change, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from mmm_lang.cli.arguments import parse_arguments
from mmm_lang.cli.check_arguments import configure
from mmm_lang.cli.check_inputs import inputs
from mmm_lang.cli.failure import UsageFailure
from mmm_lang.cli.watch import QUIET, watch
from tests.cli.processes import environment


class Clock:
    """Lets things happen while time passes, then presses Ctrl-C."""

    def __init__(self, *happenings):
        self.happenings = list(happenings)
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)
        if not self.happenings:
            raise KeyboardInterrupt
        self.happenings.pop(0)()


def nothing():
    pass


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "p.yml"
    path.write_text("1")
    return path


def runs(file, *happenings) -> list[str]:
    """What the file held at each check."""
    seen = []
    clock = Clock(*happenings)
    assert (
        watch(
            lambda: [str(file)], lambda: seen.append(file.read_text() if file.exists() else "-"), clock.wait
        )
        == 0
    )
    return seen


def test_a_change_leads_to_another_check(file):
    assert runs(file) == ["1"]
    assert runs(file, nothing, nothing) == ["1"]
    assert runs(file, lambda: file.write_text("22"), nothing) == ["1", "22"]


def test_a_burst_leads_to_one(file):
    burst = [lambda text=text: file.write_text(text) for text in ("22", "333", "4444")]
    assert runs(file, *burst, nothing) == ["1", "4444"]


def test_a_file_that_goes_and_comes(file):
    file.write_text("1")
    assert runs(file, file.unlink, nothing, lambda: file.write_text("22"), nothing) == ["1", "-", "22"]


def test_a_file_of_the_same_size_put_in_its_place(file):
    def replace():
        (file.parent / "new").write_text("2")
        os.utime(file.parent / "new", ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
        os.replace(file.parent / "new", file)

    assert runs(file, replace, nothing) == ["1", "2"]


def test_a_change_during_the_check_is_not_lost(file):
    seen = []

    def once():
        seen.append(file.read_text())
        if len(seen) == 1:
            file.write_text("22")

    assert watch(lambda: [str(file)], once, Clock(nothing).wait) == 0
    assert seen == ["1", "22"]


def test_a_failure_is_told_and_the_watch_goes_on(file, capsys):
    seen = []

    def once():
        seen.append(1)
        raise UsageFailure("`config.yml` is half written")

    assert watch(lambda: [str(file)], once, Clock(lambda: file.write_text("22"), nothing).wait) == 0
    assert len(seen) == 2
    assert capsys.readouterr().err.count("error: `config.yml` is half written\n") == 2


def test_ctrl_c_during_a_check(file):
    def once():
        raise KeyboardInterrupt

    assert watch(lambda: [str(file)], once, nothing) == 0


def test_waits_are_short(file):
    clock = Clock(nothing, lambda: file.write_text("22"), nothing)
    watch(lambda: [str(file)], nothing, clock.wait)
    assert QUIET in clock.waits
    assert max(clock.waits) < 1


def test_what_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (".git", ".mmm", ".claude/commands", "sub"):
        (tmp_path / folder).mkdir(parents=True)
    for name in (".mmm/config.yml", ".mmm/baseline.json", ".claude/commands/x.md", "sub/p.yml"):
        (tmp_path / name).write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.mmm]\n")
    arguments = parse_arguments("check", "", configure, ["--baseline", "known.json"])
    names = {os.path.relpath(path) for path in inputs(arguments, ["sub/p.yml"])}
    assert names == {
        "sub/p.yml",
        ".mmm/config.yml",
        "pyproject.toml",
        ".mmm/baseline.json",
        ".claude/commands/x.md",
        "known.json",
    }


def test_a_process(tmp_path):
    (tmp_path / "p.yml").write_text('- shell: "${nope.x}"\n')
    (tmp_path / ".git").mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "mmm_lang", "check", "--watch", "--format=concise", "p.yml"],
        cwd=tmp_path,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "error[undefined-step]" in process.stdout.readline()
        assert process.stderr.readline().startswith("1 error")
        assert process.stderr.readline() == "watching 1 file; Ctrl-C ends it\n"
        (tmp_path / "p.yml").write_text('- shell: "true"\n')
        assert process.stderr.readline() == "1 playbook checked: nothing to report\n"
        assert process.stderr.readline() == "watching 1 file; Ctrl-C ends it\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "\n")
