"""The user's hooks and signatures on our commits: what each may do, and what becomes of it."""

from __future__ import annotations

import os
import subprocess

import pytest

from mmm_lang.git.errors import CommitRejected, NotARepository


def rewriting(after: str = "") -> str:
    """A formatter: it rewrites `src/app.py` if it is not formatted."""
    return f"grep -q formatted src/app.py && exit 0\necho formatted > src/app.py\n{after}\n"


@pytest.mark.parametrize(
    "after",
    ["echo 'files were modified by this hook'; exit 1", "git add src/app.py; exit 1", "exit 0", "git add -u"],
)
def test_what_a_formatter_does_is_taken_in_whatever_it_answers(tree, after):
    tree.hook("pre-commit", rewriting(after))
    base = tree.git("rev-parse", "HEAD")
    tree.write("src/app.py", "rough\n")
    tree.write("made.txt", "made\n")
    made = tree.repository.commit(["src/app.py", "made.txt"], "step\n\nA: 1\n")
    assert tree.git("rev-parse", "HEAD", "HEAD^").split() == [made, base]
    assert tree.git("show", "HEAD:src/app.py") == "formatted"
    assert tree.git("log", "-1", "--format=%B").strip() == "step\n\nA: 1"
    assert tree.status() == ["?? notes.txt"]


def test_a_formatter_that_is_never_content_is_a_refusal_after_three_tries(tree):
    tree.hook("pre-commit", "echo x >> src/app.py; echo run >> .git/runs; echo 'not yet'; exit 1\n")
    head = tree.git("rev-parse", "HEAD")
    tree.write("src/app.py", "rough\n")
    with pytest.raises(CommitRejected, match="not yet"):
        tree.repository.commit(["src/app.py"], "step")
    assert (tree.root / ".git/runs").read_text() == "run\n" * 3
    assert tree.git("rev-parse", "HEAD") == head


def test_a_refusal_that_changes_nothing_is_not_asked_again(tree):
    tree.hook("pre-commit", "echo run >> .git/runs; exit 1\n")
    tree.write("src/app.py", "rough\n")
    with pytest.raises(CommitRejected):
        tree.repository.commit(["src/app.py"], "step")
    assert (tree.root / ".git/runs").read_text() == "run\n"


def test_a_file_that_a_hook_deletes_is_committed_as_deleted(tree):
    tree.hook("pre-commit", "rm -f made.txt\n")
    tree.write("made.txt")
    tree.write("src/app.py", "changed\n")
    tree.repository.commit(["made.txt", "src/app.py"], "step")
    assert tree.git("show", "--format=", "--name-only", "HEAD") == "src/app.py"
    assert tree.status() == ["?? notes.txt"]


def test_taking_in_runs_no_hook_again(tree):
    for name in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-rewrite"):
        tree.hook(name, f"echo {name} >> .git/runs\n" + (rewriting() if name == "pre-commit" else ""))
    tree.write("src/app.py", "rough\n")
    tree.repository.commit(["src/app.py"], "step")
    runs = (tree.root / ".git/runs").read_text().split()
    assert runs == ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]
    assert tree.git("show", "HEAD:src/app.py") == "formatted"


@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg", "commit-msg"])
def test_each_hook_that_can_refuse_is_heard(tree, name):
    tree.hook(name, "echo 'first line'; echo 'the reason' >&2; exit 3\n")
    with pytest.raises(CommitRejected, match="the reason") as error:
        tree.repository.commit(["notes.txt"], "step")
    assert "first line" in error.value.output


def test_a_hook_after_the_commit_has_no_vote(tree):
    tree.hook("post-commit", "echo too late; exit 1\n")
    new = tree.repository.commit(["notes.txt"], "step")
    assert tree.git("rev-parse", "HEAD") == new


def test_a_message_that_a_hook_rewrites_keeps_its_trailers(tree):
    tree.hook("prepare-commit-msg", 'sed -i "1s/^/TICKET-1 /" "$1"\n')
    base = tree.git("rev-parse", "HEAD")
    tip = tree.repository.commit(["notes.txt"], "step\n\nMmm-Step: a\n")
    (made,) = tree.repository.commits_between(base, tip)
    assert (made.subject, made.trailer("mmm-step")) == ("TICKET-1 step", "a")


def test_hooks_in_another_folder(tree, tmp_path):
    folder = tmp_path / "hooks here"
    folder.mkdir()
    (folder / "pre-commit").write_text("#!/bin/sh\necho from afar; exit 1\n")
    (folder / "pre-commit").chmod(0o755)
    tree.git("config", "core.hooksPath", str(folder))
    with pytest.raises(CommitRejected, match="from afar"):
        tree.repository.commit(["notes.txt"], "step")
    assert tree.repository.commit(["notes.txt"], "step", verify=False)


def test_a_hook_has_no_terminal_and_nothing_to_read(tree):
    tree.hook(
        "pre-commit",
        'read line && exit 1\ntest -z "$line" || exit 1\n(: < /dev/tty) 2>&1 && exit 1\nexit 0\n',
    )
    assert tree.repository.commit(["notes.txt"], "step", timeout=20)


@pytest.mark.parametrize(
    "setting",
    [
        ("commit.template", "template.txt"),
        ("commit.cleanup", "strip"),
        ("commit.cleanup", "scissors"),
        ("commit.verbose", "true"),
        ("core.commentChar", "s"),
        ("core.commentChar", "auto"),
        ("core.editor", "false"),
        ("i18n.commitEncoding", "ISO-8859-1"),
        ("i18n.logOutputEncoding", "ISO-8859-1"),
        ("user.useConfigOnly", "true"),
        ("color.ui", "always"),
        ("trailer.separators", "="),
    ],
    ids="=".join,
)
def test_settings_of_people_change_no_message(tree, setting):
    tree.write("template.txt", "from a template\n")
    tree.git("config", *setting)
    message = (
        "step ü\n\n# kept\nsome text\n# ------------------------ >8 ------------------------\n\nMmm-Step: ä\n"
    )
    base = tree.git("rev-parse", "HEAD")
    tip = tree.repository.commit(["notes.txt"], message)
    assert (
        tree.git("log", "-1", "--encoding=UTF-8", "--no-show-signature", "--format=%B").strip()
        == message.strip()
    )
    (made,) = tree.repository.commits_between(base, tip)
    assert made.sha == tip


# --- signatures ---


@pytest.fixture
def signing(tree, tmp_path):
    """A repository whose commits are to be signed with an ssh key that needs no passphrase."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    tree.git("config", "gpg.format", "ssh")
    tree.git("config", "user.signingKey", str(key))
    tree.git("config", "commit.gpgSign", "true")
    return tree


def test_a_signature_that_works(signing):
    objects = signing.git("count-objects")
    assert signing.repository.preconditions(False) == ()
    assert signing.git("count-objects") == objects  # to find that out leaves nothing behind
    signing.hook("pre-commit", rewriting())
    signing.write("src/app.py", "rough\n")
    signing.repository.commit(["src/app.py"], "step")
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in signing.git("cat-file", "commit", "HEAD")
    assert signing.git("show", "HEAD:src/app.py", "--no-show-signature") == "formatted"


def test_a_signature_that_cannot_be_made_is_told_before_anything_runs(signing, tmp_path):
    (tmp_path / "key").unlink()
    [problem] = signing.repository.preconditions(False)
    assert problem.message.startswith("`commit.gpgSign` asks for signed commits, and one cannot be signed: ")
    assert "key" in problem.message
    assert "git config commit.gpgSign false" in problem.help


def test_a_key_with_a_passphrase_that_nobody_can_be_asked_for(signing, tmp_path):
    locked = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(locked)], check=True)
    signing.git("config", "user.signingKey", str(locked))
    [problem] = signing.repository.preconditions(False)
    assert "cannot be signed" in problem.message
    with pytest.raises(CommitRejected, match="git refused the commit: "):
        signing.repository.commit(["notes.txt"], "step")


def test_a_missing_program_for_signing(tree):
    tree.git("config", "commit.gpgSign", "true")
    tree.git("config", "gpg.program", "/nowhere/gpg")
    [problem] = tree.repository.preconditions(False)
    assert "/nowhere/gpg" in problem.message


def test_a_rescue_needs_no_signature(signing, tmp_path):
    (tmp_path / "key").unlink()
    taken = signing.repository.snapshot(signing.index)
    assert signing.repository.rescue("refs/mmm/rescue/s/1", taken, "kept")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a repository of another user")
def test_a_repository_of_another_user_is_told(tree):
    os.chown(tree.root, 12345, 12345)
    os.chown(tree.root / ".git", 12345, 12345)
    with pytest.raises(NotARepository, match=r"belongs to another user.*safe\.directory"):
        _ = tree.repository
