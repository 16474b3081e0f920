"""Merge conflicts of every kind: with nobody to resolve them all is bit for bit as before; resolved well it is merged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmm_lang.worktrees.record import read_record
from tests.cli.in_repository import asked
from tests.support.worktrees import committed, fresh, git, state_of

LINES = "".join(f"line {number}\n" for number in range(30))


def moved(old, new):
    def change(folder):
        os.rename(folder / old, folder / new)

    return change


def linked(to):
    def change(folder):
        (folder / "link").unlink()
        (folder / "link").symlink_to(to)

    return change


def written(path, content):
    def change(folder):
        target = folder / path
        if target.is_symlink():
            target.unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


def gone(path):
    return lambda folder: (folder / path).unlink()


def both(*changes):
    def change(folder):
        for one in changes:
            one(folder)

    return change


def executable(path):
    return lambda folder: (folder / path).chmod(0o755)


def submodule_at(number):
    def change(folder):
        commit = (folder.parent / f"commit-{number}").read_text().strip()
        git_at(folder, "update-index", "--cacheinfo", f"160000,{commit},sub")

    return change


def git_at(folder, *arguments):
    import subprocess

    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


KINDS = {
    # what the session does, what the user does, what is said, and what an agent does about it well
    "content": (
        written("text", LINES + "theirs\n"),
        written("text", LINES + "ours\n"),
        "both changed it",
        "printf 'ours\\ntheirs\\n' > text",
    ),
    "add/add": (
        written("new", "theirs\n"),
        written("new", "ours\n"),
        "both added it",
        "printf 'ours\\ntheirs\\n' > new",
    ),
    "rename/rename": (
        moved("text", "one"),
        moved("text", "two"),
        "renamed",
        "git rm -q --cached text two; rm two",
    ),
    "rename/add": (
        moved("text", "new"),
        written("new", "ours\n"),
        "both added it",
        "printf 'both\\n' > new",
    ),
    "rename/delete": (
        both(moved("text", "one"), written("one", LINES + "theirs\n")),
        gone("text"),
        "branch",
        "git add one",
    ),
    "delete/modify": (
        gone("text"),
        written("text", LINES + "ours\n"),
        "deleted on the branch",
        "git add text",
    ),
    "modify/delete": (written("text", LINES + "theirs\n"), gone("text"), "deleted here", "git rm -q text"),
    "mode/delete": (executable("text"), gone("text"), "deleted here", "git add text"),
    "mode": (
        both(written("new", "same\n"), executable("new")),
        written("new", "same\n"),
        "both added it",
        "chmod 755 new",
    ),
    "binary": (
        written("binary", b"\0theirs"),
        written("binary", b"\0ours"),
        "both changed it",
        "git checkout -q --theirs binary",
    ),
    "link": (linked("theirs"), linked("ours"), "both changed it", "ln -sf ours link"),
    "link/file": (linked("theirs"), written("link", "a file now\n"), "", "rm -f link*; ln -s theirs link"),
    "file/folder": (
        written("new/file", "theirs\n"),
        written("new", "ours\n"),
        "added or renamed",
        "git mv new* ours",
    ),
    "folder/file": (
        written("new", "theirs\n"),
        written("new/file", "ours\n"),
        "added or renamed",
        "git mv new~* theirs",
    ),
    "submodule": (submodule_at(1), submodule_at(2), "both changed it", "git checkout -q MERGE_HEAD -- sub"),
}


@pytest.fixture
def prepared(kitchen):
    """Two sides of a conflict, each with something that contradicts nothing, or without."""

    def make(kind, more=True):
        there, here, said, resolution = KINDS[kind]
        kitchen.with_file("text", LINES).with_file("binary", "\0start").with_command("mmm-merge-worktree")
        (kitchen.repo / "link").symlink_to("start")
        if kind == "submodule":
            _with_submodule(kitchen)
        committed(kitchen, kitchen.repo, {}, "start of the two sides")
        record = fresh(kitchen)
        for folder, change, name in ((Path(record.path), there, "theirs"), (kitchen.repo, here, "ours")):
            if kind == "submodule":
                (folder.parent / "commit-1").write_text((kitchen.folder / "commit-1").read_text())
                (folder.parent / "commit-2").write_text((kitchen.folder / "commit-2").read_text())
            change(folder)
            if kind != "submodule":
                git(kitchen, folder, "add", "-A")
            if more:
                (folder / f"more-{name}").write_text("kept\n")
                git(kitchen, folder, "add", f"more-{name}")
            git(kitchen, folder, "commit", "-qm", f"{name} of the two sides")
        (kitchen.repo / "mine").write_bytes(b"mine \xff\r\n")
        lines = [f"git merge -q --no-ff --no-commit {record.name} || true", resolution]
        if kind != "submodule":
            lines.append("git add -A -- . ':!mine' ':!sub'")
        lines += ["rm -f ../kept-out", "git commit -qm 'Merge worktree into main'"]
        kitchen.scenario.on("/mmm-merge-worktree", sh="\n".join(lines), text="done")
        kitchen.env()
        return record, said

    return make


def _with_submodule(kitchen):
    """A submodule that is not checked out, and two commits of it that are beside each other."""
    tree = kitchen.git("write-tree")
    ids = [kitchen.git("commit-tree", "-m", f"inner {number}", tree) for number in range(3)]
    for number, one in enumerate(ids):
        (kitchen.folder / f"commit-{number}").write_text(one)
    kitchen.with_file(".gitmodules", '[submodule "sub"]\n\tpath = sub\n\turl = ./nowhere\n')
    (kitchen.repo / "sub").mkdir()
    kitchen.git("update-index", "--add", "--cacheinfo", f"160000,{ids[0]},sub")


@pytest.mark.parametrize("kind", KINDS)
def test_with_nobody_to_resolve_it_all_is_as_before(kitchen, prepared, kind, capsys):
    record, said = prepared(kind)
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name, "--no-agent")
    assert done.exit_code == 1, done
    assert said in done.stderr
    assert f"git merge {record.name}" in done.stderr
    assert state_of(kitchen) == before
    assert read_record(str(kitchen.repo / ".git"), record.name).merging is None
    assert kitchen.scenario.prompts() == []


CHOICES = ("rename/delete", "mode", "binary", "submodule")
"""Kinds that leave only the choice of one side."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "more"), [*((kind, True) for kind in KINDS), *((kind, False) for kind in CHOICES)]
)
def test_resolved_well_it_is_merged(kitchen, prepared, kind, more, capsys):
    """Also where the two sides have nothing but the conflict, so that a choice between two throws one of them away."""
    record, _ = prepared(kind, more)
    before, tip = kitchen.git("rev-parse", "HEAD"), git(kitchen, record.path, "rev-parse", "HEAD")
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 0, done
    assert kitchen.git("log", "-1", "--format=%P").split() == [before, tip]
    assert len(kitchen.scenario.prompts()) == 1
    assert (kitchen.repo / "mine").read_bytes() == b"mine \xff\r\n"


BAD = {
    "markers in one of many": "git add -A -- . ':!mine'",
    "drops what contradicts nothing": "git checkout -q --theirs text; git add text; git rm -qf more-theirs",
    "drops ours where it contradicts nothing": "git checkout -q --ours text; git add text; git rm -qf more-ours",
    "dies": "printf 'both\\n' > text; git add -A; kill -9 $PPID $$",
    "dies after its commit": "git add text; git commit -qm 'with markers'; kill -9 $PPID $$",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", BAD)
def test_resolved_badly_it_is_taken_back(kitchen, prepared, how, capsys):
    record, _ = prepared("content")
    kitchen.scenario.rules.clear()
    lines = [
        f"git merge -q --no-ff --no-commit {record.name} || true",
        BAD[how],
        "git commit -qm 'Merge' || true",
    ]
    kitchen.scenario.on("/mmm-merge-worktree", sh="\n".join(lines), text="done")
    kitchen.env()
    before = state_of(kitchen)
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 1, done
    assert f"❌ Not merged: {record.name}" in done.stdout
    assert state_of(kitchen) == before
    assert len(kitchen.scenario.prompts()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("side", "exit_code"), [("--ours", 1), ("--theirs", 0), ("both", 0)])
def test_of_a_file_that_git_merges_in_part_no_side_is_chosen_whole(kitchen, side, exit_code, capsys):
    """The branch changes a line far from the conflict, too; what was there before has nothing but the conflict in it."""
    kitchen.with_file("text", LINES).with_command("mmm-merge-worktree")
    record = fresh(kitchen)
    theirs = LINES.replace("line 3\n", "theirs\n").replace("line 25\n", "far away\n")
    committed(kitchen, Path(record.path), {"text": theirs, "more": "more\n"}, "theirs")
    committed(kitchen, kitchen.repo, {"text": LINES.replace("line 3\n", "ours\n"), "other": "o\n"}, "ours")
    good = theirs.replace("theirs\n", "both\n").replace("\n", "\\n")
    choose = f"git checkout -q {side} text" if side.startswith("-") else f"printf '{good}' > text"
    merged = f"git merge -q --no-ff --no-commit {record.name} || true; {choose}; git commit -qam merge"
    kitchen.scenario.on("/mmm-merge-worktree", sh=merged, text="done")
    kitchen.env()
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == exit_code, done
    assert ("changes are lost that contradict nothing: `text`" in done.stdout + done.stderr) == bool(
        exit_code
    )


def test_a_file_of_the_users_that_the_agent_takes_away_is_kept_and_named(kitchen, prepared, capsys):
    record, _ = prepared("content")
    kitchen.scenario.rules.clear()
    lines = [
        f"git merge -q --no-ff --no-commit {record.name} || true",
        "printf 'both\\n' > text; git add text; rm mine; git commit -qm 'Merge'",
    ]
    kitchen.scenario.on("/mmm-merge-worktree", sh="\n".join(lines), text="done")
    kitchen.env()
    done = asked(capsys, kitchen, "worktree", "merge", record.name)
    assert done.exit_code == 0, done
    [ref] = kitchen.git("for-each-ref", "--format=%(refname)", "refs/mmm/rescue").split()
    assert ref in done.stdout
    assert kitchen.git("ls-tree", "--name-only", ref, "mine") == "mine"
