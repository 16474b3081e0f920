"""``mmm fmt``: what it writes, what it prints where, and its exit codes."""

from __future__ import annotations

import os

import pytest

from mmm_lang.cli.main import main
from tests.cli.processes import mmm
from tests.cli.test_imports import HEAVY, imported

UGLY = "-   shell: 'true'\n\n\n"
NEAT = '- shell: "true"\n'
OLD = "commands:\n  - name: mmm-lint\n    commit_required: false\n"
BROKEN = "- shell: [true\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to be in with a playbook of each kind; no colour, wherever the tests run."""
    for name, text in (("ugly.yml", UGLY), ("neat.yml", NEAT), ("old.yml", OLD), ("broken.yml", BROKEN)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_file_is_formatted_in_place(folder, capsys):
    (folder / "ugly.yml").chmod(0o640)
    assert main(["fmt", "ugly.yml", "neat.yml"]) == 0
    assert capsys.readouterr() == ("", "1 playbook formatted, 1 playbook unchanged\n")
    assert (folder / "ugly.yml").read_text() == NEAT
    assert (folder / "ugly.yml").stat().st_mode & 0o777 == 0o640
    assert len(list(folder.iterdir())) == 4


def test_what_is_as_it_should_be_is_not_touched(folder):
    before = (folder / "neat.yml").stat()
    assert main(["fmt", "neat.yml"]) == 0
    after = (folder / "neat.yml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_check(folder, capsys):
    assert main(["fmt", "--check", "ugly.yml", "neat.yml"]) == 1
    assert capsys.readouterr() == ("ugly.yml\n", "1 playbook would be formatted, 1 playbook unchanged\n")
    assert (folder / "ugly.yml").read_text() == UGLY
    assert main(["fmt", "--check", "neat.yml"]) == 0


def test_diff(folder, capsys):
    assert main(["fmt", "--diff", "ugly.yml", "neat.yml"]) == 1
    out, _ = capsys.readouterr()
    assert out == "--- ugly.yml\n+++ ugly.yml\n@@ -1,3 +1 @@\n--   shell: 'true'\n-\n-\n+- shell: \"true\"\n"
    assert (folder / "ugly.yml").read_text() == UGLY
    assert main(["fmt", "--diff", "neat.yml"]) == 0


def test_a_file_that_is_not_yaml_is_left_with_its_diagnostics(folder, capsys):
    assert main(["fmt", "broken.yml", "ugly.yml"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error[yaml-syntax]: ")
    assert " --> broken.yml:" in err
    assert err.endswith("1 playbook formatted, 1 file left as it is: not YAML\n")
    assert (folder / "broken.yml").read_text() == BROKEN
    assert (folder / "ugly.yml").read_text() == NEAT


def test_upgrade_says_what_it_did(folder, capsys):
    assert main(["fmt", "--upgrade", "old.yml"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "old.yml:1: `commands:` is `steps:` now",
        'old.yml:2: `mmm-lint` is `claude: "/mmm-lint"` now',
        "1 playbook formatted",
    ]
    assert (folder / "old.yml").read_text() == 'steps:\n  - claude: "/mmm-lint"\n    commit_required: false\n'


def test_names_that_lead_nowhere(folder, capsys):
    assert main(["fmt", "ugli.yml", "ugly.yml", "default"]) == 2
    _, err = capsys.readouterr()
    assert "error: there is no playbook `ugli.yml`; write `ugly.yml`\n" in err
    assert "error: `default` ships with mmm; copy it into your project and format the copy\n" in err
    assert (folder / "ugly.yml").read_text() == NEAT


def test_what_a_folder_holds_besides_playbooks_is_left(folder, capsys):
    other = "services:\n    web:   {image: x}\n"
    (folder / "compose.yml").write_text(other)
    (folder / "broken.yml").unlink()
    assert main(["fmt", "."]) == 0
    assert "compose.yml: left as it is" in capsys.readouterr().err
    assert (folder / "compose.yml").read_text() == other
    assert (folder / "ugly.yml").read_text() == NEAT
    assert main(["fmt", "compose.yml"]) == 0
    assert (folder / "compose.yml").read_text() == "services:\n  web: {image: x}\n"


def test_without_a_path_the_playbooks_of_the_repository(folder):
    (folder / "playbooks").mkdir()
    (folder / "playbooks" / "a.yml").write_text(UGLY)
    assert main(["fmt"]) == 0
    assert (folder / "playbooks" / "a.yml").read_text() == NEAT
    assert (folder / "ugly.yml").read_text() == UGLY


def test_standard_input(folder):
    done = mmm("fmt", "-", cwd=folder, stdin=UGLY)
    assert (done.returncode, done.stdout) == (0, NEAT)
    assert mmm("fmt", "-", cwd=folder, stdin=NEAT).stdout == NEAT
    done = mmm("fmt", "-", "--check", "--stdin-filename", "x.yml", cwd=folder, stdin=UGLY)
    assert (done.returncode, done.stdout) == (1, "x.yml\n")
    done = mmm("fmt", "-", cwd=folder, stdin=BROKEN)
    assert (done.returncode, done.stdout) == (1, "")


def test_byte_order_mark_and_line_ends_stay(folder):
    (folder / "ugly.yml").write_bytes(b"\xef\xbb\xbf-   shell: a\r\n\r\n\r\n-  shell: b")
    assert main(["fmt", "ugly.yml"]) == 0
    assert (folder / "ugly.yml").read_bytes() == b"\xef\xbb\xbf- shell: a\r\n\r\n- shell: b\r\n"


def test_a_link_stays_a_link(folder):
    (folder / "link.yml").symlink_to("ugly.yml")
    assert main(["fmt", "link.yml"]) == 0
    assert (folder / "link.yml").is_symlink()
    assert (folder / "ugly.yml").read_text() == NEAT


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_stays(folder, capsys):
    folder.chmod(0o500)
    try:
        assert main(["fmt", "ugly.yml"]) == 2
    finally:
        folder.chmod(0o700)
    assert (
        "ugly.yml: the file cannot be written (permission denied); it is as it was" in capsys.readouterr().err
    )
    assert (folder / "ugly.yml").read_text() == UGLY


def test_what_formatting_costs(tmp_path):
    (tmp_path / "neat.yml").write_text(NEAT)
    modules = imported("fmt", "neat.yml", cwd=tmp_path)
    assert not modules & set(HEAVY)
    rooms = {name.split(".")[1] for name in modules if name.startswith("mmm_lang.")}
    assert not rooms & {"analysis", "plan", "runtime", "git", "agents", "report", "editor", "process"}
