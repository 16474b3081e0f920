"""`mmm rescue`: work that was set aside is found, shown and put back, and nothing is lost by it."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from mmm_lang.cli.main import main
from tests.cli.in_repository import asked, copied, ids
from tests.cli.test_undo import photograph
from tests.support.cooking import playbook

STRANGE = os.fsdecode(b"caf\xe9")
WORK = """\
- claude: /mmm-improve
- shell: |
    printf 'half\\r\\n' > half.txt
    printf x > "$(printf 'caf\\351')"
    rm gone
    chmod +x tool
    ln -s tool link
    printf '\\000\\001' > folder/binary
    exit 3
"""


@pytest.fixture(scope="module")
def failed_once(tmp_path_factory):
    """A session that failed and was rolled back: one commit, and files that were not committed."""
    kitchen = playbook(tmp_path_factory.mktemp("kitchen"), WORK)
    kitchen.with_agent("/mmm-improve", writes={"src/app": "better\n"}, commits="improve: app")
    kitchen.with_file("gone", "bye\n").with_file("tool", "#!/bin/sh\n").with_file("folder/old", "old\n")
    (kitchen.repo / "mine").write_text("untracked, and nobody's but mine\n")
    assert kitchen.cook().exit_code == 1
    assert not (kitchen.repo / "half.txt").exists()
    return kitchen


@pytest.fixture
def failed(failed_once, tmp_path):
    return copied(failed_once, tmp_path)


def rescue(capsys, kitchen, *arguments):
    return asked(capsys, kitchen, "rescue", *arguments)


def test_it_is_listed_with_what_it_holds_and_why(failed, capsys):
    ref = f"{ids(failed)[0]}/1"
    lines = rescue(capsys, failed, "ls").stdout.splitlines()
    assert lines[0].split() == ["REF", "AGE", "PLAYBOOK", "HOLDS", "WHY"]
    assert lines[1].startswith(ref)
    assert lines[1].endswith("playbook  1 commit, 7 files  the session failed and was rolled back")
    [one] = json.loads(rescue(capsys, failed, "ls", "--format", "json").stdout)["rescues"]
    assert (one["name"], one["session"], one["playbook"]) == (ref, ids(failed)[0], "playbook")
    assert one["base"] == failed.git("rev-parse", "HEAD")
    assert [commit["subject"] for commit in one["commits"]] == ["improve: app"]
    assert {
        "path": STRANGE.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"),
        "status": "A",
    } in (one["files"])


def test_it_is_shown_and_its_patch_can_be_applied(failed, capsys):
    shown = rescue(capsys, failed, "show")
    assert shown.exit_code == 0
    assert f"📦 refs/mmm/rescue/{ids(failed)[0]}/1" in shown.stdout
    assert "improve: app" in shown.stdout
    assert "      deleted  gone\n" in shown.stdout
    assert "      changed  tool\n" in shown.stdout
    assert f"mmm rescue apply {ids(failed)[0]}/1 --branch NAME" in shown.stdout
    assert json.loads(rescue(capsys, failed, "show", "--format", "json").stdout)["why"]

    done = subprocess.run(
        [*failed.command()[:3], "rescue", "show", "--patch", "--path", str(failed.repo)],
        env=failed.env(),
        capture_output=True,
        check=False,
    )
    (failed.repo / "mine").unlink()  # it is in the reference too, and in the patch
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn"],
        cwd=failed.repo,
        input=done.stdout,
        env=failed.env(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, applied.returncode, applied.stderr) == (0, 0, b"")
    assert (failed.repo / "half.txt").read_bytes() == b"half\r\n"
    assert (failed.repo / "src" / "app").read_text() == "better\n"


def test_all_of_it_is_put_back_uncommitted(failed, capsys):
    head = failed.git("rev-parse", "HEAD")
    done = rescue(capsys, failed, "apply", ids(failed)[0])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"✅ Put back 7 files of {ids(failed)[0]}/1, uncommitted:\n")
    assert "   - gone\n" in done.stdout
    files = photograph(failed.repo)
    assert files["half.txt"] == (False, b"half\r\n")
    assert files[STRANGE] == (False, b"x")
    assert files["tool"] == (True, b"#!/bin/sh\n")
    assert files["link"] == ("link", "tool")
    assert files["folder/binary"] == (False, b"\0\1")
    assert files["src/app"] == (False, b"better\n")
    assert files["mine"] == (False, b"untracked, and nobody's but mine\n")
    assert "gone" not in files
    assert failed.git("rev-parse", "HEAD") == head
    assert failed.git("diff", "--cached", "--name-only") == ""
    again = rescue(capsys, failed, "apply", ids(failed)[0])
    assert again.stdout == "✅ Nothing to do: the files are as this work had them\n"


def test_single_files_and_folders_are_put_back(failed, capsys):
    assert rescue(capsys, failed, "apply", f"{ids(failed)[0]}/1", "half.txt", "src/").exit_code == 0
    there = photograph(failed.repo)
    assert {"half.txt", "src/app", "gone"} <= set(there)
    assert "link" not in there
    wrong = rescue(capsys, failed, "apply", f"{ids(failed)[0]}/1", "half.tx")
    assert wrong.exit_code == 2
    assert "has no change of `half.tx`\n  help: write `half.txt`\n" in wrong.stderr


def in_the_tree(kitchen):
    (kitchen.repo / "half.txt").write_text("my own\n")
    return "half.txt"


def committed(kitchen):
    kitchen.with_file("tool", "#!/bin/bash\n")
    return "tool"


def ignored(kitchen):
    kitchen.with_file(".gitignore", "*.txt\n")
    (kitchen.repo / "half.txt").write_text("my own\n")
    return "half.txt"


def a_file_for_a_folder(kitchen):
    (kitchen.repo / "src").write_text("a file\n")
    return "src"


def an_ignored_folder_for_a_file(kitchen):
    kitchen.with_file(".gitignore", "*.o\n")
    (kitchen.repo / "link").mkdir()
    (kitchen.repo / "link" / "x.o").write_text("o")
    return "link/x.o"


@pytest.mark.parametrize(
    "happens", [in_the_tree, committed, ignored, a_file_for_a_folder, an_ignored_folder_for_a_file]
)
def test_what_has_changed_here_is_never_overwritten(failed, capsys, happens):
    path = happens(failed)
    before = photograph(failed.repo)
    done = rescue(capsys, failed, "apply", ids(failed)[0])
    assert done.exit_code == 2
    assert f"`{path}`" in done.stderr
    assert photograph(failed.repo) == before
    assert (
        rescue(capsys, failed, "apply", ids(failed)[0], "folder").exit_code == 0
    )  # no overlap, no objection


def test_a_branch_of_it(failed, capsys):
    before = photograph(failed.repo)
    done = rescue(capsys, failed, "apply", ids(failed)[0], "--branch", "again/one")
    assert done.exit_code == 0
    assert "with 1 commit and one on top for 7 uncommitted files" in done.stdout
    assert failed.git("show", "again/one:src/app") == "better"
    assert failed.git("log", "-1", "--format=%s", "again/one~1") == "improve: app"
    assert photograph(failed.repo) == before
    taken = rescue(capsys, failed, "apply", ids(failed)[0], "--branch", "again/one")
    assert (taken.exit_code, taken.stderr) == (
        2,
        "error: there is a branch `again/one` already; choose another name\n",
    )
    for name in ("--force", "a..b", "@{-1}", ""):
        assert rescue(capsys, failed, "apply", ids(failed)[0], f"--branch={name}").exit_code == 2
    assert failed.git("branch", "--format=%(refname:short)").split() == ["again/one", "main"]


def test_without_the_session_it_is_still_told(failed, capsys):
    assert asked(capsys, failed, "sessions", "clean", ids(failed)[0], "--force").exit_code == 0
    [one] = json.loads(rescue(capsys, failed, "ls", "--format", "json").stdout)["rescues"]
    assert one["playbook"] is None
    assert one["why"].startswith("mmm: work of `session` in session ")
    assert [commit["subject"] for commit in one["commits"]] == ["improve: app"]
    assert rescue(capsys, failed, "apply", one["name"]).exit_code == 0
    assert (failed.repo / "src" / "app").read_text() == "better\n"


def test_it_is_given_up(failed, capsys):
    failed.git("update-ref", "refs/mmm/rescue/other/1", "HEAD")
    gone = rescue(capsys, failed, "drop", ids(failed)[0], "nowhere/1")
    assert gone.exit_code == 2  # all or none
    assert len(failed.git("for-each-ref", "refs/mmm/rescue").splitlines()) == 2
    assert rescue(capsys, failed, "drop", ids(failed)[0], "other").exit_code == 0
    assert failed.git("for-each-ref", "refs/mmm/rescue") == ""
    assert rescue(capsys, failed, "ls").stdout == "No work is set aside in this repository\n"


def test_names_that_mean_nothing_or_too_much(failed, capsys):
    failed.git("update-ref", f"refs/mmm/rescue/{ids(failed)[0]}/2", "HEAD")
    assert "may mean `" in rescue(capsys, failed, "show", ids(failed)[0]).stderr
    assert "; write `" in rescue(capsys, failed, "show", f"{ids(failed)[0]}/3").stderr
    assert "`mmm rescue ls` lists all there is" in rescue(capsys, failed, "show", "zzz").stderr
    assert rescue(capsys, failed, "apply", ids(failed)[0] + "/1", "x", "--branch", "y").exit_code == 2


def test_without_a_repository_or_any_work(tmp_path, capsys):
    for arguments in (["ls"], ["show"], ["apply", "x"], ["drop", "x"]):
        assert main(["rescue", *arguments, "--path", str(tmp_path)]) == 2
        assert "is not inside a git repository" in capsys.readouterr().err
    kitchen = playbook(tmp_path / "new", "") if (tmp_path / "new").mkdir() is None else None
    assert rescue(capsys, kitchen, "show").stderr == "error: no work is set aside in this repository\n"
    assert "no work is set aside" in rescue(capsys, kitchen, "drop", "x").stderr
