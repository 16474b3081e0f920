"""``mmm check --fix`` and ``--diff``: what is written, and what is not."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from mmm_lang.cli.main import main
from tests.cli.processes import mmm

BEFORE = """\
# why we test
- test:
    command: "cargo test"   # all of it
- shell: "true"
  id: coverage
- shell: "./write-tests ${coverge.output}"
"""
AFTER = BEFORE.replace('- test:\n    command: "cargo', '- shell: "cargo')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "p.yml").write_text(BEFORE)
    return tmp_path


def test_the_summary_says_which_flag(folder, capsys):
    main(["check", "p.yml"])
    assert "(1 fixable with `mmm check --fix`, 1 more with `--unsafe-fixes`)" in capsys.readouterr().err


def test_safe_fixes_only(folder, capsys):
    assert main(["check", "--fix", "p.yml"]) == 1
    assert (folder / "p.yml").read_text() == AFTER
    out, err = capsys.readouterr()
    assert out.count("[undefined-step]") == 1
    assert "deprecated-syntax" not in out
    assert err.startswith("1 fixed; 1 error in 1 file (1 fixable with `mmm check --fix --unsafe-fixes`)")


def test_unsafe_ones_too(folder, capsys):
    assert main(["check", "--fix", "--unsafe-fixes", "p.yml"]) == 0
    assert (folder / "p.yml").read_text() == AFTER.replace("coverge", "coverage")
    assert capsys.readouterr() == ("", "2 fixed; 1 playbook checked: nothing to report\n")
    before = os.stat("p.yml")
    assert main(["check", "--fix", "--unsafe-fixes", "p.yml"]) == 0
    assert os.stat("p.yml").st_ino == before.st_ino


def test_json_tells_what_is_left(folder, capsys):
    assert main(["check", "--fix", "--format", "json", "p.yml"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [one["rule"] for one in document["diagnostics"]] == ["undefined-step"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf- test:\r\n    command: x # \xe2\x82\xac\r\n",
        b"- test:\n    command: x",
        b"- test:\n    command: x\n\n\n",
        b"- test:\r    command: x\r",
    ],
    ids=["a byte order mark and CRLF", "no final newline", "empty lines at the end", "lone CR"],
)
def test_all_other_bytes_stay(folder, content):
    path = folder / "b.yml"
    path.write_bytes(content)
    path.chmod(0o640)
    main(["check", "--fix", "b.yml"])
    indent = content.index(b"command") - content.index(b"test:") - len(b"test:")
    head, tail = content.index(b"test:"), content.index(b"command: ") + len(b"command: ")
    assert indent > 0
    assert path.read_bytes() == content[:head] + b"shell: " + content[tail:]
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(folder)) == [".git", "b.yml", "p.yml"]


def test_the_file_behind_a_link_is_written(folder):
    (folder / "link.yml").symlink_to("p.yml")
    main(["check", "--fix", "link.yml"])
    assert (folder / "link.yml").is_symlink()
    assert (folder / "p.yml").read_text() == AFTER


def test_a_file_that_changed_meanwhile_is_left_alone(folder, monkeypatch, capsys):
    from mmm_lang.cli import check_fixing

    mend_file = check_fixing.mend_file

    def slow(*arguments):
        (folder / "p.yml").write_text("- shell: other\n")
        return mend_file(*arguments)

    monkeypatch.setattr(check_fixing, "mend_file", slow)
    assert main(["check", "--fix", "p.yml"]) == 2
    assert (folder / "p.yml").read_text() == "- shell: other\n"
    assert "p.yml: the file was changed" in capsys.readouterr().err


def test_where_nothing_can_be_written(folder, monkeypatch, capsys):
    def refuse(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    assert main(["check", "--fix", "p.yml"]) == 2
    assert "p.yml: the file cannot be written (no space left on device)" in capsys.readouterr().err
    assert (folder / "p.yml").read_text() == BEFORE
    assert sorted(os.listdir(folder)) == [".git", "p.yml"]


def test_diff_writes_nothing(folder, capsys):
    (folder / "clean.yml").write_text('- shell: "true"\n')
    assert main(["check", "--diff", "p.yml", "clean.yml"]) == 1
    out, err = capsys.readouterr()
    assert out == (
        '--- p.yml\n+++ p.yml\n@@ -1,6 +1,5 @@\n # why we test\n-- test:\n-    command: "cargo test"   # all of it\n'
        '+- shell: "cargo test"   # all of it\n'
        ' - shell: "true"\n   id: coverage\n - shell: "./write-tests ${coverge.output}"\n'
    )
    assert err.startswith("1 would be fixed in 1 file; after that: 1 error in 1 file")
    assert (folder / "p.yml").read_text() == BEFORE
    assert main(["check", "--diff", "clean.yml"]) == 0
    assert capsys.readouterr() == ("", "nothing would be fixed; after that: nothing to report\n")


@pytest.mark.parametrize(
    "content", [BEFORE, BEFORE.rstrip("\n").replace("test:", "test: # \u20ac"), "\ufeff" + BEFORE]
)
def test_a_diff_is_a_patch(folder, content):
    path = folder / "p.yml"
    path.write_text(content)
    patch = mmm("check", "--diff", "--unsafe-fixes", "p.yml", cwd=folder).stdout
    done = subprocess.run(["git", "apply", "-p0", "-"], cwd=folder, input=patch, text=True, check=False)
    assert done.returncode == 0
    applied = path.read_text()
    path.write_text(content)
    main(["check", "--fix", "--unsafe-fixes", "p.yml"])
    assert path.read_text() == applied != content


def test_colours_of_a_diff(folder):
    done = mmm("check", "--diff", "--color=always", "p.yml", cwd=folder)
    assert "\x1b[1;32m+- shell:" in done.stdout


def test_standard_input_is_printed_mended(folder):
    done = mmm("check", "--fix", "-", cwd=folder, stdin=BEFORE)
    assert (done.returncode, done.stdout) == (1, AFTER)
    assert "error[undefined-step]" in done.stderr
    diff = mmm("check", "--diff", "-", "--stdin-filename=x.yml", cwd=folder, stdin=BEFORE)
    assert diff.stdout.startswith("--- x.yml\n+++ x.yml\n")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--unsafe-fixes"], "add `--fix` or `--diff`"),
        (["--diff", "--format=json"], "leave out `--format json`"),
        (["--watch", "-"], "name a file"),
        (["--config=x.yml", "--no-config"], "leave one out"),
    ],
)
def test_flags_that_do_not_fit(folder, capsys, flags, words):
    assert main(["check", *flags, "p.yml"]) == 2
    assert words in capsys.readouterr().err
