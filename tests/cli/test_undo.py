"""`mmm undo`: a session's commits are taken back bit for bit, or not at all."""

from __future__ import annotations

import json
import os

import pytest

from mmm_lang.cli.main import main
from mmm_lang.git.repository import Repository
from mmm_lang.runtime.lock import session_lock
from mmm_lang.runtime.requirements import RequirementsMissing
from mmm_lang.runtime.resume import stopped_session
from mmm_lang.sessions import undoing
from tests.cli.in_repository import asked, copied, ids
from tests.support.cooking import playbook

STRANGE = os.fsdecode(b"caf\xe9")
MEDDLE = """\
printf 'one\\r\\nTWO\\r\\n' > crlf.txt
chmod -x run.sh && chmod +x plain
rm link && printf 'a file now\\n' > link
ln -s plain new-link
rm -r folder && printf 'was a folder\\n' > folder
mkdir -p deep/er && printf x > deep/er/new
printf 'changed\\n' >> "$(printf 'caf\\351')"
printf '\\000\\377\\000' > binary
git mv gone moved
printf 'the step changed mine\\n' > mine.txt
printf 'build/\\n' > .gitignore && mkdir build && printf o > build/out.o
"""


def photograph(folder):
    """Everything in a work tree, as it lies on the disk: kind, executable bit, content."""
    found = {}
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if name not in (".git", ".mmm")]
        for name in [*files, *(one for one in names if os.path.islink(os.path.join(place, one)))]:
            path = os.path.join(place, name)
            if os.path.islink(path):
                found[os.path.relpath(path, folder)] = ("link", os.readlink(path))
            else:
                with open(path, "rb") as file:
                    content = (bool(os.stat(path).st_mode & 0o100), file.read())
                found[os.path.relpath(path, folder)] = content
    return found


@pytest.fixture
def strange(tmp_path):
    """A repository with all that is hard to put back, committed, and files of the user's own."""
    kitchen = playbook(tmp_path, "")
    kitchen.playbook.write_text(json.dumps([{"shell": MEDDLE, "id": "meddle"}]))
    repo = kitchen.repo
    (repo / "crlf.txt").write_bytes(b"one\r\ntwo\r\n")
    (repo / "run.sh").write_text("#!/bin/sh\n")
    (repo / "run.sh").chmod(0o755)
    (repo / "plain").write_text("plain\n")
    (repo / "gone").write_text("a\nb\nc\n")
    (repo / "binary").write_bytes(bytes(range(256)))
    (repo / "folder").mkdir()
    (repo / "folder" / "inside").write_text("inside\n")
    os.symlink("run.sh", repo / "link")
    (repo / STRANGE).write_bytes(b"\xff\xfe\n")
    kitchen.git("add", "-A")
    kitchen.git("commit", "-qm", "start of all")
    (repo / "mine.txt").write_text("mine\n")
    (repo / "mine too").write_text("untouched\n")
    return kitchen


def test_undo_after_cook_is_as_before(strange, capsys):
    before, head = photograph(strange.repo), strange.git("rev-parse", "HEAD")
    status = strange.git("status", "--porcelain")
    assert strange.cook("-n", "1").exit_code == 0
    assert photograph(strange.repo) != before
    done = asked(capsys, strange, "undo", ids(strange)[0])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"✅ Took back 1 commit of session {ids(strange)[0]}\n")
    after = photograph(strange.repo)
    # what the session had made and had ignored comes to light: nobody else has it, so it stays
    assert after.pop("build/out.o") == (False, b"o")
    assert after == before
    assert strange.git("rev-parse", "HEAD") == head
    assert strange.git("branch", "--show-current") == "main"
    left = [line for line in strange.git("status", "--porcelain").splitlines() if "build/" not in line]
    assert "\n".join(left) == status

    # all of it is kept, the session is told as undone, and is neither resumed nor undone twice
    [name] = [line.split()[-1] for line in done.stdout.splitlines() if "the work is kept in" in line]
    assert strange.git("show", f"{name}:mine.txt") == "the step changed mine"
    listed = json.loads(asked(capsys, strange, "sessions", "ls", "--format", "json").stdout)["sessions"]
    assert [one["status"] for one in listed] == ["undone"]
    with pytest.raises(RequirementsMissing, match=f"session {ids(strange)[0]} was taken back by `mmm undo`"):
        stopped_session(Repository.find(str(strange.repo)), str(strange.sessions()[0]))
    again = asked(capsys, strange, "undo", ids(strange)[0])
    assert again.exit_code == 2
    assert "were taken back already" in again.stderr
    assert f"help: `mmm rescue show {name.removeprefix('refs/mmm/rescue/')}` shows them" in again.stderr


def test_commits_of_the_agent_itself_go_too(tmp_path, capsys):
    kitchen = playbook(tmp_path, "- claude: /mmm-fix\n- shell: echo x > y\n")
    kitchen.with_agent("/mmm-fix", writes={"a": "b"}, commits="fix: by the agent")
    head = kitchen.git("rev-parse", "HEAD")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert len(kitchen.subjects()) == 2
    assert asked(capsys, kitchen, "undo", ids(kitchen)[0][:12]).exit_code == 0
    assert kitchen.git("rev-parse", "HEAD") == head
    assert not (kitchen.repo / "a").exists()


def test_changes_of_the_users_own_come_back_with_allow_dirty(tmp_path, capsys):
    kitchen = playbook(tmp_path, "- shell: echo step >> README\n")
    (kitchen.repo / "README").write_text("start\nstaged\n")
    kitchen.git("add", "README")
    (kitchen.repo / "README").write_text("start\nstaged\nmine\n")
    status = kitchen.git("status", "--porcelain")
    assert kitchen.cook("-n", "1", "--allow-dirty").exit_code == 0
    assert asked(capsys, kitchen, "undo", ids(kitchen)[0]).exit_code == 0
    assert (kitchen.repo / "README").read_text() == "start\nstaged\nmine\n"
    assert kitchen.git("show", ":README") == "start\nstaged"
    assert kitchen.git("status", "--porcelain") == status


def test_a_file_that_was_ignored_all_along_stays(tmp_path, capsys):
    kitchen = playbook(tmp_path, "- shell: rm .gitignore\n").with_file(".gitignore", "*.log\n")
    (kitchen.repo / "old.log").write_text("there all along\n")
    before, status = photograph(kitchen.repo), kitchen.git("status", "--porcelain")
    assert kitchen.cook("-n", "1").exit_code == 0
    assert "old.log" in kitchen.git("ls-files")
    assert asked(capsys, kitchen, "undo", ids(kitchen)[0]).exit_code == 0
    assert (photograph(kitchen.repo), kitchen.git("status", "--porcelain")) == (before, status)
    assert "old.log" not in kitchen.git("ls-files")


@pytest.fixture(scope="module")
def cooked_once(tmp_path_factory):
    kitchen = playbook(tmp_path_factory.mktemp("kitchen"), "- shell: echo x > made\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    return kitchen


@pytest.fixture
def cooked(cooked_once, tmp_path):
    return copied(cooked_once, tmp_path)


def commit_mine(kitchen):
    (kitchen.repo / "mine").write_text("x")
    kitchen.git("add", "mine")
    kitchen.git("commit", "-qm", "mine on top")


def push(kitchen):
    kitchen.git("init", "-q", "--bare", str(kitchen.folder / "remote"))
    kitchen.git("remote", "add", "origin", str(kitchen.folder / "remote"))
    kitchen.git("push", "-q", "origin", "main")


def begin_merge(kitchen):
    (kitchen.repo / ".git" / "MERGE_HEAD").write_text(kitchen.git("rev-parse", "HEAD") + "\n")


def change_tracked(kitchen):
    (kitchen.repo / "README").write_text("changed by hand\n")


def undo_by_hand(kitchen):
    kitchen.git("reset", "-q", "--hard", "HEAD^")


def rewrite(kitchen):
    kitchen.git("checkout", "-q", "--orphan", "other")
    kitchen.git("commit", "-qm", "another beginning")
    kitchen.git("branch", "-M", "main")


@pytest.mark.parametrize(
    ("happens", "why", "advice"),
    [
        (
            commit_mine,
            "1 commit on branch `main` that session {id} did not make would go too: {head} (mine on top)",
            "`git revert`",
        ),
        (push, "1 commit of session {id} was pushed: {head} (mmm: echo x > made)", "`git revert`"),
        (begin_merge, "a merge is under way", "`git merge --abort`"),
        (change_tracked, "1 tracked file in `{repo}` has uncommitted changes: `README`", "commit or stash"),
        (
            lambda kitchen: kitchen.git("switch", "-qc", "elsewhere"),
            "session {id} worked on branch `main`, and branch `elsewhere` is checked out here",
            "`git switch main`",
        ),
        (
            undo_by_hand,
            "session {id} has no commits on branch `main`, so there is nothing to take back",
            None,
        ),
        (rewrite, "its history was rewritten since", "git log --grep 'Mmm-Session: {id}'"),
    ],
)
def test_when_commits_stay(cooked, capsys, happens, why, advice):
    happens(cooked)
    facts = {"id": ids(cooked)[0], "head": cooked.git("rev-parse", "HEAD")[:10], "repo": cooked.repo}
    before, refs = photograph(cooked.repo), cooked.git("for-each-ref")
    done = asked(capsys, cooked, "undo", ids(cooked)[0])
    assert done.exit_code == 2
    assert why.format(**facts) in done.stderr
    assert advice is None or advice.format(**facts) in done.stderr
    assert (photograph(cooked.repo), cooked.git("for-each-ref")) == (before, refs)
    assert not (cooked.sessions()[0] / "undone.json").exists()


def test_a_session_in_this_work_tree_is_not_disturbed(cooked, capsys):
    with session_lock(str(cooked.repo / ".git"), "another"):
        done = asked(capsys, cooked, "undo", ids(cooked)[0])
    assert done.exit_code == 2
    assert "session another (process" in done.stderr
    assert (cooked.repo / ".git" / "mmm" / "lock").read_text() == json.dumps(
        {"pid": os.getpid(), "session": "another"}
    )
    assert asked(capsys, cooked, "undo", ids(cooked)[0]).exit_code == 0
    # whose leftovers the next session looks for has not changed
    assert json.loads((cooked.repo / ".git" / "mmm" / "lock").read_text())["session"] == "another"


def test_a_session_that_runs_is_not_undone(cooked, capsys):
    journal = cooked.sessions()[0] / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    with session_lock(str(cooked.repo / ".git"), ids(cooked)[0]):
        assert f"session {ids(cooked)[0]} runs now" in asked(capsys, cooked, "undo", ids(cooked)[0]).stderr


def test_a_file_of_the_users_own_in_the_place_of_a_folder(tmp_path, capsys):
    kitchen = playbook(tmp_path, "- shell: rm -r src\n").with_file("src/app", "x\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    (kitchen.repo / "src").write_text("mine\n")
    done = asked(capsys, kitchen, "undo", ids(kitchen)[0])
    assert done.exit_code == 2
    assert "1 file in `" in done.stderr
    assert "is where others have to come back: `src`\n  help: move them away first" in done.stderr
    assert (kitchen.repo / "src").read_text() == "mine\n"
    assert kitchen.git("for-each-ref", "refs/mmm") == ""


@pytest.mark.parametrize("work", ["place_files", "write_undone"])
def test_an_undo_that_was_cut_off_is_finished_by_the_next(cooked, capsys, monkeypatch, work):
    """The disk is full when the files are written, or when the undo is about to be recorded as done."""
    head = cooked.git("rev-parse", "HEAD^")
    original = getattr(undoing, work)

    def full(*arguments):
        if work == "write_undone" and not arguments[1].done:
            return original(*arguments)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(undoing, work, full)
    done = asked(capsys, cooked, "undo", ids(cooked)[0])
    assert (done.exit_code, done.stderr) == (1, "error: no space left on device\n")
    monkeypatch.setattr(undoing, work, original)
    shown = asked(capsys, cooked, "sessions", "show").stdout
    assert f"mmm undo {ids(cooked)[0]}" in shown
    assert "finish taking it back" in shown
    (cooked.repo / "meanwhile").write_text("mine\n")
    assert asked(capsys, cooked, "undo", ids(cooked)[0]).exit_code == 0
    assert cooked.git("rev-parse", "HEAD") == head
    assert not (cooked.repo / "made").exists()
    assert (cooked.repo / "meanwhile").read_text() == "mine\n"
    assert cooked.git("status", "--porcelain") == "?? meanwhile"
    [one] = json.loads(asked(capsys, cooked, "sessions", "ls", "--format", "json").stdout)["sessions"]
    assert one["status"] == "undone"


def test_files_that_git_has_collected(tmp_path, capsys):
    kitchen = playbook(tmp_path, "- shell: echo x > made\n")
    (kitchen.repo / "mine").write_text("untracked, so no commit has it\n")
    assert kitchen.cook("-n", "1").exit_code == 0
    kitchen.git("reflog", "expire", "--expire=now", "--all")
    kitchen.git("prune", "--expire=now")
    done = asked(capsys, kitchen, "undo", ids(kitchen)[0])
    assert done.exit_code == 2
    assert "no longer in the repository: git has collected them" in done.stderr
    assert (kitchen.repo / "made").exists()


def test_a_journal_that_is_damaged_is_no_ground_for_it(cooked, capsys):
    journal = cooked.sessions()[0] / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"step_ran"', b'"step_run"'))
    done = asked(capsys, cooked, "undo", ids(cooked)[0])
    assert done.exit_code == 2
    assert "is damaged, so nobody can say which commits are its own" in done.stderr
    assert f"`git log --grep 'Mmm-Session: {ids(cooked)[0]}'`" in done.stderr


def test_without_a_repository(tmp_path, capsys):
    assert main(["undo", "x", "--path", str(tmp_path)]) == 2
    assert "is not inside a git repository" in capsys.readouterr().err
